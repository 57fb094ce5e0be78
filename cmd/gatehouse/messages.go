package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/server"
)

func newMessages() *cobra.Command {
	cmd := &cobra.Command{
		Use: "messages", SuggestFor: []string{"message", "mail"}, Short: "List the messages that could not be sent", Args: noArgs,
		Long: `A message that the directory could not send to a user is kept for a week. The
commands work on the database while the directory runs.`,
		Example: "  gatehouse messages list --config config.yaml",
		RunE:    helpOnly,
	}
	source := &keySource{}
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newMessagesList(source))
	return cmd
}

func newMessagesList(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the messages that could not be sent", Args: noArgs,
		Long: `List shows the messages of the last week that could not be sent, newest first, and
not what they say. The log has the reason for each, under its ID. A user who waits
for a code asks for another one. Standard error says from which database the list
is.`,
		Example: "  gatehouse messages list --config config.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			kept, done, err := server.OpenMessages(cmd.Context(), c, source.told(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			defer done()
			return printMessages(cmd, c, kept)
		},
	}
}

// messagesPage is how many messages are read at once.
const messagesPage = 200

func printMessages(cmd *cobra.Command, c *config.Config, kept *message.Outbox) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tTIME\tMEDIUM\tTO\tPOOL\tUSERNAME\tPURPOSE")
	for before := int64(0); ; {
		page, err := kept.List(cmd.Context(), messagesPage, before)
		if err != nil {
			return err
		}
		for _, m := range page {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, minute(m.Sent), m.Medium, printable(m.To), m.Pool, printable(m.Username), printable(m.Purpose))
			before = m.ID
		}
		if len(page) < messagesPage {
			break
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: these are the messages of the %s\n", server.DatabaseOf(c))
	return w.Flush()
}
