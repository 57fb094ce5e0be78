package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gatehouse/internal/base/audit"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// auditFile is the file in data_dir that says which commands changed something, or took
// data out. A command has no log.
const auditFile = "audit.log"

// audited are the commands whose calls are written down.
var audited = []string{
	"backup", "device approve", "device link", "device revoke", "export", "factors delete", "import", "import users", "keys create", "keys revoke", "keys rotate",
	"migrate cognito", "restore", "sessions revoke", "user add", "user disable", "user enable", "user group add", "user group remove", "user invite", "user reset",
}

// auditedFlags are the flags whose texts are written down. Of others only the names are,
// since they may name secrets. A flag that is on or off has none: --service-account says
// what "keys create" makes, and is a token elsewhere.
var auditedFlags = []string{"config", "discard", "email", "expires-in", "group", "issuer", "name", "person", "pool", "type", "user"}

// auditCommands puts the audit trail around each command that is audited.
func auditCommands(root *cobra.Command) {
	for _, c := range root.Commands() {
		auditCommands(c)
		if run := c.RunE; run != nil && slices.Contains(audited, nameOf(c)) {
			c.RunE = func(cmd *cobra.Command, args []string) error {
				err := run(cmd, args)
				writeAudit(cmd, args, err)
				return err
			}
		}
	}
}

// made is the annotation of a command that has the id of what the command made.
const made = "made"

// auditMade has the audit trail name what a command made as its target.
func auditMade(cmd *cobra.Command, id string) {
	if id != "" {
		cmd.Annotations = map[string]string{made: id}
	}
}

// nameOf returns a command without the program.
func nameOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), "gatehouse ")
}

// writeAudit appends a line to the audit trail of the installation that a command was
// about. If that fails, the line goes to standard error: what was done is done.
func writeAudit(cmd *cobra.Command, args []string, outcome error) {
	if errors.As(outcome, new(usageError)) {
		return // nothing was tried
	}
	path := ""
	if flag := cmd.Flag("config"); flag != nil {
		path = flag.Value.String()
	}
	source := configSource{path: path}
	c, err := config.LoadRules(source.source(), server.PolicyFaults)
	if err != nil {
		return // the command could not read it either, and has done nothing
	}
	line := &bytes.Buffer{}
	audit.Write(cmd.Context(), slog.New(slog.NewJSONHandler(line, nil)), audit.Change{
		Actor: audit.Command, ActorID: userOfMachine(), Action: nameOf(cmd), Target: cmp.Or(strings.Join(args, " "), cmd.Annotations[made]), Details: flagsOf(cmd), Err: outcome,
	})
	err = appendLine(filepath.Join(c.DataDir, auditFile), line.Bytes())
	if errors.Is(err, fs.ErrNotExist) && outcome != nil {
		return // there is no installation
	}
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: the audit trail could not be written: %v\n%s", err, line)
	}
}

func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}

// userOfMachine returns who runs the command: the user of the machine and, if that is
// another, whoever became that by sudo, who can't be believed.
func userOfMachine() string {
	name := fmt.Sprintf("uid %d", os.Getuid())
	if u, err := user.Current(); err == nil {
		name = cmp.Or(u.Username, name)
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name += ", by sudo of " + before
	}
	return name
}

// flagsOf returns the flags that were given.
func flagsOf(cmd *cobra.Command) (given []slog.Attr) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := "…"
		if f.Value.Type() == "bool" || slices.Contains(auditedFlags, f.Name) {
			value = f.Value.String()
		}
		given = append(given, slog.String("flag_"+strings.ReplaceAll(f.Name, "-", "_"), value))
	})
	return given
}
