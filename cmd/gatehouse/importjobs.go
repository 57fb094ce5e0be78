package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/server"
)

func newImportJobs() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import-jobs", SuggestFor: []string{"import-job", "imports"}, Short: "Show what became of imported users", Args: noArgs,
		Long: `An import job makes users from a CSV file; the API starts it
(StartUserImportJob). The commands work on the database while the directory runs.`,
		Example: "  gatehouse import-jobs report --config config.yaml import-a1B2c3D4e5",
		RunE:    helpOnly,
	}
	source := &keySource{}
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newImportJobsReport(source))
	return cmd
}

func newImportJobsReport(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "report JOB-ID", Short: "Show what became of each line of a job's file",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("gatehouse import-jobs report takes the id of one job, as list-user-import-jobs shows it")
			}
			return nil
		},
		Long: `Report shows a line for each user of the file: SUCCEEDED, SKIPPED if the user
exists already, or FAILED with the reason. It names lines by their number and shows
nothing else of the file. A report is kept for 90 days.`,
		Example: "  gatehouse import-jobs report --config config.yaml import-a1B2c3D4e5",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			imports, done, err := server.OpenImportJobs(cmd.Context(), c, source.told(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			defer done()
			w := bufio.NewWriter(cmd.OutOrStdout())
			n, err := imports.Report(cmd.Context(), userimport.ID(args[0]), w)
			if err == nil && n == 0 {
				return fmt.Errorf("there is no report of an import job %s in the %s", args[0], server.DatabaseOf(c))
			}
			return errors.Join(err, w.Flush())
		},
	}
}
