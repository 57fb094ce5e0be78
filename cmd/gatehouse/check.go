package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/server"
)

func newCheck() *cobra.Command {
	var source configSource
	var offline bool
	cmd := &cobra.Command{
		Use: "check", SuggestFor: []string{"validate", "verify", "lint", "test"}, Short: "Say whether a configuration is right, and what each route will do", Args: noArgs,
		Long: `Check reads a configuration and says what it means: which part answers each host,
where each route leads, and who may enter. Faults are errors, each with its place
in the file. What is allowed but may not be meant is a warning: a route that no
request reaches, a pool that cannot send mail, settings for development, an
identity provider that does not answer.

Check changes nothing and opens no database. It calls the identity providers,
for three seconds at most; --offline leaves that out.

Exit codes: 0 the configuration is right, 1 it has faults, 2 wrong usage.`,
		Example: `  gatehouse check --config config.yaml
  gatehouse check --config config.yaml --offline`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			return check(cmd.Context(), cmd.OutOrStdout(), c, offline)
		},
	}
	source.flags(cmd.Flags())
	cmd.Flags().BoolVar(&offline, "offline", false, "do not call the identity providers")
	return cmd
}

func check(ctx context.Context, out io.Writer, c *config.Config, offline bool) error {
	report, err := server.Check(c)
	if err != nil {
		return err
	}
	if !offline {
		unreachable, err := server.UnreachableProviders(ctx, c)
		if err != nil {
			return err
		}
		report.Warnings = append(report.Warnings, unreachable...)
	}
	printHosts(out, report.Hosts)
	for _, r := range report.Routes {
		printRoute(out, r)
	}
	printWarnings(out, report.Warnings)
	_, err = fmt.Fprintf(out, "The configuration is right: %s.\n", strings.Join(summary(c, report), ", "))
	return err
}

func printHosts(out io.Writer, hosts []server.HostRole) {
	if len(hosts) == 0 {
		return
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, h := range hosts {
		fmt.Fprintf(w, "%s\t%s\n", h.Host, h.Part)
	}
	w.Flush()
	fmt.Fprintln(out)
}

// printRoute says what a route does:
//
//	https://app.example.com/public/*
//	  to:      http://app.internal:8080
//	  who:     anyone, without signing in
//	  warning: …
func printRoute(out io.Writer, r server.RouteReport) {
	fmt.Fprintln(out, r.Pattern())
	printField(out, "to:", target(r.Route))
	if path := r.DescribePath(); path != "" {
		printField(out, "path:", path)
	}
	if r.Host != "" {
		printField(out, "host:", r.Host)
	}
	printField(out, "health:", r.Balancing.Describe()...)
	printField(out, "limits:", r.Limits...)
	entrants := r.Policy.Entrants()
	printField(out, "who:", entrants.Allowed...)
	if len(entrants.Allowed) == 0 {
		printField(out, "who:", "nobody")
	}
	printField(out, "never:", entrants.Denied...)
	printField(out, "sign-in:", r.SignIn...)
	for _, w := range r.Warnings {
		printField(out, "warning:", w)
	}
	fmt.Fprintln(out)
}

// printField prints values under each other, with the name before the first.
func printField(out io.Writer, name string, values ...string) {
	for _, v := range values {
		fmt.Fprintf(out, "  %-8s %s\n", name, v)
		name = ""
	}
}

func printWarnings(out io.Writer, warnings []string) {
	for _, w := range warnings {
		fmt.Fprintln(out, "warning: "+w)
	}
	if len(warnings) > 0 {
		fmt.Fprintln(out)
	}
}

// summary counts what the configuration has.
func summary(c *config.Config, report *server.Report) []string {
	parts := []string{count(len(report.Routes), "route")}
	if c.Directory != nil && c.People == nil { // the pool of the people is in no file
		parts = append(parts, count(len(c.Directory.Pools), "declared user pool"))
	}
	if c.Access != nil {
		parts = append(parts, count(len(c.Access.IdentityProviders), "access identity provider"))
	}
	warnings := len(report.Warnings)
	for _, r := range report.Routes {
		warnings += len(r.Warnings)
	}
	if warnings > 0 {
		parts = append(parts, count(warnings, "warning"))
	}
	return parts
}

// target says what answers the requests of a route.
func target(r *proxy.Route) string {
	switch {
	case r.Redirect != nil:
		return "a redirect to " + r.DescribeRedirect()
	case r.Response != nil:
		return fmt.Sprintf("a fixed answer %d", r.Response.Status)
	}
	var urls []string
	for _, u := range r.To {
		text := u.URL.String()
		if u.Weight > 0 {
			text += fmt.Sprintf(" (weight %d)", u.Weight)
		}
		urls = append(urls, text)
	}
	text := strings.Join(urls, ", ")
	if r.Kubernetes != nil {
		text += " (Kubernetes, in the name of the person)"
	}
	return text
}
