package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

// importFlags are the flags of the command import.
type importFlags struct {
	source  keySource
	unlock  unlockFlags
	options transfer.Options
	discard string
}

func newImport() *cobra.Command {
	flags := &importFlags{}
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Make a user pool from a file that export wrote", Args: flags.args,
		Long: `Import makes a user pool from a file of gatehouse export, in an installation that
does not have it. The pool keeps its id, its clients and its keys, so programs and
tokens go on; passwords and second factors do, too. Only sign-ins are left behind.

Nobody sees the pool before its last row is there and the file has proved to be
whole; the servers go on meanwhile. If the import is interrupted, the same command
goes on where it stopped. --discard POOL takes away a pool whose import did not come
to its end.

Import only what you exported yourself: the file decides who can sign in. age does
not say who wrote a file for a recipient; one with a passphrase was written by
somebody who knows it. "-" as FILE reads standard input.`,
		Example: `  gatehouse import --config config.yaml staff.age
  gatehouse import --config config.yaml --identity key.txt staff.age
  gatehouse import --config config.yaml --discard us-east-1_Staff0001`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.discard != "" {
				return flags.open(cmd, func(_ *config.Config, imports *transfer.Engine) error {
					return discardImport(cmd, imports, userpool.PoolID(flags.discard))
				})
			}
			return flags.importFile(cmd, args[0])
		},
	}
	cmd.AddCommand(newImportUsers())
	flags.source.flags(cmd.Flags())
	flags.unlock.flags(cmd.Flags())
	cmd.Flags().BoolVar(&flags.options.WithoutDomains, "without-domains", false, "leave the pool's domains out, if they cannot answer in this installation")
	cmd.Flags().StringVar(&flags.discard, "discard", "", "delete this pool, whose import did not come to its end")
	return cmd
}

func (f *importFlags) args(cmd *cobra.Command, args []string) error {
	if f.discard == "" {
		return oneFile("import")(cmd, args)
	}
	if len(args) > 0 {
		return wrongUsage("--discard names the pool, and takes no file; see gatehouse import --help")
	}
	return nil
}

func (f *importFlags) open(cmd *cobra.Command, do func(*config.Config, *transfer.Engine) error) error {
	c, err := f.source.load()
	if err != nil {
		return err
	}
	imports, done, err := server.OpenImports(cmd.Context(), c, f.source.told(cmd.ErrOrStderr()), version)
	if err != nil {
		return err
	}
	defer done()
	return do(c, imports)
}

func discardImport(cmd *cobra.Command, imports *transfer.Engine, pool userpool.PoolID) error {
	err := imports.Discard(cmd.Context(), pool)
	if errors.Is(err, userpool.ErrPoolNotFound) {
		return fmt.Errorf("no import of pool %s is under way; a whole pool is deleted with the API's DeleteUserPool", pool)
	}
	if err == nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: discarded what was imported of pool %s\n", pool)
	}
	return err
}

// importFile opens the file before the installation: a wrong passphrase makes no new
// one.
func (f *importFlags) importFile(cmd *cobra.Command, file string) error {
	unlock, err := f.unlock.unlock(cmd, file)
	if err != nil {
		return err
	}
	from, err := openOrStdin(cmd, file)
	if err != nil {
		return err
	}
	defer from.Close()
	plain, err := unlock.Decrypt(from)
	if err != nil {
		return err
	}
	return f.open(cmd, func(c *config.Config, imports *transfer.Engine) error {
		o := f.options
		o.Progress = newProgress(cmd.ErrOrStderr(), "imported")
		done, err := imports.Import(cmd.Context(), plain, o)
		if err != nil {
			return hinted(err)
		}
		sayImported(cmd, c, done)
		return nil
	})
}

func sayImported(cmd *cobra.Command, c *config.Config, done *transfer.Imported) {
	fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: imported pool %s into the %s: %s%s\n", done.Pool, server.DatabaseOf(c), count(done.Rows, "row"), resumed(done.Resumed))
	if len(done.Domains) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: its sign-in pages answer at %s from the next minute on, once the name leads here\n", strings.Join(hostsOf(c, done.Domains), ", "))
	}
}

// hostsOf returns the hosts of domains: a prefix stands before the suffix of the
// installation.
func hostsOf(c *config.Config, domains []string) []string {
	hosts := slices.Clone(domains)
	for i, name := range hosts {
		if suffix := c.Directory.DomainSuffix; !strings.Contains(name, ".") && suffix != "" {
			hosts[i] = name + "." + strings.ToLower(suffix)
		}
	}
	return hosts
}

// hinted adds to an error of an import what can be done about it.
func hinted(err error) error {
	for _, h := range []struct {
		of   error
		hint string
	}{
		{userpool.ErrDomainHost, "--without-domains imports the pool without its domains."},
		{transfer.ErrPoolTaken, "Delete it here first (DeleteUserPool), if the one of the file is to take its place."},
		{transfer.ErrDamaged, "Copy the file again and import it, or take away what is there with --discard."},
		{transfer.ErrOtherImport, "Wait for that one, or take away what is there with --discard."},
	} {
		if !errors.Is(err, h.of) {
			continue
		}
		f := fault.As(err)
		if cause := errors.Unwrap(f); cause != nil {
			return fmt.Errorf("%s %s (%s)", f.Message, h.hint, readable(cause))
		}
		return fmt.Errorf("%s %s", f.Message, h.hint)
	}
	return err
}

func resumed(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf(", %d of them by an earlier try", rows)
}

func openOrStdin(cmd *cobra.Command, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(file)
}
