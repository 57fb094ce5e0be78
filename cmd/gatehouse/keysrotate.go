package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gatehouse/internal/server"
)

func newKeysRotate(source *keySource) *cobra.Command {
	var master, add, promote bool
	cmd := &cobra.Command{
		Use: "rotate", Short: "Add a master key, which seals from now on", Args: noArgs,
		Long: `Rotate --master adds a key to the file of the master keys and seals with it from
now on. The older keys stay in the file: everything that they sealed still opens.
The file is replaced as a whole, with mode 0600. A running process takes the new
keys up within a minute.

Several nodes must all know a key before one of them seals with it. Then rotate
in two steps: --add on one node, give the file to all nodes and wait a minute,
--promote on one node, give the file to all nodes again.

Back the file up after each rotation, apart from the database: what the new key
seals opens with no older file.

The signing keys of user pools do not rotate. The keys that sign the gateway's
assertions are those of signing_key in the configuration: the first one signs,
and all are published.`,
		Example: `  gatehouse keys rotate --config config.yaml --master
  gatehouse keys rotate --config config.yaml --master --add
  gatehouse keys rotate --config config.yaml --master --promote`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !master {
				return wrongUsage("gatehouse keys rotate needs --master; the signing keys of user pools do not rotate")
			}
			if add && promote {
				return wrongUsage("--add and --promote are two steps: run --add, give the file to every node, then run --promote")
			}
			return rotate(cmd.OutOrStdout(), source, stepOf(add, promote))
		},
	}
	cmd.Flags().BoolVar(&master, "master", false, "rotate the master keys")
	cmd.Flags().BoolVar(&add, "add", false, "add a key that opens and does not yet seal")
	cmd.Flags().BoolVar(&promote, "promote", false, "seal with the key that was added last")
	return cmd
}

func stepOf(add, promote bool) server.RotationStep {
	switch {
	case add:
		return server.AddKey
	case promote:
		return server.PromoteKey
	}
	return server.AddAndPromote
}

func rotate(out io.Writer, source *keySource, step server.RotationStep) error {
	c, err := source.load()
	if err != nil {
		return err
	}
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
