package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

func newFactors() *cobra.Command {
	cmd := &cobra.Command{
		Use: "factors", SuggestFor: []string{"factor", "passkeys", "passkey", "mfa", "devices"}, Short: "List and remove what a user signs in with besides the password", Args: noArgs,
		Long: `A factor is a passkey, an authenticator app, a phone number or mailbox that was
turned on as a second factor, or a device of the user. Each outlives a new password.
The commands work on the database while the directory runs.`,
		Example: `  gatehouse factors list --config config.yaml --pool us-east-1_Staff0001 --user alice
  gatehouse factors delete --config config.yaml --pool us-east-1_Staff0001 --user alice --all`,
		RunE: helpOnly,
	}
	whose := &factorOwner{}
	whose.flags(cmd.PersistentFlags())
	cmd.PersistentFlags().StringVar(&whose.pool, "pool", "", "the id of the user's pool")
	cmd.PersistentFlags().StringVar(&whose.user, "user", "", "the user: its name, an alias or its sub")
	cmd.AddCommand(newFactorsList(whose), newFactorsDelete(whose))
	return cmd
}

// factorOwner is the user whose factors a command concerns.
type factorOwner struct {
	keySource
	pool, user string
}

// open opens the factors of the database that the configuration names, for one
// command. An error names the user.
func (o *factorOwner) open(cmd *cobra.Command, do func(*config.Config, *account.Factors) error) error {
	if o.pool == "" || o.user == "" {
		return wrongUsage("%s needs --pool with the id of a pool and --user with the name of a user; see %s --help", cmd.CommandPath(), cmd.CommandPath())
	}
	c, err := o.load()
	if err != nil {
		return err
	}
	factors, done, err := server.OpenFactors(cmd.Context(), c, o.told(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer done()
	if err := do(c, factors); err != nil {
		return fmt.Errorf("user %s of pool %s in the %s: %w", printable(o.user), printable(o.pool), server.DatabaseOf(c), err)
	}
	return nil
}

func newFactorsList(o *factorOwner) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the factors of a user", Args: noArgs,
		Long: `List shows what a user signs in with besides the password. ADDED is - where it is
not known. Standard error says from which database the list is.`,
		Example: "  gatehouse factors list --config config.yaml --pool us-east-1_Staff0001 --user alice",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.open(cmd, func(c *config.Config, factors *account.Factors) error {
				list, err := factors.List(cmd.Context(), userpool.PoolID(o.pool), o.user)
				if err != nil {
					return err
				}
				if err := printFactors(cmd, list); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: these are the factors of a user of the %s\n", server.DatabaseOf(c))
				return nil
			})
		},
	}
}

func printFactors(cmd *cobra.Command, list []account.Factor) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tADDED\tNAME\tID")
	for _, x := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.Kind, minuteOrNone(x.Added), printable(x.Name), printable(x.ID))
	}
	return w.Flush()
}

// minuteOrNone returns "-" for an unknown time.
func minuteOrNone(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return minute(t)
}

func newFactorsDelete(o *factorOwner) *cobra.Command {
	var id string
	var all bool
	cmd := &cobra.Command{
		Use: "delete [ID]", SuggestFor: []string{"remove", "revoke"}, Short: "Remove factors of a user, and end the user's sign-ins",
		Long: `Delete removes one factor, or all. All sign-ins of the user end with it, those at
the gateway, too, and codes that were sent to the user are worth nothing: whoever
added the factor can't add another one. It does not change the password, the e-mail
address or the phone number; the user needs what is left of them to sign in.

Standard error says how many factors were removed, in which database.`,
		Example: `  gatehouse factors delete --config config.yaml --pool us-east-1_Staff0001 --user alice SOFTWARE_TOKEN_MFA
  gatehouse factors delete --config config.yaml --pool us-east-1_Staff0001 --user alice --all`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				id = args[0]
			}
			if len(args) > 1 || chosen(id != "", all) != 1 {
				return wrongUsage("gatehouse factors delete takes the id of one factor, or --all; see gatehouse factors list")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.open(cmd, func(c *config.Config, factors *account.Factors) error {
				removed, err := factors.Remove(cmd.Context(), userpool.PoolID(o.pool), o.user, id)
				if err != nil {
					return err
				}
				if !all && len(removed) == 0 {
					return fmt.Errorf("there is no factor %s; see gatehouse factors list", printable(id))
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: removed %s, and ended the user's sign-ins, in the %s\n", count(len(removed), "factor"), server.DatabaseOf(c))
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove all factors of the user")
	return cmd
}
