package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "migrate", Short: "Take a user pool over from Amazon Cognito", Args: noArgs,
		Long:    "Migrate takes user pools over from other systems.",
		Example: "  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI",
		RunE:    helpOnly,
	}
	cmd.AddCommand(newMigrateCognito())
	return cmd
}

// migrateFlags are the flags of the command migrate cognito.
type migrateFlags struct {
	source               keySource
	pool, endpoint, with string
	waiting, end         bool
	factors              bool
}

func newMigrateCognito() *cobra.Command {
	f := &migrateFlags{}
	cmd := &cobra.Command{
		Use: "cognito", Short: "Take a user pool over from Amazon Cognito, through its API", Args: noArgs,
		Long: `Cognito reads a user pool at AWS and makes it here: the settings, app clients with
their ids and secrets, resource servers, identity providers, groups, and users with
their subs and groups. The pool keeps its id, so directory.region must be its region.

Nobody can read passwords at AWS. With --ask CLIENT-ID, users keep theirs: when a user
signs in here for the first time, the server asks the pool at AWS whether the password
is right, with that app client, and from then on keeps it as every other. --waiting
says how many users have not signed in yet, and --end ends the asking: they choose a
new password with a code. Without --ask, all do. The page "From Cognito" of the
documentation says what asking needs, and what it means for second factors.

With --with-mfa, each user's second factors are read, too, with one more call: SMS and
e-mail go on. Authenticator apps cannot be read at AWS: who has no other factor must set
up a new one at the first sign-in. Passkeys and devices cannot be read either. At the
end standard output lists what did not come along, and why. If that would be second
factors that the pool asks for, the command stops before it takes a user.

The pool at AWS is only read, ten calls a second at most. If the command is
interrupted, run it again: what is there stays as it is. The key is the one that AWS's
own command line has: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN,
or the profile AWS_PROFILE of ~/.aws/config and ~/.aws/credentials. It may read the
pool (the policy AmazonCognitoReadOnly). With --ask, the key may also call
cognito-idp:AdminInitiateAuth, and is kept sealed in the database.`,
		Example: `  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI
  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI --ask 4o6gt2q0t6pf6uvpu35c1q7h8s
  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI --waiting
  gatehouse migrate cognito --config config.yaml --pool eu-west-1_AbCdEfGhI --end`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.source.flags(cmd.Flags())
	cmd.Flags().StringVar(&f.pool, "pool", "", "id of the user pool at AWS")
	cmd.Flags().StringVar(&f.endpoint, "endpoint", "", "address of the API, if it is not AWS's own of the pool's region")
	cmd.Flags().StringVar(&f.with, "ask", "", "id of the app client at AWS with which passwords are asked for at first sign-ins")
	cmd.Flags().BoolVar(&f.factors, "with-mfa", false, "take over which second factors users turned on")
	cmd.Flags().BoolVar(&f.waiting, "waiting", false, "say how many users have a password that only the pool at AWS knows")
	cmd.Flags().BoolVar(&f.end, "end", false, "ask for no passwords any more; users who have not signed in choose a new one")
	return cmd
}

func (f *migrateFlags) run(cmd *cobra.Command) error {
	if f.pool == "" {
		return wrongUsage("gatehouse migrate cognito needs --pool with the id of the pool at AWS, for example eu-west-1_AbCdEfGhI")
	}
	switch {
	case f.waiting && f.end, (f.waiting || f.end) && f.with != "":
		return wrongUsage("give one of --ask, --waiting and --end; see gatehouse migrate cognito --help")
	case (f.waiting || f.end) && f.factors:
		return wrongUsage("--with-mfa takes users over: leave out --waiting and --end")
	case f.waiting, f.end:
		return f.asked(cmd)
	}
	key, err := config.OperatorKey(os.Getenv)
	if err != nil {
		return wrongUsage("%w", err)
	}
	return f.take(cmd, key)
}

// asked says, or ends, whose passwords are asked for.
func (f *migrateFlags) asked(cmd *cobra.Command) error {
	c, err := f.source.load()
	if err != nil {
		return err
	}
	newcomers, done, err := server.OpenNewcomers(cmd.Context(), c, f.source.told(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer done()
	do, say := newcomers.Waiting, "have not signed in here yet: only the former pool knows their passwords"
	if f.end {
		do, say = newcomers.End, "had not signed in and must choose a password with a code; the former pool is not asked any more"
	}
	n, err := do(cmd.Context(), userpool.PoolID(f.pool), user.FormFormer)
	if err == nil {
		fmt.Fprintf(cmd.OutOrStdout(), "Pool %s: %s %s.\n", f.pool, count(n, "user"), say)
	}
	return err
}

func (f *migrateFlags) take(cmd *cobra.Command, key config.AWSKey) error {
	c, err := f.source.load()
	if err != nil {
		return err
	}
	told := newProgress(cmd.ErrOrStderr(), "took over")
	from := server.CognitoPool{ID: userpool.PoolID(f.pool), Endpoint: f.endpoint, Key: key, Ask: userpool.ClientID(f.with), Factors: f.factors}
	report, err := server.MigrateCognito(cmd.Context(), c, f.source.told(cmd.ErrOrStderr()), from, told)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Pool %s is in the %s: %s, %s, %s.\n", f.pool, server.DatabaseOf(c), count(report.Users, "user"), count(report.Clients, "app client"), count(report.Groups, "group"))
	if f.with != "" {
		fmt.Fprintf(out, "Passwords of %s are asked for at the former pool, each at the first sign-in here.\n", count(report.Waiting, "user"))
	}
	fmt.Fprintln(out, "Left behind:")
	for _, left := range report.Left {
		fmt.Fprintln(out, "  "+printable(oneLine(left)))
	}
	return nil
}
