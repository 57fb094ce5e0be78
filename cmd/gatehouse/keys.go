package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/operator"
	"gatehouse/internal/server"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Manage access keys and API tokens", Args: noArgs,
		Long: `An access key signs the administrative calls of the user pools API, as an AWS
access key does. An API token is the bearer token of the access management API.
Both are shown once, when they are made.`,
		RunE: helpOnly,
	}
	var source configSource
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newKeysCreate(&source), newKeysList(&source), newKeysRevoke(&source))
	return cmd
}

// withKeys opens the store that the configuration names, for one command.
func withKeys(ctx context.Context, source *configSource, do func(*operator.Engine) error) error {
	c, err := source.load()
	if err != nil {
		return err
	}
	keys, done, err := server.OpenKeys(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	return do(keys)
}

func newKeysCreate(source *configSource) *cobra.Command {
	var name string
	var bearer bool
	cmd := &cobra.Command{
		Use: "create", Short: "Make an access key, or with --token an API token", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), source, func(keys *operator.Engine) error {
				out := cmd.OutOrStdout()
				if bearer {
					t, secret, err := keys.CreateToken(cmd.Context(), name)
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(out, "id:    %s\ntoken: %s\n", t.ID, secret.Reveal())
					return err
				}
				k, secret, err := keys.CreateKey(cmd.Context(), name)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", k.ID, secret.Reveal())
				return err
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what the key is for, shown by list")
	cmd.Flags().BoolVar(&bearer, "token", false, "make an API token")
	return cmd
}

func newKeysList(source *configSource) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List access keys and API tokens", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), source, func(keys *operator.Engine) error {
				all, err := keys.List(cmd.Context())
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tKIND\tNAME\tCREATED\tLAST USED\tSTATE")
				for _, k := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Kind, k.Name, day(k.Created), day(k.LastUsed), state(k))
				}
				return w.Flush()
			})
		},
	}
}

func newKeysRevoke(source *configSource) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End an access key or API token",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("gatehouse keys revoke takes the id of one key; see gatehouse keys list")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return withKeys(cmd.Context(), source, func(keys *operator.Engine) error {
				return keys.Revoke(cmd.Context(), args[0])
			})
		},
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func state(k *operator.Key) string {
	if k.Revoked.IsZero() {
		return "active"
	}
	return "revoked"
}
