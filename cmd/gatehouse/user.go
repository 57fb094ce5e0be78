package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/server"
)

func newUser() *cobra.Command {
	cmd := &cobra.Command{
		Use: "user", SuggestFor: []string{"users", "people", "person"}, Short: "Manage the users of a pool", Args: noArgs,
		Long: `The commands manage the users of one pool: that of the people who sign in at the
gateway, if the configuration names no identity provider, or the one of --pool. They
work on the database while the server runs.

A new user gets a link, which you hand over. It leads to a page that asks for a
password, and works once.`,
		Example: `  gatehouse user add --config config.yaml alice@example.com --group admins
  gatehouse user list --config config.yaml
  gatehouse user reset --config config.yaml alice@example.com`,
		RunE: helpOnly,
	}
	source := &rosterSource{}
	source.flags(cmd.PersistentFlags())
	cmd.PersistentFlags().StringVar(&source.pool, "pool", "", "the id of the pool; needed if the configuration declares several, or none")
	cmd.AddCommand(newUserAdd(source), newUserList(source), newUserInvite(source), newUserReset(source),
		newUserSwitch(source, "disable", false), newUserSwitch(source, "enable", true), newUserGroup(source))
	return cmd
}

// rosterSource is where the commands under user find the users of a pool.
type rosterSource struct {
	keySource
	pool string
}

// open opens the users of the database that the configuration names, for one
// command.
func (s *rosterSource) open(cmd *cobra.Command, do func(*config.Config, *server.Roster) error) error {
	c, err := s.load()
	if err != nil {
		return err
	}
	roster, done, err := server.OpenRoster(cmd.Context(), c, s.pool, s.told(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer done()
	return do(c, roster)
}

// about opens the users for a command that concerns one of them. Its error names the
// user.
func (s *rosterSource) about(cmd *cobra.Command, name string, do func(*server.Roster) error) error {
	return s.open(cmd, func(c *config.Config, r *server.Roster) error {
		if err := do(r); err != nil {
			return fmt.Errorf("user %s of pool %s in the %s: %w", printable(name), r.Pool.ID, server.DatabaseOf(c), err)
		}
		return nil
	})
}

// oneUser are the arguments of a command that concerns one user.
func oneUser(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return wrongUsage("%s takes one user: an e-mail address or a user name", cmd.CommandPath())
	}
	return nil
}

func newUserAdd(source *rosterSource) *cobra.Command {
	var person account.NewPerson
	cmd := &cobra.Command{
		Use: "add NAME", SuggestFor: []string{"create", "new"}, Short: "Add a user", Args: oneUser,
		Long: `Add makes a user, and prints the link with which the user chooses a password. In
the pool of the gateway's people, NAME is the e-mail address. An address that you
give counts as verified: the rules of routes believe it.`,
		Example: `  gatehouse user add --config config.yaml alice@example.com --group admins
  gatehouse user add --config config.yaml --pool us-east-1_Staff0001 alice --email alice@example.com`,
		RunE: func(cmd *cobra.Command, args []string) error {
			person.Name = args[0]
			return source.about(cmd, person.Name, func(r *server.Roster) error {
				temporary, err := r.Add(cmd.Context(), person)
				if err != nil {
					return err
				}
				return printLink(cmd, r, person.Name, temporary, "added")
			})
		},
	}
	cmd.Flags().StringVar(&person.Email, "email", "", "the e-mail address, if NAME is not one")
	cmd.Flags().StringArrayVar(&person.Groups, "group", nil, "a group to add the user to; may be repeated")
	return cmd
}

func newUserInvite(source *rosterSource) *cobra.Command {
	return &cobra.Command{
		Use: "invite NAME", SuggestFor: []string{"resend", "link"}, Short: "Print another link for a user who has not chosen a password yet", Args: oneUser,
		Long: `Invite prints another link with which a new user chooses a password. The link
before it stops to work.`,
		Example: "  gatehouse user invite --config config.yaml alice@example.com",
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.about(cmd, args[0], func(r *server.Roster) error {
				temporary, err := r.Invite(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return printLink(cmd, r, args[0], temporary, "invited again")
			})
		},
	}
}

func newUserReset(source *rosterSource) *cobra.Command {
	return &cobra.Command{
		Use: "reset NAME", SuggestFor: []string{"password", "reset-password"}, Short: "Take a user's password away, and print a link to choose another", Args: oneUser,
		Long: `Reset takes the password of a user away, ends the user's sign-ins, also those at
the gateway, and prints a link with which the user chooses another password. What
else the user signs in with stays: see gatehouse factors.`,
		Example: "  gatehouse user reset --config config.yaml alice@example.com",
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.about(cmd, args[0], func(r *server.Roster) error {
				temporary, err := r.Reset(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return printLink(cmd, r, args[0], temporary, "reset")
			})
		},
	}
}

// printLink prints the link alone on standard output, for programs.
func printLink(cmd *cobra.Command, r *server.Roster, name string, temporary seal.Secret, done string) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: %s is %s. The link lets whoever opens it choose the password, once, until %s:\n", printable(name), done, minute(time.Now().Add(r.Life())))
	_, err := fmt.Fprintln(cmd.OutOrStdout(), r.Link(name, temporary))
	return err
}

