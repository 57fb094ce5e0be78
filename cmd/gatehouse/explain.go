package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/server"
)

// errDenied makes the program exit with exitDenied. The answer is printed
// already. For diff it means that access changes.
var errDenied = errors.New("the request would not be let through")

func newExplain() *cobra.Command {
	var source configSource
	var rawURL, claimsPath, method, tool string
	var from sourceAddress
	var certificate certificateFile
	cmd := &cobra.Command{
		Use: "explain", Short: "Say who may open a URL, and which rule decided", Args: noArgs,
		Long: `Explain asks the rules of a configuration about one request. The claims are a JSON
object, as an ID token has them; "-" reads them from standard input. Without
claims, nobody is signed in. Without --source-ip, the request comes from no known
network.

Exit codes: 0 the request is let through, 3 it is not (denied, sent to sign in or
to prove a device, or no route is for it), 1 explain failed, 2 wrong usage.`,
		Example: `  gatehouse explain --config config.yaml --url https://app.example.com/ --claims alice.json
  echo '{"email": "bob@example.com"}' |
    gatehouse explain --config config.yaml --url https://app.example.com/ --claims -`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rawURL == "" {
				return wrongUsage("gatehouse explain needs --url, for example --url https://app.example.com/path")
			}
			u, err := url.Parse(rawURL)
			if err != nil || u.Host == "" {
				return wrongUsage("--url %q is not a URL, for example https://app.example.com/path", rawURL)
			}
			claims, err := readClaims(cmd.InOrStdin(), claimsPath)
			if err != nil {
				return err
			}
			load := source.loadRules
			if certificate.given() {
				load = source.load // the authorities too
			}
			c, err := load()
			if err != nil {
				return err
			}
			answer, err := server.Explain(c, server.Question{Method: method, URL: u, Claims: claims, SourceIP: from.Addr, Certificates: certificate.sent, Tool: tool})
			if err != nil {
				return err
			}
			return printAnswer(cmd.OutOrStdout(), answer)
		},
	}
	source.flags(cmd.Flags())
	cmd.Flags().StringVar(&rawURL, "url", "", "URL of the request")
	cmd.Flags().StringVar(&claimsPath, "claims", "", "file with the claims of the caller; - for standard input")
	cmd.Flags().StringVar(&method, "method", "GET", "method of the request")
	cmd.Flags().StringVar(&tool, "mcp-tool", "", "tool that a message of the Model Context Protocol calls")
	cmd.Flags().Var(&from, "source-ip", "address that the request comes from")
	cmd.Flags().Var(&certificate, "client-certificate", "PEM file with the certificate that the client sends, its own first")
	return cmd
}

func readClaims(in io.Reader, path string) (map[string]any, error) {
	if path == "" {
		return nil, nil
	}
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("--claims: %w", err)
		}
		defer f.Close()
		in = f
	}
	claims, err := decodeClaims(in)
	if err != nil {
		return nil, fmt.Errorf("read claims from %s: %w; write a JSON object such as {\"email\": \"alice@example.com\"}", path, err)
	}
	return claims, nil
}

// decodeClaims reads one JSON object and refuses text after it.
func decodeClaims(in io.Reader) (claims map[string]any, err error) {
	d := json.NewDecoder(in)
	d.UseNumber()
	if err := d.Decode(&claims); err != nil {
		return nil, err
	}
	if claims == nil {
		return nil, errors.New("null is not an object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one value")
	}
	return claims, nil
}

// verdicts are the outcomes of a decision in words.
var verdicts = map[policy.Outcome]string{
	policy.Allow: "allowed", policy.Deny: "denied (403)", policy.SignIn: "sent to sign in",
	policy.CertificateRequired: "denied: a client certificate is required (495)",
	policy.ProveDevice:         "sent to prove a device",
}

// printAnswer prints the answer and returns errDenied if it is no.
func printAnswer(out io.Writer, a *server.Answer) error {
	if a.Own {
		fmt.Fprintln(out, "no route is for this URL: the gateway answers its path by itself")
		return errDenied
	}
	if a.Route == nil && a.Other != "" {
		fmt.Fprintln(out, "no route is for this URL: its host is that of "+a.Other)
		return errDenied
	}
	if a.Route == nil {
		fmt.Fprintln(out, "404: no route is for this URL")
		return errDenied
	}
	fmt.Fprintln(out, "route:    "+a.Route.Pattern())
	fmt.Fprintln(out, "decision: "+verdicts[a.Decision.Outcome])
	if a.Decision.Rule != "" {
		fmt.Fprintln(out, "rule:     "+a.Decision.Rule)
	}
	if id := a.Identity; id != nil && id.EmailUnverified() {
		fmt.Fprintln(out, "note:     the claims say that the e-mail address is not verified: rules of it are neither true nor false, and no application gets it")
	}
	if names := a.Decision.Reasons().Strings(); names != nil {
		fmt.Fprintln(out, "reasons:  "+strings.Join(names, ", "))
	}
	for _, why := range a.Decision.Detail() {
		fmt.Fprintln(out, "because:  "+why)
	}
	for _, g := range a.Decision.Guidance() {
		fmt.Fprintln(out, "guidance: "+g.Text())
	}
	if a.Decision.Outcome != policy.Allow {
		return errDenied
	}
	return nil
}
