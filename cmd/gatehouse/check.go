package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/server"
)

func newCheck() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use: "check", Short: "Say whether a configuration is right, and what each route will do", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			routes, err := server.Routes(c)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, w := range c.Warnings {
				fmt.Fprintln(out, "warning: "+w)
			}
			for _, r := range routes {
				describe(out, r)
			}
			parts := []string{count(len(routes), "route")}
			if c.Directory != nil {
				parts = append(parts, count(len(c.Directory.Pools), "declared user pool"))
			}
			if c.Access != nil {
				parts = append(parts, count(len(c.Access.IdentityProviders), "access identity provider"))
			}
			_, err = fmt.Fprintln(out, "The configuration is right: "+strings.Join(parts, ", ")+".")
			return err
		},
	}
	source.flags(cmd.Flags())
	return cmd
}

// describe says what a route will do.
func describe(out io.Writer, r *proxy.Route) {
	fmt.Fprintf(out, "%s → %s\n", matches(r), target(r))
	for _, w := range r.Policy.Warnings() {
		fmt.Fprintln(out, "  warning: "+w)
	}
	if !r.Policy.NeedsIdentity() {
		fmt.Fprintln(out, "  asks nobody to sign in")
	}
}

func matches(r *proxy.Route) string {
	switch {
	case r.Regex != "":
		return r.From.String() + " (path matches " + r.Regex + ")"
	case r.Path != "":
		return r.From.String() + r.Path
	case r.Prefix != "":
		return r.From.String() + r.Prefix + "*"
	}
	return r.From.String()
}

func target(r *proxy.Route) string {
	switch {
	case r.Redirect != nil:
		return "a redirect"
	case r.Response != nil:
		return fmt.Sprintf("a fixed answer %d", r.Response.Status)
	}
	var urls []string
	for _, u := range r.To {
		urls = append(urls, u.URL.String())
	}
	return strings.Join(urls, ", ")
}
