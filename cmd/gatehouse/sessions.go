package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/server"
)

func newSessions() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sessions", SuggestFor: []string{"session", "logins"}, Short: "List and end the sessions at the gateway", Args: noArgs,
		Long: `A session is one person, signed in at the gateway with one browser, at any of
its fronts. The commands work on the database while the gateway runs.`,
		Example: `  gatehouse sessions list --config config.yaml
  gatehouse sessions revoke --config config.yaml --person alice@example.com
  gatehouse sessions revoke --config config.yaml --all`,
		RunE: helpOnly,
	}
	source := &keySource{}
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newSessionsList(source), newSessionsRevoke(source))
	return cmd
}

// sessions opens the sessions that the configuration names, for one command.
func (s *keySource) sessions(cmd *cobra.Command, do func(*config.Config, *session.Manager) error) error {
	c, err := s.load()
	if err != nil {
		return err
	}
	sessions, done, err := server.OpenSessions(cmd.Context(), c, s.told(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer done()
	return do(c, sessions)
}

func newSessionsList(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the sessions", Args: noArgs,
		Long: `List shows who is signed in at the gateway, oldest first. SUBJECT and ISSUER are
what the identity provider calls the person and itself. Standard error says from
which database the sessions are.`,
		Example: "  gatehouse sessions list --config config.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.sessions(cmd, func(c *config.Config, sessions *session.Manager) error {
				if err := printSessions(cmd, sessions); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: these are the sessions of the %s\n", server.DatabaseOf(c))
				return nil
			})
		},
	}
}

func printSessions(cmd *cobra.Command, sessions *session.Manager) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSIGNED IN\tEXPIRES\tE-MAIL\tSUBJECT\tISSUER")
	for s, err := range sessions.List(cmd.Context()) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, minute(s.Issued), minute(s.Expires), printable(s.Email), printable(s.Subject), printable(s.Issuer))
	}
	return w.Flush()
}

// printable returns a provider's text without what a terminal would obey.
func printable(text string) string {
	if text == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}

// revocation is which sessions the command sessions revoke ends.
type revocation struct {
	id     session.ID
	person string
	all    bool
}

func newSessionsRevoke(source *keySource) *cobra.Command {
	var which revocation
	cmd := &cobra.Command{
		Use: "revoke [ID]", Short: "End sessions",
		Long: `Revoke ends one session, or those of a person, or all. Every node of the gateway
notices within a second, and closes the connections that the sessions opened.

A person is named by the subject or the e-mail address that list shows. All
sessions of the person at that identity provider end. The identity provider is
not told: who is still signed in there can sign in again. In a user pool of this
installation, admin-user-global-sign-out and admin-disable-user end the sessions
at the gateway, too.

Standard error says how many sessions ended, in which database.`,
		Example: `  gatehouse sessions revoke --config config.yaml aIPYbDkBiNZ5sUdbpn5Ty44WFpAuUbPUjEsSeC1qZcU
  gatehouse sessions revoke --config config.yaml --person alice@example.com
  gatehouse sessions revoke --config config.yaml --all`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				which.id = session.ID(args[0])
			}
			if len(args) > 1 || chosen(which.id != "", which.person != "", which.all) != 1 {
				return wrongUsage("gatehouse sessions revoke takes the id of one session, or --person, or --all; see gatehouse sessions list")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.sessions(cmd, func(c *config.Config, sessions *session.Manager) error {
				return which.revoke(cmd, sessions, server.DatabaseOf(c), cmd.ErrOrStderr())
			})
		},
	}
	cmd.Flags().StringVar(&which.person, "person", "", "end the sessions of this person: a subject or an e-mail address")
	cmd.Flags().BoolVar(&which.all, "all", false, "end all sessions of everybody")
	return cmd
}

// chosen returns how many of the choices were made.
func chosen(set ...bool) (n int) {
	for _, is := range set {
		if is {
			n++
		}
	}
	return n
}

func (v revocation) revoke(cmd *cobra.Command, sessions *session.Manager, database string, out io.Writer) error {
	scopes, err := v.scopes(cmd, sessions)
	if err != nil {
		return err
	}
	ended := 0
	for _, scope := range scopes {
		n, err := sessions.End(cmd.Context(), scope)
		if err != nil {
			return err
		}
		ended += n
	}
	if ended == 0 && !v.all {
		return fmt.Errorf("no session of %s is in the %s; see gatehouse sessions list", v.name(), database)
	}
	fmt.Fprintf(out, "gatehouse: ended %s in the %s\n", count(ended, "session"), database)
	return nil
}

func (v revocation) name() string {
	if v.person != "" {
		return v.person
	}
	return "the id " + string(v.id)
}

// scopes returns what to end.
func (v revocation) scopes(cmd *cobra.Command, sessions *session.Manager) ([]session.Scope, error) {
	switch {
	case v.all:
		return []session.Scope{{Everyone: true}}, nil
	case v.id != "":
		return []session.Scope{{ID: v.id}}, nil
	}
	people := map[session.Scope]bool{}
	var scopes []session.Scope
	var failed error
	for s, err := range sessions.List(cmd.Context()) {
		failed = errors.Join(failed, err)
		if err == nil && (s.Subject == v.person || strings.EqualFold(s.Email, v.person)) && !people[s.Person()] {
			people[s.Person()] = true
			scopes = append(scopes, s.Person())
		}
	}
	return scopes, failed
}
