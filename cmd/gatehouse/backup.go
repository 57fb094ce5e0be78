package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/internal/server"
)

func newBackup() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use: "backup FILE", SuggestFor: []string{"dump", "save"}, Short: "Copy the database into a file while it is in use", Args: oneFile("backup"),
		Long: `Backup copies the SQLite database that the configuration names into a new file with
mode 0600. The servers go on meanwhile. The copy is the state of one moment; it is
checked, and on disk, before it gets its name. A file that exists is not replaced.

The master keys are not in it. Back them up apart from it: whoever has both has
everything. For PostgreSQL use pg_dump.`,
		Example: "  gatehouse backup --config config.yaml /var/backups/gatehouse-monday.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			if err := server.Backup(cmd.Context(), c, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Copied the %s to %s, and checked the copy.\n", server.DatabaseOf(c), args[0])
			fmt.Fprintf(cmd.OutOrStdout(), "The master keys are not in it: they are in %s. Keep a copy of them apart from it.\n", server.MasterKeysOf(c))
			return nil
		},
	}
	source.flags(cmd.Flags())
	return cmd
}

// oneFile refuses anything but the name of one file.
func oneFile(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return wrongUsage("gatehouse %s takes the name of one file; see gatehouse %s --help", command, command)
		}
		return nil
	}
}
