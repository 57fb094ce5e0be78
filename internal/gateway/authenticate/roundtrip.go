package authenticate

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// RoundTrip signs people in for one front. All fields but SignedOut and Now must be
// set. It is safe for concurrent use.
type RoundTrip struct {
	Origin       string // of the sign-in host: scheme and host, without a slash at the end
	CallbackPath string // on the sign-in host; registered with the providers
	Secure       bool   // the sign-in host has TLS

	// SignedOut is where the browser comes back to from the provider's sign-out
	// page. Empty: the provider's sign-out page is not used.
	SignedOut string

	BrowserCookie string // name of the cookie that binds a sign-in to a browser, without "__Host-"
	TicketParam   string // query parameter that carries the ticket

	Sessions *session.Manager
	Tickets  *session.Tickets
	Attempts *relyingparty.Attempts
	Hooks    Hooks

	Now func() time.Time // nil: time.Now
}

// Hooks is what a front adds to the round trip.
type Hooks interface {
	// Provider returns an identity provider by id, or nil.
	Provider(ctx context.Context, id string) relyingparty.Provider
	// Destination reads and checks what Begin was given. It runs when the browser
	// comes back, because routes may have changed since.
	Destination(w relyingparty.Wanted) (Destination, error)
	// Current returns the session that the browser has at the sign-in host, or
	// nil if there is none.
	Current(r *http.Request) (*session.Session, error)
	// NewSession returns what the session of a finished sign-in begins with.
	NewSession(done *relyingparty.Finished) (session.SignIn, error)
	// Keep leaves the session with the browser at the sign-in host.
	Keep(w http.ResponseWriter, r *http.Request, handle seal.Secret, s *session.Session) error
	// HandOver sends the browser to its destination, usually with SendTicket.
	HandOver(w http.ResponseWriter, to Destination, handle seal.Secret, s *session.Session) error
	// Reaches reports whether a URL is one of the gateway's applications.
	Reaches(u *url.URL) bool
}

// Destination is where a sign-in leads.
type Destination struct {
	Wanted   string // the URL that the person wanted
	Callback string // the URL at the application's host that redeems the ticket
	Browser  string // session.BrowserHash of the browser's secret at that host
	Program  bool   // Wanted is the address of a program, which gets a credential
}

// callbackURL is where providers send the browser.
func (t *RoundTrip) callbackURL() string { return t.Origin + t.CallbackPath }
