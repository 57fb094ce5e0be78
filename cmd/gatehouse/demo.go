package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/demo"
	"gatehouse/internal/server"
)

// demoFlags are the flags of the command demo.
type demoFlags struct{ listen, jwks, audience string }

func newDemo() *cobra.Command {
	var flags demoFlags
	cmd := &cobra.Command{
		Use: "demo", Short: "Run an application to protect, which shows the identity that it gets", Args: noArgs,
		Long: `Demo runs an application to put behind the gateway. Each page shows the method and
the path of the request, the identity headers and the claims of the assertion.
It serves no files, and shows no cookies, tokens or signatures.

It does not verify the assertion unless --jwks names the gateway's public keys:
https://HOST/.well-known/pomerium/jwks.json of a route, or, for Cloudflare
Access, https://TEAM_DOMAIN/cdn-cgi/access/certs.`,
		Example: `  gatehouse demo
  gatehouse demo --jwks https://app.example.com/.well-known/pomerium/jwks.json --audience app.example.com`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), cmd.OutOrStdout(), flags)
		},
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:8000", "address to listen on")
	cmd.Flags().StringVar(&flags.jwks, "jwks", "", "URL of the gateway's public keys, to verify assertions with")
	cmd.Flags().StringVar(&flags.audience, "audience", "", "audience that an assertion must have: the route's host, or the AUD tag; needs --jwks")
	return cmd
}

// runDemo serves the application until ctx ends.
func runDemo(ctx context.Context, out io.Writer, flags demoFlags) error {
	app, err := flags.app()
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(flags.listen)
	if err != nil {
		return wrongUsage("--listen %q is not host:port, for example 127.0.0.1:8000", flags.listen)
	}
	ln, err := server.ListenOn(flags.listen, "--listen")
	if err != nil {
		return err
	}
	greetDemo(out, ln.Addr().String(), host, flags)
	srv := &http.Server{Handler: app, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 128 << 10}
	context.AfterFunc(ctx, func() { srv.Close() })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the demo: %w", err)
	}
	return nil
}

// app returns the application that the flags ask for.
func (f demoFlags) app() (*demo.App, error) {
	app := &demo.App{Name: "Gatehouse demo", Audience: f.audience, Now: time.Now}
	if f.jwks == "" {
		if f.audience != "" {
			return nil, wrongUsage("--audience needs --jwks, because only a verified assertion has an audience to trust")
		}
		return app, nil
	}
	u, err := url.Parse(f.jwks)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !hostname.IsLoopback(u.Hostname())) {
		return nil, wrongUsage("--jwks %q is not an https URL (http is allowed for this machine only), for example https://app.example.com/.well-known/pomerium/jwks.json", f.jwks)
	}
	app.Keys = &demo.Keys{URL: f.jwks, Client: web.NewClient(web.NewTransport(), 10*time.Second), Now: time.Now}
	return app, nil
}

// greetDemo says where the application is and what it shows.
func greetDemo(out io.Writer, addr, host string, flags demoFlags) {
	fmt.Fprintf(out, "The demo application is at http://%s/\n", addr)
	fmt.Fprintln(out, "It shows what the gateway sends: method, path, identity headers, claims.")
	switch {
	case flags.jwks == "":
		fmt.Fprintln(out, "It does not verify the assertion. Start it with --jwks URL to verify it.")
	case flags.audience == "":
		fmt.Fprintf(out, "It verifies the assertion with the keys at %s, for any audience; --audience names one.\n", flags.jwks)
	default:
		fmt.Fprintf(out, "It verifies the assertion with the keys at %s, for the audience %s.\n", flags.jwks, flags.audience)
	}
	if !hostname.IsLoopback(host) {
		fmt.Fprintln(out, "Warning: other machines can reach this address without the gateway, and send any identity headers.")
	}
	fmt.Fprintln(out, "Stop it with Ctrl-C.")
}
