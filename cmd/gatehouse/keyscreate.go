package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/operator"
	"gatehouse/internal/server"
)

func newKeysCreate(source *keySource) *cobra.Command {
	var name string
	var bearer, account bool
	var facts accountFacts
	cmd := &cobra.Command{
		Use: "create", Short: "Make an access key, an API token or a service account", Args: noArgs,
		Long: `Create makes an access key and prints its id and secret as lines for a shell, or
with --token makes an API token and prints it. With --service-account it makes the
token of a program that passes the gateway, in the header Authorization: Bearer.
Policies know the program as the user service-account/NAME, by its groups and by its
claims. The secret is not shown again. Standard error says in which database the key
was made.`,
		Example: `  gatehouse keys create --config config.yaml --name terraform
  eval "$(gatehouse keys create --config config.yaml --name shell)"
  gatehouse keys create --config config.yaml --token --name inventory
  gatehouse keys create --config config.yaml --service-account --name backup --group robots --expires-in 2160h`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.open(cmd, server.OpenKeys, func(c *config.Config, keys *operator.Engine) error {
				create := createKey
				switch {
				case account && bearer:
					return wrongUsage("gatehouse keys create takes one of --token and --service-account")
				case account:
					create = facts.create
				case facts.given():
					return wrongUsage("--group, --claim and --expires-in belong to --service-account")
				case bearer:
					create = createToken
				}
				id, err := create(cmd.Context(), cmd.OutOrStdout(), keys, name)
				auditMade(cmd, id)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: made in the %s\n", server.DatabaseOf(c))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what the key is for; list shows it")
	cmd.Flags().BoolVar(&bearer, "token", false, "make an API token")
	cmd.Flags().BoolVar(&account, "service-account", false, "make a service account")
	facts.flags(cmd.Flags())
	return cmd
}

// createKey returns the id of the key that it made, also if it could not be printed.
func createKey(ctx context.Context, out io.Writer, keys *operator.Engine, name string) (id string, err error) {
	k, secret, err := keys.CreateKey(ctx, name)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", k.ID, secret.Reveal())
	return k.ID, err
}

func createToken(ctx context.Context, out io.Writer, keys *operator.Engine, name string) (id string, err error) {
	t, secret, err := keys.CreateToken(ctx, name)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(out, "id:    %s\ntoken: %s\n", t.ID, secret.Reveal())
	return t.ID, err
}
