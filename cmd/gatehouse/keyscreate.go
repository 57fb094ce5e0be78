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
	var bearer bool
	cmd := &cobra.Command{
		Use: "create", Short: "Make an access key, or with --token an API token", Args: noArgs,
		Long: `Create makes an access key and prints its id and secret as lines for a shell, or
with --token makes an API token and prints it. The secret is not shown again.
Standard error says in which database the key was made.`,
		Example: `  gatehouse keys create --config config.yaml --name terraform
  eval "$(gatehouse keys create --config config.yaml --name shell)"
  gatehouse keys create --config config.yaml --token --name inventory`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.open(cmd, server.OpenKeys, func(c *config.Config, keys *operator.Engine) error {
				create := createKey
				if bearer {
					create = createToken
				}
				if err := create(cmd.Context(), cmd.OutOrStdout(), keys, name); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: made in the %s\n", server.DatabaseOf(c))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what the key is for; list shows it")
	cmd.Flags().BoolVar(&bearer, "token", false, "make an API token")
	return cmd
}

func createKey(ctx context.Context, out io.Writer, keys *operator.Engine, name string) error {
	k, secret, err := keys.CreateKey(ctx, name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", k.ID, secret.Reveal())
	return err
}

func createToken(ctx context.Context, out io.Writer, keys *operator.Engine, name string) error {
	t, secret, err := keys.CreateToken(ctx, name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "id:    %s\ntoken: %s\n", t.ID, secret.Reveal())
	return err
}
