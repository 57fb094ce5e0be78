package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/transfer"
)

// passphraseVariable may hold the passphrase of an export.
const passphraseVariable = "GATEHOUSE_PASSPHRASE"

// passphraseSource is where a command finds the passphrase of an export.
type passphraseSource struct{ file string }

func (s *passphraseSource) flags(f *pflag.FlagSet) {
	f.StringVar(&s.file, "passphrase-file", "", "file whose first line is the passphrase; without it, "+passphraseVariable+" or the terminal has it")
}

// passphrase returns the passphrase. From a terminal it is asked for as often as
// there are prompts, and must be the same each time.
func (s *passphraseSource) passphrase(cmd *cobra.Command, prompts ...string) (seal.Secret, error) {
	if s.file != "" {
		text, err := os.ReadFile(s.file)
		first, _, _ := strings.Cut(string(text), "\n")
		return seal.Secret(strings.TrimSuffix(first, "\r")), err
	}
	if text := os.Getenv(passphraseVariable); text != "" {
		return seal.Secret(text), nil
	}
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", wrongUsage("there is no terminal to ask for the passphrase: name a file with --passphrase-file, or set %s", passphraseVariable)
	}
	var given seal.Secret
	for i, prompt := range prompts {
		fmt.Fprint(cmd.ErrOrStderr(), prompt+": ")
		text, err := term.ReadPassword(terminal)
		fmt.Fprintln(cmd.ErrOrStderr())
		if err != nil {
			return "", err
		}
		if i > 0 && !given.Equal(string(text)) {
			return "", errors.New("the passphrases differ")
		}
		given = seal.Secret(text)
	}
	return given, nil
}

// lockFlags say for whom an export is encrypted.
type lockFlags struct {
	passphrase passphraseSource
	recipients []string
}

func (f *lockFlags) lock(cmd *cobra.Command) (transfer.Lock, error) {
	if len(f.recipients) == 0 {
		passphrase, err := f.passphrase.passphrase(cmd, "Passphrase of the export", "The same again")
		return transfer.Lock{Passphrase: passphrase}, err
	}
	if f.passphrase.file != "" {
		return transfer.Lock{}, wrongUsage("an export is encrypted with --passphrase-file or for --recipient, not both")
	}
	return transfer.Lock{Recipients: f.recipients}, nil
}

// unlockFlags say how an export is opened.
type unlockFlags struct {
	passphrase passphraseSource
	identity   string
}

func (f *unlockFlags) flags(set *pflag.FlagSet) {
	f.passphrase.flags(set)
	set.StringVar(&f.identity, "identity", "", "file of age-keygen with the key of a recipient, instead of a passphrase")
}

func (f *unlockFlags) unlock(cmd *cobra.Command, file string) (transfer.Unlock, error) {
	if f.identity == "" {
		passphrase, err := f.passphrase.passphrase(cmd, "Passphrase of "+file)
		return transfer.Unlock{Passphrase: passphrase}, err
	}
	if f.passphrase.file != "" {
		return transfer.Unlock{}, wrongUsage("an export is opened with --passphrase-file or with --identity, not both")
	}
	text, err := os.ReadFile(f.identity)
	return transfer.Unlock{Identities: seal.Secret(text)}, err
}