func newUserSwitch(source *rosterSource, verb string, enabled bool) *cobra.Command {
	short, says := "Let a user sign in again", "may sign in"
	long := "Enable lets a user sign in again who was disabled."
	if !enabled {
		short, says = "Keep a user from signing in, and end the user's sign-ins", "can no longer sign in, and is signed out"
		long = "Disable keeps a user from signing in. The user's sign-ins end, also those at the\ngateway, on every node within a second."
	}
	return &cobra.Command{
		Use: verb + " NAME", Short: short, Long: long, Args: oneUser,
		Example: "  gatehouse user " + verb + " --config config.yaml alice@example.com",
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.about(cmd, args[0], func(r *server.Roster) error {
				if err := r.SetEnabled(cmd.Context(), args[0], enabled); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: %s %s\n", printable(args[0]), says)
				return nil
			})
		},
	}
}

func newUserList(source *rosterSource) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the users", Args: noArgs,
		Long: `List shows the users of a pool. STATUS is Cognito's: a user who is
FORCE_CHANGE_PASSWORD has not used the link yet. Standard error says from which pool
and database the list is.`,
		Example: "  gatehouse user list --config config.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.open(cmd, func(c *config.Config, r *server.Roster) error {
				if err := printUsers(cmd, r); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: these are the users of pool %s in the %s\n", r.Pool.ID, server.DatabaseOf(c))
				return nil
			})
		},
	}
}

func printUsers(cmd *cobra.Command, r *server.Roster) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSTATUS\tENABLED\tE-MAIL\tGROUPS\tADDED")
	for u, err := range r.List(cmd.Context()) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(u.DisplayName(r.Pool)), u.Status, yesOrNo(u.Enabled),
			printable(u.Attributes["email"]), printable(strings.Join(u.Groups, " ")), minute(u.Created))
	}
	return w.Flush()
}

func yesOrNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func newUserGroup(source *rosterSource) *cobra.Command {
	cmd := &cobra.Command{
		Use: "group", SuggestFor: []string{"groups"}, Short: "Add a user to a group, or take one out", Args: noArgs,
		Long: `A rule of a route can ask for a group. Taking a user out of one ends what it
opened, on every node within a second.`,
		Example: `  gatehouse user group add --config config.yaml admins alice@example.com
  gatehouse user group remove --config config.yaml admins alice@example.com`,
		RunE: helpOnly,
	}
	change := func(verb, short, says string, do func(*server.Roster, *cobra.Command, string, string) error) *cobra.Command {
		return &cobra.Command{
			Use: verb + " GROUP NAME", Short: short, Long: short + ".",
			Example: "  gatehouse user group " + verb + " --config config.yaml admins alice@example.com",
			Args: func(cmd *cobra.Command, args []string) error {
				if len(args) != 2 {
					return wrongUsage("%s takes a group and a user", cmd.CommandPath())
				}
				return nil
			},
			RunE: func(cmd *cobra.Command, args []string) error {
				return source.about(cmd, args[1], func(r *server.Roster) error {
					if err := do(r, cmd, args[0], args[1]); err != nil {
						return err
					}
					fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: %s %s the group %s\n", printable(args[1]), says, printable(args[0]))
					return nil
				})
			},
		}
	}
	cmd.AddCommand(
		change("add", "Add a user to a group, which is made if it is missing", "is in", func(r *server.Roster, cmd *cobra.Command, group, name string) error {
			return r.Join(cmd.Context(), group, name)
		}),
		change("remove", "Take a user out of a group", "is no longer in", func(r *server.Roster, cmd *cobra.Command, group, name string) error {
			return r.Leave(cmd.Context(), group, name)
		}),
	)
	return cmd
}
