package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

// rotateFlags are the flags of the command keys rotate.
type rotateFlags struct {
	master, add, promote bool
	signing              bool
	pool                 string
}

func newKeysRotate(source *keySource) *cobra.Command {
	var flags rotateFlags
	cmd := &cobra.Command{
		Use: "rotate", Short: "Replace the master keys or the signing keys of a pool", Args: noArgs,
		Long: `Rotate --master adds a key to the file of the master keys and seals with it from
now on. The older keys stay in the file: everything that they sealed still opens.
The file is replaced as a whole, with mode 0600. A running process takes the new
key up within a minute. Back the file up after each rotation, apart from the
database.

Several nodes must all know a master key before one of them seals with it. Then
rotate in two steps: --add on one node, give the file to all nodes and wait a
minute, --promote on one node, give the file to all nodes again.

Rotate --signing --pool ID makes the next signing keys of a user pool. They are
published at once and sign two hours later, when every verifier knows them. The
old keys verify for 25 hours more, until the last token that they signed has
expired. While a rotation waits for its keys to sign, rotate makes no others.

The keys that sign the gateway's assertions are those of signing_key in the
configuration: the first one signs, and all are published.`,
		Example: `  gatehouse keys rotate --config config.yaml --master
  gatehouse keys rotate --config config.yaml --master --add
  gatehouse keys rotate --config config.yaml --master --promote
  gatehouse keys rotate --config config.yaml --signing --pool us-east-1_Staff0001`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			c, err := source.load()
			if err != nil {
				return err
			}
			if flags.signing {
				patience := source.told(cmd.ErrOrStderr())
				return rotateSigning(cmd.Context(), cmd.OutOrStdout(), c, patience, userpool.PoolID(flags.pool))
			}
			return rotateMaster(cmd.OutOrStdout(), c, flags.step())
		},
	}
	cmd.Flags().BoolVar(&flags.master, "master", false, "rotate the master keys")
	cmd.Flags().BoolVar(&flags.add, "add", false, "with --master: add a key that opens and does not yet seal")
	cmd.Flags().BoolVar(&flags.promote, "promote", false, "with --master: seal with the key that was added last")
	cmd.Flags().BoolVar(&flags.signing, "signing", false, "rotate the signing keys of the pool that --pool names")
	cmd.Flags().StringVar(&flags.pool, "pool", "", "with --signing: id of the user pool")
	return cmd
}

// check refuses flags that do not go together.
func (f *rotateFlags) check() error {
	switch {
	case f.master == f.signing:
		return wrongUsage("gatehouse keys rotate needs --master, or --signing with --pool ID")
	case f.signing && (f.add || f.promote):
		return wrongUsage("--add and --promote are steps of --master; --signing needs none")
	case f.signing && f.pool == "":
		return wrongUsage("--signing needs --pool with the id of a user pool, for example us-east-1_Staff0001")
	case f.master && f.pool != "":
		return wrongUsage("--pool goes with --signing; the master keys are those of the whole installation")
	case f.add && f.promote:
		return wrongUsage("--add and --promote are two steps: run --add, give the file to every node, then run --promote")
	}
	return nil
}

func (f *rotateFlags) step() server.RotationStep {
	switch {
	case f.add:
		return server.AddKey
	case f.promote:
		return server.PromoteKey
	}
	return server.AddAndPromote
}

func rotateMaster(out io.Writer, c *config.Config, step server.RotationStep) error {
	if err := server.RotateMasterKeys(c, step); err != nil {
		return err
	}
	fmt.Fprintf(out, changed[step]+"\n", c.MasterKeyFile)
	fmt.Fprintln(out, next[step])
	fmt.Fprintln(out, "Back the file up now, apart from the database.")
	return nil
}

// changed says what each step did to the file.
var changed = map[server.RotationStep]string{
	server.AddAndPromote: "Added a master key to %s. It seals from now on; what the older keys sealed still opens.",
	server.AddKey:        "Added a master key to %s. It opens and does not yet seal.",
	server.PromoteKey:    "The newest master key in %s seals from now on; what the older keys sealed still opens.",
}

// next says what is to be done after each step.
var next = map[server.RotationStep]string{
	server.AddAndPromote: "A running process takes it up within a minute. Give the file to other nodes at once: without it they cannot open what the new key seals.",
	server.AddKey:        "Give the file to every node and wait a minute, then run: gatehouse keys rotate --master --promote",
	server.PromoteKey:    "A running process takes it up within a minute. Give the file to every node.",
}

func rotateSigning(ctx context.Context, out io.Writer, c *config.Config, p server.Patience, pool userpool.PoolID) error {
	rotation, err := server.RotateSigningKeys(ctx, c, p, pool)
	if err != nil {
		return fmt.Errorf("pool %s in the %s: %w", pool, server.DatabaseOf(c), err)
	}
	fmt.Fprintf(out, "The next signing keys of pool %s are published within minutes:\n", pool)
	for _, id := range rotation.KeyIDs {
		fmt.Fprintln(out, "  "+id)
	}
	fmt.Fprintf(out, "They sign from %s.\n", rotation.SignsFrom.UTC().Format(time.RFC3339))
	fmt.Fprintf(out, "The old keys verify until %s.\n", rotation.Retired.UTC().Format(time.RFC3339))
	return nil
}
