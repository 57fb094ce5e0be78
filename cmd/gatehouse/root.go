package main

import "github.com/spf13/cobra"

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "gatehouse",
		Short: "Sign-in and access control that you run yourself",
		Long: `Gatehouse is sign-in and access control that you run yourself: user pools that
speak Amazon Cognito's API, and an identity-aware proxy that reads Pomerium's
configuration file.

  gatehouse dev      run the whole system on this machine, without a configuration
  gatehouse serve    run what a configuration file says, for production

Exit codes: 0 done, 1 failed, 2 wrong usage. Errors go to standard error, one line
each.`,
		Example: `  gatehouse dev
  gatehouse check --config config.yaml
  gatehouse serve --config config.yaml`,
		Version:       versionLine(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          helpOnly,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newDev(), newServe(), newCheck(), newExplain(), newDiff(), newKeys(), newSessions(), newDevice(), newUser(), newFactors(), newMessages(), newImportJobs(), newAccess(), newCA(), newK8s(), newTunnel(), newBackup(), newRestore(), newExport(), newImport(), newMigrate(), newDemo(), newVersion())
	auditCommands(root)
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = helpTopic
		}
	}
	return root
}

// helpOnly is the action of a command that only groups others.
func helpOnly(cmd *cobra.Command, _ []string) error { return cmd.Help() }
