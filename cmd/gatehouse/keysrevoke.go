package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/operator"
)

func newKeysRevoke(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End an access key or API token",
		Long: `Revoke ends a key on every node within seconds, for good. A key that does not
exist, or that was revoked before, is an error.`,
		Example: "  gatehouse keys revoke --config config.yaml AKIAIOSFODNN7EXAMPLE",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("gatehouse keys revoke takes the id of one key; see gatehouse keys list")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.open(cmd, func(_ *config.Config, keys *operator.Engine) error {
				return revoke(cmd.Context(), keys, args[0])
			})
		},
	}
}

// revoke ends the key with this id. The engine takes a second revocation as
// done; whoever types one probably meant another key.
func revoke(ctx context.Context, keys *operator.Engine, id string) error {
	all, err := keys.List(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k *operator.Key) bool { return k.ID == id })
	switch {
	case i < 0:
		return fmt.Errorf("there is no key %s; see gatehouse keys list", id)
	case !all[i].Revoked.IsZero():
		return fmt.Errorf("the key %s was revoked before, at %s UTC", id, minute(all[i].Revoked))
	}
	return keys.Revoke(ctx, id)
}
