package console

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/message"
)

// outboxPage is the number of messages on one page.
const outboxPage = 50

// Mail is a caught message as the outbox shows it. Programs read it as JSON.
type Mail struct {
	ID       int64     `json:"id"`
	Medium   string    `json:"medium"`
	To       string    `json:"to"`
	Subject  string    `json:"subject,omitempty"`
	Text     string    `json:"text"`
	Purpose  string    `json:"purpose"`
	Pool     string    `json:"pool"`
	Username string    `json:"username"`
	Sent     time.Time `json:"sent"`
}

// outbox shows a page of messages, as a page or as JSON. The parameter before
// is the ID of the last message on the page before; without a valid number, it
// shows the newest messages.
func (c *Console) outbox(w http.ResponseWriter, r *http.Request) error {
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // an error means 0
	caught, err := c.Outbox.List(r.Context(), outboxPage, before)
	if err != nil {
		return err
	}
	mails := make([]Mail, 0, len(caught))
	for _, m := range caught {
		mails = append(mails, mailOf(m))
	}
	web.NoStore(w.Header())
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(w).Encode(mails)
	}
	return page.Write(w, http.StatusOK, OutboxDoc(mails))
}

func mailOf(m *message.Caught) Mail {
	text := m.Body.Reveal()
	if m.HTML {
		text = textOf(text)
	}
	return Mail{
		ID: m.ID, Medium: string(m.Medium), To: m.To, Subject: m.Subject, Text: text,
		Purpose: m.Purpose, Pool: m.Pool, Username: m.Username, Sent: m.Sent,
	}
}

// OutboxDoc returns the page of the outbox, newest message first.
func OutboxDoc(mails []Mail) page.Doc {
	d := page.Doc{
		Title: "Outbox", Layout: page.Wide, Nav: nav(pathOutbox),
		Lead: "Gatehouse did not send these e-mails and text messages: development catches them. Here are the codes and the invitations.",
	}
	if len(mails) == 0 {
		d.Body = page.Blocks{page.Muted("There are no messages yet. Sign up, or ask for a new password, and load this page again.")}
		return d
	}
	for _, m := range mails {
		d.Body = append(d.Body, page.Section{Heading: heading(m), Body: page.Blocks{
			page.Muted(m.Medium + " to " + m.To + " for " + m.Username + ", " + m.Sent.UTC().Format("2 January 2006, 15:04:05 UTC")),
			page.Code{Text: m.Text},
		}})
	}
	if len(mails) == outboxPage {
		d.Body = append(d.Body, page.Link{Label: "Older messages", Href: pathOutbox + "?before=" + strconv.FormatInt(mails[len(mails)-1].ID, 10)})
	}
	return d
}

func heading(m Mail) string {
	if m.Subject == "" {
		return "Text message"
	}
	return m.Subject
}

// textOf returns the text of an HTML message, with one line for each paragraph.
func textOf(body string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); string(name) == "br" {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "p" || string(name) == "div" {
				b.WriteByte('\n')
			}
		}
	}
}
