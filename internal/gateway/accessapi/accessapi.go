// Package accessapi speaks Cloudflare Access: its management API, and the paths
// under /cdn-cgi/access/ that applications and browsers use.
//
// On the team domain, [API.Handler] answers the management API and signs people
// in. At the applications' hosts, the API is a proxy.Front of the gateway. A
// sign-in goes from an application to the team domain, to the provider, and
// back:
//
//	application            team domain                  identity provider
//	SignIn: browser cookie
//	  └▶ redirect ───────▶ /cdn-cgi/access/login/<host>
//	                         chooser, sealed state ────▶ signs in
//	                       /cdn-cgi/access/callback ◀─── code
//	                         session, team's cookie
//	/…/authorized ◀─ ticket ─┘
//	  CF_Authorization, and on to the wanted page
//
// The cookie CF_Authorization has an application token (access.Tokens), which
// verifiers for Cloudflare Access can check. The token alone opens nothing: each
// request looks up the session that it names. So signing out and revoking take
// effect at once. In a cookie the token counts only together with a second cookie,
// __Host-CF_Binding, that no other host of the domain can set.
//
// The test of a provider takes the same steps. It makes no session, and ends on
// a page that shows every claim, or the step that failed. Administrators open it
// with a TestLink.
//
// In the management API, each kind of object is a resource: one line in the
// table API.resources, with a list of fields and an engine of package access.
//
// Package access decides what a provider is and which claims it passes on.
// Package relyingparty speaks to the provider, authenticate owns the round trip,
// and the gateway's policies decide who may enter.
package accessapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
)

// Config is what an API needs. Every field must be set, except where its comment
// says otherwise.
type Config struct {
	Team      *url.URL // the team domain: only scheme, host and port
	AccountID string   // 32 hexadecimal digits, in the paths of the management API

	Engine *access.Engine

	// CheckToken returns the key that an API token belongs to. nil: every token
	// is refused.
	CheckToken func(ctx context.Context, bearer string) (*operator.Key, error)
	// AnyToken accepts every bearer token, and opens the test pages without a
	// link. It is for development on a loopback address only.
	AnyToken bool

	Sessions *session.Manager
	Tickets  *session.Tickets       // with a box of their own
	Attempts *relyingparty.Attempts // with a box of their own
	Box      *seal.Box              // seals our cookies; of a purpose of its own

	// Locate returns the public URL of a path of an application, or nil if there
	// is no such application. It is proxy.Gateway.Locate.
	Locate func(hostport, uri string) *url.URL
	// Active reports whether applications sign people in with this front. nil:
	// always.
	Active func() bool

	// EndOther ends the session that the request's host knows by the cookie of
	// the gateway's own front. It is proxy.Gateway.SignOut. nil: there is none.
	EndOther func(w http.ResponseWriter, r *http.Request) error

	// Guard wraps what answers the management API, at whatever host it is asked.
	// nil: nothing does.
	Guard func(http.Handler) http.Handler

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged

	Audit *slog.Logger // who changed what with the management API; nil: nobody listens
}

// API answers the team domain, and is a front of the gateway. Safe for
// concurrent use.
type API struct {
	cfg      Config
	team     string // "https://team.example.com", without a slash at the end
	teamHost string // without port
	secure   bool   // the team domain has TLS
	trip     *authenticate.RoundTrip
	handler  http.Handler
	app      http.Handler // /cdn-cgi/access/ of the applications' hosts
	forms    web.Bodies
}

// New returns an API. It fails if a required field is missing.
func New(cfg Config) (*API, error) {
	if cfg.Team == nil || cfg.Team.Host == "" || cfg.Engine == nil || cfg.Sessions == nil ||
		cfg.Tickets == nil || cfg.Attempts == nil || cfg.Box == nil || cfg.Locate == nil {
		return nil, errors.New("accessapi: Team, Engine, Sessions, Tickets, Attempts, Box and Locate must be set")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Guard == nil {
		cfg.Guard = func(h http.Handler) http.Handler { return h }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{cfg: cfg, team: TeamOrigin(cfg.Team), teamHost: hostname.Of(cfg.Team.Host), secure: cfg.Team.Scheme == "https"}
	a.trip = &authenticate.RoundTrip{
		Origin: a.team, CallbackPath: pathCallback, Secure: a.secure, BrowserCookie: cookieBrowser, TicketParam: paramTicket,
		Sessions: cfg.Sessions, Tickets: cfg.Tickets, Attempts: cfg.Attempts, Hooks: a, Now: cfg.Now,
	}
	a.handler, a.app = a.teamMux(), a.appMux()
	return a, nil
}

// TeamOrigin returns the origin of the team domain: scheme, host and port. Links
// and the issuer of tokens begin with it.
func TeamOrigin(team *url.URL) string { return team.Scheme + "://" + strings.ToLower(team.Host) }

// Handler answers the team domain.
func (a *API) Handler() http.Handler { return a.handler }

// The paths of the team domain and of the applications' hosts.
const (
	pathAccess      = "/cdn-cgi/access/"
	pathLogin       = "/cdn-cgi/access/login"
	pathCallback    = "/cdn-cgi/access/callback"
	pathAuthorized  = "/cdn-cgi/access/authorized"
	pathCerts       = "/cdn-cgi/access/certs"
	pathGetIdentity = "/cdn-cgi/access/get-identity"
	pathLogout      = "/cdn-cgi/access/logout"
	pathTest        = "/cdn-cgi/access/test"
	pathClient      = "/client/v4/"
)

// teamMux has all paths of the team domain.
func (a *API) teamMux() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(pathClient, a.cfg.Guard(a.clientMux()))
	a.handle(mux, "GET "+pathLogin, a.loginNowhere)
	a.handle(mux, "GET "+pathLogin+"/{app}", a.login)
	a.handle(mux, "GET "+pathCallback, a.callback)
	a.handle(mux, "POST "+pathCallback, a.trip.CallbackForm)
	a.handle(mux, "GET "+pathCerts, a.certs)
	a.handle(mux, "GET "+pathGetIdentity, a.teamIdentity)
	a.handle(mux, "GET "+pathLogout, a.logout)
	a.handle(mux, "POST "+pathLogout, a.logout)
	a.handle(mux, "GET "+pathTest, a.tests(a.testList))
	a.handle(mux, "GET "+pathTest+"/{id}", a.tests(a.test))
	a.handle(mux, "/", a.notFound)
	return observed(mux)
}

// appMux has our paths at the applications' hosts.
func (a *API) appMux() http.Handler {
	mux := http.NewServeMux()
	a.handle(mux, "GET "+pathLogin, a.appLogin)
	a.handle(mux, "GET "+pathAuthorized, a.authorized)
	a.handle(mux, "GET "+pathCerts, a.certs)
	a.handle(mux, "GET "+pathGetIdentity, a.appIdentity)
	a.handle(mux, "GET "+pathLogout, a.logout)
	a.handle(mux, "POST "+pathLogout, a.logout)
	a.handle(mux, "/", a.notFound)
	return observed(mux)
}

// handle adds a route whose errors become pages, or JSON for programs.
func (a *API) handle(mux *http.ServeMux, pattern string, h web.Handler) {
	mux.Handle(pattern, web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		defer a.forms.Form(w, r)()
		return h(w, r)
	}, a.render))
}

// notFound answers unknown paths and methods.
func (a *API) notFound(_ http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return ErrNothing
	}
	return ErrMethod
}

// observed names this edge in the log line and the metrics of a request.
func observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.NoteEdge(r.Context(), "accessapi")
		next.ServeHTTP(w, r)
	})
}
