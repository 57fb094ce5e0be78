package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/operator"
	"gatehouse/internal/server"
)

func newKeysRevoke(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End an access key, an API token or a service account",
		Long: `Revoke ends a key on every node within seconds, for good. With a service account, what
it has open at the gateway ends too. A key that does not
exist, or that was revoked before, is an error. Standard error says in which
database the key was revoked.`,
		Example: "  gatehouse keys revoke --config config.yaml AKIAIOSFODNN7EXAMPLE",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("gatehouse keys revoke takes the id of one key; see gatehouse keys list")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.open(cmd, server.OpenUsedKeys, func(c *config.Config, keys *operator.Engine) error {
				database := server.DatabaseOf(c)
				if err := revoke(cmd.Context(), keys, database, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: revoked in the %s\n", database)
				return nil
			})
		},
	}
}

// revoke ends the key with this id. The engine accepts a second revocation of a
// key. Here it is an error: the person probably meant another key.
func revoke(ctx context.Context, keys *operator.Engine, database, id string) error {
	all, err := keys.List(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k *operator.Key) bool { return k.ID == id })
	switch {
	case i < 0:
		return fmt.Errorf("there is no key %s in the %s; see gatehouse keys list", id, database)
	case !all[i].Revoked.IsZero():
		return fmt.Errorf("the key %s was revoked before, at %s UTC", id, minute(all[i].Revoked))
	}
	return keys.Revoke(ctx, id)
}
