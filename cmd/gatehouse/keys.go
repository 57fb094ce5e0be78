package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gatehouse/internal/config"
	"gatehouse/internal/operator"
	"gatehouse/internal/server"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", SuggestFor: []string{"token", "tokens"}, Short: "Manage access keys, API tokens, service accounts and the master keys", Args: noArgs,
		Long: `An access key signs the administrative calls of the user pools API, as an AWS
access key does. An API token is the bearer token of the access management API.
A service account is a program that passes the gateway with a bearer token. All are
shown once, when they are made. The master keys encrypt the secrets in
the database.`,
		Example: `  gatehouse keys create --config config.yaml --name terraform
  gatehouse keys list --config config.yaml
  gatehouse keys revoke --config config.yaml AKIAIOSFODNN7EXAMPLE
  gatehouse keys rotate --config config.yaml --master`,
		RunE: helpOnly,
	}
	source := &keySource{}
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newKeysCreate(source), newKeysList(source), newKeysRevoke(source), newKeysRotate(source))
	return cmd
}

// keySource is where the commands under keys find an installation.
type keySource struct {
	configSource
	databaseWait
}

func (s *keySource) flags(f *pflag.FlagSet) {
	s.configSource.flags(f)
	s.databaseWait.flags(f)
}

// keysOpener is [server.OpenKeys] or [server.OpenUsedKeys].
type keysOpener func(context.Context, *config.Config, server.Patience) (*operator.Engine, func(), error)

// open opens the database that the configuration names, for one command.
func (s *keySource) open(cmd *cobra.Command, with keysOpener, do func(*config.Config, *operator.Engine) error) error {
	c, err := s.load()
	if err != nil {
		return err
	}
	keys, done, err := with(cmd.Context(), c, s.told(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer done()
	return do(c, keys)
}
