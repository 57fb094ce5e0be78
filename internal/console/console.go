// Package console is the web pages for the people who run an installation.
// Today it has the pages that development needs: a start page with a link to
// everything, and the outbox, which shows the e-mails and text messages that
// development catches instead of sending.
//
// The pages ask nobody to sign in. Package server serves them in development
// only, at the directory's host, and to this machine only.
package console

import (
	"context"
	"encoding/json"
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/message"
)

// Console serves the pages. Safe for concurrent use.
type Console struct {
	Start  Start
	Outbox Outbox
}

// Outbox has the messages that were caught.
type Outbox interface {
	// List returns at most limit messages, newest first, whose ID is less than
	// before. before is 0 for the newest messages.
	List(ctx context.Context, limit int, before int64) ([]*message.Caught, error)
}

// The paths of the console.
const (
	pathStart  = "/"
	pathOutbox = "/console/outbox"
)

// Handler answers "/" and every path under "/console".
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+pathStart+"{$}", web.Handle(c.start, fail))
	mux.Handle("GET /console", web.Handle(c.start, fail))
	mux.Handle("GET /console/{$}", web.Handle(c.start, fail))
	mux.Handle("GET "+pathOutbox, web.Handle(c.outbox, fail))
	return web.WithFallback(mux, refuse)
}

// nav returns the links of the bar. here is the path of the page.
func nav(here string) []page.Link {
	return []page.Link{
		{Label: "Start", Href: pathStart, Here: here == pathStart},
		{Label: "Outbox", Href: pathOutbox, Here: here == pathOutbox},
	}
}

// refuse answers unknown paths and methods.
func refuse(w http.ResponseWriter, r *http.Request, status int) {
	e := page.Error{Title: "There is no such page", Retry: &page.Link{Label: "To the start page", Href: pathStart}}
	if status == http.StatusMethodNotAllowed {
		e.Title, e.Text = "Not possible", "This page can be read only."
	}
	answer(w, r, status, e)
}

// fail answers with an error of the console itself. Its cause is in the log
// only.
func fail(w http.ResponseWriter, r *http.Request, _ error) {
	answer(w, r, http.StatusInternalServerError, page.Error{
		Title: "Something went wrong", Advice: "The log of Gatehouse says why, beside the request id below. Try again.",
		Retry: &page.Link{Label: "Try again", Href: r.URL.RequestURI()}, RequestID: web.RequestID(r.Context()),
	})
}

// answer writes an error as a page, or as JSON if the client does not ask for a
// page.
func answer(w http.ResponseWriter, r *http.Request, status int, e page.Error) {
	web.NoStore(w.Header())
	if !web.WantsPage(r) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": e.Title, "request_id": e.RequestID})
		return
	}
	if err := page.Write(w, status, e.Doc()); err != nil {
		web.NoteError(r.Context(), err)
	}
}
