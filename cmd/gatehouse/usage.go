package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gatehouse/internal/base/settings"
)

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func wrongUsage(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// noArgs refuses arguments to a command that takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return unknownCommand(cmd, args[0])
	}
	return wrongUsage("%s takes no arguments, got %q; %ssee %s --help", cmd.CommandPath(), args[0], fileHint(cmd, args[0]), cmd.CommandPath())
}

// fileHint asks whether an argument that names a YAML file was meant for the
// flag --config. It returns "" for other arguments, and if cmd has no such flag.
func fileHint(cmd *cobra.Command, arg string) string {
	if ext := filepath.Ext(arg); ext != ".yaml" && ext != ".yml" || cmd.Flags().Lookup("config") == nil {
		return ""
	}
	return settings.DidYouMean("--config "+arg) + " "
}

// helpTopic refuses to show help for a command that does not exist.
func helpTopic(cmd *cobra.Command, args []string) error {
	target, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) == 0 {
		return err
	}
	return unknownCommand(target, rest[0])
}

func unknownCommand(parent *cobra.Command, name string) error {
	var known []string
	for _, c := range parent.Commands() {
		if slices.Contains(c.SuggestFor, name) {
			return wrongUsage("unknown command %q; %s see %s --help", name, settings.DidYouMean(c.Name()), parent.CommandPath())
		}
		known = append(known, c.Name())
	}
	return wrongUsage("unknown command %q; %ssee %s --help", name, didYouMean("", name, known), parent.CommandPath())
}

// flagError adds to an error of flag parsing which flag was probably meant, and
// where the flags are listed.
func flagError(cmd *cobra.Command, err error) error {
	hint := ""
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		hint = didYouMean("--", unknown.GetSpecifiedName(), known)
	}
	return wrongUsage("%w; %ssee %s --help", err, hint, cmd.CommandPath())
}

// didYouMean returns a question with the known word that is most like name, or
// "". The prefix stands before the word.
func didYouMean(prefix, name string, known []string) string {
	word := settings.Nearest(name, known)
	if word == "" {
		return ""
	}
	return settings.DidYouMean(prefix+word) + " "
}
