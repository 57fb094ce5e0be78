package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

// importUsersFlags are the flags of the command import users.
type importUsersFlags struct {
	source keySource
	pool   string
	end    bool
}

func newImportUsers() *cobra.Command {
	flags := &importUsersFlags{}
	cmd := &cobra.Command{
		Use: "users FILE", Short: "Add users from a file, with the password hashes of another system", Args: flags.args,
		Long: `Users adds the users of a file to a user pool. A user comes with the hash that
another system has of the password: bcrypt, Argon2, scrypt or PBKDF2, as they are in
PHC strings and in Django, Flask, Keycloak and Auth0. The password is proved at the
first sign-in with name and password, at the sign-in pages or with
USER_PASSWORD_AUTH, and from then on kept as every other. A user without a hash
chooses a password with a code.

The file has a JSON object a line, or is CSV if its name ends in .csv; the page
"Move a user pool" of the documentation has both forms. Lines that give no user are
told on standard error, and the exit code is 1. The same file can be imported again:
users who are there and have not signed in are not touched.

--end ends the time in which hashes are taken: users who have not signed in by then
choose a password with a code.`,
		Example: `  gatehouse import users --config config.yaml --pool us-east-1_Staff0001 users.jsonl
  gatehouse import users --config config.yaml --pool us-east-1_Staff0001 users.csv
  gatehouse import users --config config.yaml --pool us-east-1_Staff0001 --end`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := flags.source.load()
			if err != nil {
				return err
			}
			newcomers, done, err := server.OpenNewcomers(cmd.Context(), c, flags.source.told(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			defer done()
			if flags.end {
				return flags.endHashes(cmd, newcomers)
			}
			return flags.addUsers(cmd, c, newcomers, args[0])
		},
	}
	flags.source.flags(cmd.Flags())
	cmd.Flags().StringVar(&flags.pool, "pool", "", "id of the user pool")
	cmd.Flags().BoolVar(&flags.end, "end", false, "take no hashes any more, and forget those of users who have not signed in")
	return cmd
}

func (f *importUsersFlags) args(cmd *cobra.Command, args []string) error {
	if f.pool == "" {
		return wrongUsage("gatehouse import users needs --pool with the id of a user pool, for example us-east-1_Staff0001")
	}
	if f.end && len(args) > 0 {
		return wrongUsage("--end takes no file; see gatehouse import users --help")
	}
	if f.end {
		return nil
	}
	return oneFile("import users")(cmd, args)
}

func (f *importUsersFlags) endHashes(cmd *cobra.Command, newcomers *transfer.Newcomers) error {
	left, err := newcomers.End(cmd.Context(), userpool.PoolID(f.pool), user.FormHash)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: pool %s takes no password hashes of other systems any more; %s had not signed in and must choose a password with a code\n", f.pool, count(left, "user"))
	return nil
}

func (f *importUsersFlags) addUsers(cmd *cobra.Command, c *config.Config, newcomers *transfer.Newcomers, file string) error {
	from, err := openOrStdin(cmd, file)
	if err != nil {
		return err
	}
	defer from.Close()
	refused := func(line int, err error) {
		fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: line %d: %s\n", line, oneLine(readable(err)))
	}
	told := newProgress(cmd.ErrOrStderr(), "added")
	added, err := newcomers.AddAll(cmd.Context(), userpool.PoolID(f.pool), from, strings.HasSuffix(file, ".csv"), told, refused)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: added %s to pool %s in the %s\n", count(added.Made, "user"), f.pool, server.DatabaseOf(c))
	if added.Refused > 0 {
		return fmt.Errorf("%s of %s gave no user", count(added.Refused, "line"), file)
	}
	return nil
}
