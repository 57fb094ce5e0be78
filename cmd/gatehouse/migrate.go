package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "migrate", Short: "Take a user pool over from Amazon Cognito", Args: noArgs,
		Long:    "Migrate takes user pools over from other systems.",
		Example: "  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI",
		RunE:    helpOnly,
	}
	cmd.AddCommand(newMigrateCognito())
	return cmd
}

func newMigrateCognito() *cobra.Command {
	source, pool, endpoint := &keySource{}, "", ""
	cmd := &cobra.Command{
		Use: "cognito", Short: "Take a user pool over from Amazon Cognito, through its API", Args: noArgs,
		Long: `Cognito reads a user pool at AWS and makes it here: the settings, app clients with
their ids and secrets, resource servers, identity providers, groups, and users with
their subs and groups. The pool keeps its id, so directory.region must be its region.

Passwords, authenticator apps, passkeys and devices cannot be read at AWS: users have
the status RESET_REQUIRED, and choose a new password with a code. At the end standard
output lists what did not come along, and why.

The pool at AWS is only read, ten calls a second at most. If the command is
interrupted, run it again: what is there stays as it is. AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN have the key, which may read the pool
(the policy AmazonCognitoReadOnly).`,
		Example: "  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if pool == "" {
				return wrongUsage("gatehouse migrate cognito needs --pool with the id of the pool at AWS, for example eu-west-1_AbCdEfGhI")
			}
			key := server.CognitoKey{ID: os.Getenv("AWS_ACCESS_KEY_ID"), Secret: seal.Secret(os.Getenv("AWS_SECRET_ACCESS_KEY")), Token: seal.Secret(os.Getenv("AWS_SESSION_TOKEN"))}
			if key.ID == "" || key.Secret == "" {
				return wrongUsage("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key that may read the pool")
			}
			return migrateCognito(cmd, source, userpool.PoolID(pool), endpoint, key)
		},
	}
	source.flags(cmd.Flags())
	cmd.Flags().StringVar(&pool, "pool", "", "id of the user pool at AWS")
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "address of the API, if it is not AWS's own of the pool's region")
	return cmd
}

func migrateCognito(cmd *cobra.Command, source *keySource, pool userpool.PoolID, endpoint string, key server.CognitoKey) error {
	c, err := source.load()
	if err != nil {
		return err
	}
	told := newProgress(cmd.ErrOrStderr(), "took over")
	report, err := server.MigrateCognito(cmd.Context(), c, source.told(cmd.ErrOrStderr()), server.CognitoPool{ID: pool, Endpoint: endpoint, Key: key}, told)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Pool %s is in the %s: %s, %s, %s.\n", pool, server.DatabaseOf(c), count(report.Users, "user"), count(report.Clients, "app client"), count(report.Groups, "group"))
	fmt.Fprintln(out, "Left behind:")
	for _, left := range report.Left {
		fmt.Fprintln(out, "  "+printable(oneLine(left)))
	}
	return nil
}
