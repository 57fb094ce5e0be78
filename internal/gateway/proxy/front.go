package proxy

import (
	"net/http"
	"net/url"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// Front is another front of the gateway, beside Pomerium's: it signs people in
// on a host of its own and knows them by a cookie of its own. Cloudflare
// Access's is one (package accessapi). Both fronts sign people in with an
// authenticate.RoundTrip. The methods are called by many goroutines.
type Front interface {
	// Serve is asked first about every request of a host of the gateway. It
	// returns false, and has written nothing, if the request is not for this
	// front.
	Serve(w http.ResponseWriter, r *http.Request) bool
	// Active reports whether the applications sign people in with this front.
	// If not, they do it in Pomerium's way, and ignore this front's sessions.
	Active() bool
	// Session returns the session that the request's host knows by this
	// front's cookie, or nil if there is none that lives. The session is one of
	// Config.Sessions.
	Session(r *http.Request) (*session.Session, error)
	// SignIn returns where the browser goes to sign in for the URL that it
	// wanted. It may set cookies and headers. provider is the id of the
	// identity provider that the route asks for; "" means any.
	SignIn(w http.ResponseWriter, r *http.Request, provider string, wanted *url.URL) (string, error)
	// Headers adds to the headers that go upstream, from which everything that
	// a client could have forged was removed. A Cookie header is added to the
	// client's cookies. A value that no header can carry unchanged is left out. s
	// is never nil.
	Headers(h http.Header, r *http.Request, s *session.Session) error
	// HeaderNames returns the names of the headers that Headers may add, without Cookie.
	HeaderNames() []string
	// Cookies returns the names of this front's cookies, without "__Host-". They
	// don't reach upstreams, unless Headers adds a Cookie header, and no upstream
	// may set one.
	Cookies() []string
	// Pages returns this front's pages for a person with session s, or false
	// if another front made s. wanted is the path that the person asked for.
	Pages(s *session.Session, wanted string) (authenticate.Pages, bool)
}
