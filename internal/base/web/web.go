// Package web has what all HTTP edges share: handlers that return their errors,
// the id and the log line of a request, the scheme and host as the client saw
// them, cookies, and the client for calls out of the process.
//
// A request passes through these parts:
//
//	Observer (id, metrics, log line, panics) → WithFallback(edge's mux) → Handle → Handler
//	                                           └ no such address                    └ error → Render
//
// Handlers add facts to the log line with [Note]. Only the Observer writes it.
package web

import (
	"net/http"

	"gatehouse/internal/base/hostname"
)

// Handler answers a request, or returns an error and has written nothing.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Render writes err to the client in the form of one edge.
type Render func(w http.ResponseWriter, r *http.Request, err error)

// Handle returns an http.Handler that calls h. If h returns an error, it notes
// the error with its cause for the log line, and render answers.
func Handle(h Handler, render Render) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			NoteError(r.Context(), err)
			render(w, r, err)
		}
	})
}

// Scheme returns "https" or "http" as the client saw it. A forwarded scheme
// counts only if Observer.TrustScheme is set.
func Scheme(r *http.Request) string {
	if e := eventOf(r.Context()); e != nil && e.scheme != "" {
		return e.scheme
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// Host returns the request's host without its port, lower case.
func Host(r *http.Request) string { return hostname.Of(r.Host) }

// RetryLater tells the client of an answer with the status 503 when to try again.
// RFC 9110 §10.2.3.
func RetryLater(h http.Header) { h.Set("Retry-After", "5") }

// NoStore forbids caches to keep the answer: it holds a code, a token or a
// person's data.
func NoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}
