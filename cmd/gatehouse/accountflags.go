package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/remote"
)

// accountVariable may hold the token of a service account.
const accountVariable = "GATEHOUSE_SERVICE_ACCOUNT"

// accountFlags say with which service account a program passes a gateway. They have the
// names of pomerium-cli's.
type accountFlags struct {
	token string
	file  string
	given *pflag.FlagSet // tells an empty flag from a missing one
}

func (f *accountFlags) add(flags *pflag.FlagSet) {
	f.given = flags
	flags.StringVar(&f.file, "service-account-file", "", "a `file` with the token of a service account, which passes without a browser; "+accountVariable+" may hold the token too")
	flags.StringVar(&f.token, "service-account", "", "the `token` itself; other users of this machine can read it in the list of processes, so prefer --service-account-file or "+accountVariable)
}

// account returns what reads the token of the service account, or nil if a user is to
// sign in. A source that is named and holds no token is an error: nobody may sit before
// the browser that would open instead.
func (f *accountFlags) account() (remote.Account, error) {
	token, file := f.given.Changed("service-account"), f.given.Changed("service-account-file")
	text, variable := os.LookupEnv(accountVariable)
	read := func() (seal.Secret, error) { return accountToken(accountVariable, text) }
	switch {
	case token && file:
		return nil, wrongUsage("--service-account and --service-account-file do not go together")
	case file:
		read = func() (seal.Secret, error) {
			text, err := os.ReadFile(f.file)
			if err != nil {
				return "", fmt.Errorf("read the token of the service account: %w", err)
			}
			return accountToken(f.file, string(text))
		}
	case token:
		read = func() (seal.Secret, error) { return accountToken("--service-account", f.token) }
	case !variable:
		return nil, nil
	}
	_, err := read()
	return read, err
}

// accountToken returns the token in a text. What could not stand in a header is none.
func accountToken(from, text string) (seal.Secret, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s holds no token of a service account", from)
	}
	return seal.Secret(text), nil
}
