package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/operator"
	"gatehouse/internal/server"
)

func newKeysList(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List access keys, API tokens and service accounts", Args: noArgs,
		Long:    "List shows all access keys, API tokens and service accounts, the revoked ones too,\noldest first. It shows no secret. Standard error says from which database they are.",
		Example: "  gatehouse keys list --config config.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.open(cmd, server.OpenUsedKeys, func(c *config.Config, keys *operator.Engine) error {
				all, err := keys.List(cmd.Context())
				if err != nil {
					return err
				}
				if err := printKeys(cmd.OutOrStdout(), all); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: these are the keys of the %s\n", server.DatabaseOf(c))
				return nil
			})
		},
	}
}

func printKeys(out io.Writer, keys []*operator.Key) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tNAME\tCREATED\tLAST USED\tSTATE")
	for _, k := range keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Kind, k.Name, minute(k.Created), minute(k.LastUsed), state(k, time.Now()))
	}
	return w.Flush()
}

// minute prints a time in UTC, to the minute.
func minute(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func state(k *operator.Key, now time.Time) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case k.Expired(now):
		return "expired"
	case !k.Expires.IsZero():
		return "active until " + minute(k.Expires)
	}
	return "active"
}
