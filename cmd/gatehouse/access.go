package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/internal/server"
)

func newAccess() *cobra.Command {
	cmd := &cobra.Command{
		Use: "access", Short: "Work with the team domain of Cloudflare Access", Args: noArgs,
		Long:    `Access works with the team domain that access.team_domain names.`,
		Example: `  gatehouse access test --config config.yaml`,
		RunE:    helpOnly,
	}
	source := &keySource{}
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newAccessTest(source))
	return cmd
}

func newAccessTest(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "test", Short: "Print a link to the test pages of the identity providers", Args: noArgs,
		Long: `Test prints a link to the pages that list the identity providers of the team
domain and test each of them. They show settings, so they open with such a link
alone. It works for an hour, for whoever has it.`,
		Example: `  gatehouse access test --config config.yaml
  xdg-open "$(gatehouse access test --config config.yaml)"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			link, err := server.TestLink(cmd.Context(), c, source.told(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), link)
			fmt.Fprintln(cmd.ErrOrStderr(), "gatehouse: the link works for an hour, for whoever has it")
			return nil
		},
	}
}
