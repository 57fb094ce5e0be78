package proxy

import (
	"net/http"
	"net/url"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// Hooks is how another front takes part in the gateway's work, such as
// Cloudflare Access's. Each may be nil. They are called by many goroutines.
//
// A front that signs people in on a host of its own goes so:
//
//  1. SignIn sends the browser to that host. Before, it leaves a random secret
//     in a cookie of the application's host and puts session.BrowserHash of it
//     into the link.
//  2. There relyingparty.Attempts signs the person in, and session.Manager
//     creates the session.
//  3. session.Tickets issues a ticket for the application's host, the secret's
//     hash and the session's handle, and a redirect takes it to a reserved
//     path of the application's host.
//  4. Serve answers that path: it redeems the ticket with the secret of the
//     cookie and sets a cookie of its own.
//  5. Identify finds the session by that cookie in every later request.
//
// The gateway's own sign-in is the same road, with the paths of Pomerium.
type Hooks struct {
	// Serve is asked first about every request of a host that the gateway
	// serves. It returns false, and has written nothing, for requests that are
	// none of its business.
	Serve func(w http.ResponseWriter, r *http.Request) bool
	// Identify finds the caller's session by other means than the gateway's
	// cookie, before that is looked at. nil, nil: there is none by these means.
	// An error refuses the request.
	Identify func(r *http.Request, rt *Route) (*session.Session, error)
	// Decide decides instead of the route's policy. false: it does not concern
	// itself with this request.
	Decide func(r *http.Request, rt *Route, q *policy.Request) (policy.Decision, bool)
	// SignIn returns where the browser goes to sign in for the URL that it
	// wanted; it may set cookies and headers. "": the gateway's own way.
	SignIn func(w http.ResponseWriter, r *http.Request, rt *Route, wanted *url.URL) (string, error)
	// Headers adds to the headers that go upstream, from which everything that
	// a client could have forged was removed. s is nil when nobody is signed in.
	Headers func(h http.Header, r *http.Request, rt *Route, s *session.Session) error
	// Pages returns the paths, on the application's host, at which a person
	// with a session of this front signs out and sees their identity. "": the
	// session is none of this front's.
	Pages func(s *session.Session) (signOut, identity string)
	// SignOut returns the path, on the same host, at which a request's session
	// of this front ends, for who asks the gateway to sign out. "": the request
	// carries none that lives.
	SignOut func(r *http.Request) (string, error)
}
