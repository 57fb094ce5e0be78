package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

func newExport() *cobra.Command {
	source, pool, lock := &keySource{}, "", &lockFlags{}
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write a user pool, whole, into an encrypted file", Args: oneFile("export"),
		Long: `Export writes one user pool into a new file: its settings, clients, groups and
users, with passwords, second factors, passkeys and devices, and its signing keys.
Gatehouse import makes the same pool from the file, in this installation or in
another one with other master keys. The servers go on meanwhile. The file is the
pool of one moment, and has its name only when it is whole.

The file holds every secret of the pool, so it is encrypted with age: for those who
know a passphrase, or for recipients whose keys age-keygen has made. The passphrase
comes from --passphrase-file, from the variable GATEHOUSE_PASSPHRASE, or from the
terminal. "-" as FILE writes to standard output.

Left behind are sign-ins: people sign in anew after a move. Gatehouse keys and
sessions have what belongs to no pool.`,
		Example: `  gatehouse export --config config.yaml --pool us-east-1_Staff0001 staff.age
  gatehouse export --config config.yaml --pool us-east-1_Staff0001 --recipient age1… staff.age`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if pool == "" {
				return wrongUsage("gatehouse export needs --pool with the id of a user pool, for example us-east-1_Staff0001")
			}
			key, err := lock.lock(cmd)
			if err != nil {
				return err
			}
			return exportPool(cmd, source, userpool.PoolID(pool), key, args[0])
		},
	}
	source.flags(cmd.Flags())
	cmd.Flags().StringVar(&pool, "pool", "", "id of the user pool")
	lock.passphrase.flags(cmd.Flags())
	cmd.Flags().StringArrayVar(&lock.recipients, "recipient", nil, "encrypt for this recipient of age, instead of with a passphrase; several are possible")
	return cmd
}

func exportPool(cmd *cobra.Command, source *keySource, pool userpool.PoolID, key transfer.Lock, file string) error {
	c, err := source.load()
	if err != nil {
		return err
	}
	exports, done, err := server.OpenExports(cmd.Context(), c, source.told(cmd.ErrOrStderr()), version)
	if err != nil {
		return err
	}
	defer done()
	rows := 0
	told := newProgress(cmd.ErrOrStderr(), "exported")
	err = writeNew(cmd.OutOrStdout(), file, func(to io.Writer) error {
		encrypted, err := key.Encrypt(to)
		if err != nil {
			return err
		}
		if rows, err = exports.Export(cmd.Context(), pool, encrypted, told); err != nil {
			return err
		}
		return encrypted.Close()
	})
	if errors.Is(err, userpool.ErrPoolNotFound) {
		return fmt.Errorf("there is no pool %s in the %s", printable(string(pool)), server.DatabaseOf(c))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: exported pool %s of the %s: %s\n", pool, server.DatabaseOf(c), count(rows, "row"))
	return nil
}
