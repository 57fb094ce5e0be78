package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/internal/server"
)

func newRestore() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Make the database from a backup", Args: oneFile("restore"),
		Long: `Restore makes the SQLite database that the configuration names from a file that
gatehouse backup has made. It replaces nothing: stop the servers and move a
database that is there away first, with its -wal and -shm. The file is checked
before and after, and stays as it is.

Restore the master keys from their own backup, too, those of the same time or
newer. Restore says whether they are there and are those of the backup. Everything
that was changed after the backup is lost: people who were removed since are back,
and passwords are the old ones.`,
		Example: "  gatehouse restore --config config.yaml /var/backups/gatehouse-monday.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			if err := server.Restore(cmd.Context(), c, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Restored the %s from %s. The master keys in %s are those of the backup.\n", server.DatabaseOf(c), args[0], server.MasterKeysOf(c))
			return nil
		},
	}
	source.flags(cmd.Flags())
	return cmd
}
