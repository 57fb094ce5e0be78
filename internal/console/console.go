// Package console is the pages for those who run an installation. For now it
// is what development needs: a start page that links everything, and the
// outbox, where the e-mails and text messages that were caught can be read.
//
// The pages have no sign-in of their own. They are served in development
// alone, at the directory's host; see package server.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/message"
)

// Console serves the pages. Safe for concurrent use.
type Console struct {
	Start  Start
	Outbox Outbox
}

// Outbox is where messages are caught.
type Outbox interface {
	List(ctx context.Context, limit int, before int64) ([]*message.Caught, error)
}

// Start is what the start page tells.
type Start struct {
	Places []page.Tile
	Users  []Login
}

// Login is a user that development is seeded with.
type Login struct {
	Username, About string
	Password        seal.Secret
}

// Handler answers "/" and everything under "/console".
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", web.Handle(c.start, render))
	mux.Handle("GET /console", web.Handle(c.start, render))
	mux.Handle("GET /console/{$}", web.Handle(c.start, render))
	mux.Handle("GET /console/outbox", web.Handle(c.outbox, render))
	mux.Handle("/", web.Handle(func(http.ResponseWriter, *http.Request) error { return ErrNoPage }, render))
	return mux
}

// ErrNoPage says that there is no such page.
var ErrNoPage = fault.New(fault.NotFound, "console_no_page", "There is no such page.")

func (c *Console) start(w http.ResponseWriter, _ *http.Request) error {
	return page.Write(w, http.StatusOK, StartDoc(c.Start))
}

// StartDoc is the start page.
func StartDoc(s Start) page.Doc {
	rows := make([][]page.Cell, 0, len(s.Users))
	for _, u := range s.Users {
		rows = append(rows, []page.Cell{{Text: u.Username, Code: true}, {Text: u.Password.Reveal(), Code: true}, {Text: u.About}})
	}
	return page.Doc{
		Title: "Gatehouse is running", Layout: page.Wide, Nav: nav("/"),
		Lead: "This is a whole system for development. What it keeps and whom it lets in is for trying things out.",
		Body: page.Blocks{
			page.Section{Heading: "Try it", Body: page.Blocks{page.Links(s.Places)}},
			page.Section{Heading: "Who can sign in", Body: page.Blocks{page.Table{
				Caption: "Seeded users", Head: []string{"Username", "Password", "Notes"}, Rows: rows, Empty: "No users were seeded.",
			}}},
		},
	}
}

func nav(here string) []page.Link {
	return []page.Link{{Label: "Start", Href: "/", Here: here == "/"}, {Label: "Outbox", Href: "/console/outbox", Here: here == "/console/outbox"}}
}

// outboxPage is how many messages one page shows.
const outboxPage = 50

// Mail is a caught message as the outbox shows it.
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

func (c *Console) outbox(w http.ResponseWriter, r *http.Request) error {
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // anything else means from the newest
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
		text = plain(text)
	}
	return Mail{
		ID: m.ID, Medium: string(m.Medium), To: m.To, Subject: m.Subject, Text: text,
		Purpose: m.Purpose, Pool: m.Pool, Username: m.Username, Sent: m.Sent,
	}
}

// OutboxDoc is the outbox, newest first.
func OutboxDoc(mails []Mail) page.Doc {
	d := page.Doc{
		Title: "Outbox", Layout: page.Wide, Nav: nav("/console/outbox"),
		Lead: "E-mails and text messages that would have been sent. Codes and invitations are in them.",
	}
	if len(mails) == 0 {
		d.Body = page.Blocks{page.Muted("Nothing has been sent yet. Sign up, or ask for a new password, and look again.")}
		return d
	}
	for _, m := range mails {
		d.Body = append(d.Body, page.Section{Heading: heading(m), Body: page.Blocks{
			page.Muted(m.Medium + " to " + m.To + " for " + m.Username + ", " + m.Sent.UTC().Format("2 January 2006, 15:04:05 UTC")),
			page.Code{Text: m.Text},
		}})
	}
	if len(mails) == outboxPage {
		d.Body = append(d.Body, page.Link{Label: "Older messages", Href: "/console/outbox?before=" + strconv.FormatInt(mails[len(mails)-1].ID, 10)})
	}
	return d
}

func heading(m Mail) string {
	if m.Subject == "" {
		return "Text message"
	}
	return m.Subject
}

// plain returns the text of an HTML message: one line a block.
func plain(body string) string {
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

func render(w http.ResponseWriter, r *http.Request, err error) {
	status, e := http.StatusInternalServerError, page.Error{Title: "Something went wrong", Advice: "Look at the log of Gatehouse; the id below is in it.", RequestID: web.RequestID(r.Context())}
	if errors.Is(err, ErrNoPage) {
		status, e = http.StatusNotFound, page.Error{Title: "There is no such page", Retry: &page.Link{Label: "To the start page", Href: "/"}}
	}
	if err := page.Write(w, status, e.Doc()); err != nil {
		web.NoteError(r.Context(), err)
	}
}
