// Package accessapi is Cloudflare Access's face: its management API for
// identity providers, and what its applications know under /cdn-cgi/access/.
//
// It has two places. On the team domain, [API.Handler] answers the management
// API and signs people in; before applications it takes part in the gateway's
// chain (proxy.Front). A sign-in goes from the one to the other and back:
//
//	application            team domain                  identity provider
//	SignIn: browser cookie
//	  └▶ redirect ───────▶ /cdn-cgi/access/login/<host>
//	                         chooser, attempt cookie ──▶ signs in
//	                       /cdn-cgi/access/callback ◀─── code
//	                         session, team's cookie
//	/…/authorized ◀─ ticket ─┘
//	  CF_Authorization, and on to the page that was wanted
//
// CF_Authorization holds an application token (access.Tokens), which verifiers
// of Cloudflare Access know. It is a pointer, not a proof by itself: with every
// request its session is looked up, so that signing out and revoking work at
// once. The same road with another purpose is the test of a provider: it makes
// no session, and ends on a page that shows every claim, or the step that
// failed.
//
// What a provider is and which of its claims count is decided in package
// access; how a person is signed in there, in relyingparty; what they may, in
// the gateway's policies.
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
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
)

// Config is what an API needs. All must be set but where it says otherwise.
type Config struct {
	Team      *url.URL // the team domain: scheme, host and port alone
	AccountID string   // 32 hexadecimal digits, in the paths of the management API

	Engine *access.Engine

	// CheckToken returns whose API token a bearer is. nil: none is anybody's.
	CheckToken func(ctx context.Context, bearer string) (*operator.Key, error)
	// AnyToken takes every bearer. Only for development on a loopback address.
	AnyToken bool

	Sessions *session.Manager
	Tickets  *session.Tickets       // with a box of their own
	Attempts *relyingparty.Attempts // with a box of their own

	// Locate returns the public URL of a path of an application, nil when there
	// is no such application: proxy.Gateway.Locate.
	Locate func(hostport, uri string) *url.URL
	// Active reports whether applications sign people in with this front. nil:
	// always.
	Active func() bool

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged
}

// API answers the team domain and takes part in the gateway. Safe for
// concurrent use.
type API struct {
	cfg      Config
	team     string // "https://team.example.com", without a slash at the end
	teamHost string // without port
	secure   bool   // the team domain has TLS
	trip     *authenticate.RoundTrip
	handler  http.Handler
	app      http.Handler // /cdn-cgi/access/ of the applications' hosts
}

// New returns an API, or says what is missing.
func New(cfg Config) (*API, error) {
	if cfg.Team == nil || cfg.Team.Host == "" || cfg.Engine == nil || cfg.Sessions == nil ||
		cfg.Tickets == nil || cfg.Attempts == nil || cfg.Locate == nil {
		return nil, errors.New("accessapi: Team, Engine, Sessions, Tickets, Attempts and Locate must be set")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{cfg: cfg, team: TeamOrigin(cfg.Team), teamHost: hostname.Of(cfg.Team.Host), secure: cfg.Team.Scheme == "https"}
	a.trip = &authenticate.RoundTrip{
		Origin: a.team, CallbackPath: pathCallback, Secure: a.secure, BrowserCookie: cookieBrowser, TicketParam: paramTicket,
		Sessions: cfg.Sessions, Tickets: cfg.Tickets, Attempts: cfg.Attempts, Hooks: a,
	}
	a.handler, a.app = a.teamMux(), a.appMux()
	return a, nil
}

// TeamOrigin is the team domain as issuers and links have it.
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

// teamMux is the team domain: all its paths.
func (a *API) teamMux() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(pathClient, a.clientMux())
	a.handle(mux, "GET "+pathLogin, a.loginNowhere)
	a.handle(mux, "GET "+pathLogin+"/{app}", a.login)
	a.handle(mux, "GET "+pathCallback, a.callback)
	a.handle(mux, "POST "+pathCallback, a.trip.CallbackForm)
	a.handle(mux, "GET "+pathCerts, a.certs)
	a.handle(mux, "GET "+pathGetIdentity, a.teamIdentity)
	a.handle(mux, "GET "+pathLogout, a.logout)
	a.handle(mux, "GET "+pathTest, a.testList)
	a.handle(mux, "GET "+pathTest+"/{id}", a.test)
	a.handle(mux, "/", a.nothing)
	return observed(mux)
}

// appMux is what every application's host has.
func (a *API) appMux() http.Handler {
	mux := http.NewServeMux()
	a.handle(mux, "GET "+pathLogin, a.appLogin)
	a.handle(mux, "GET "+pathAuthorized, a.authorized)
	a.handle(mux, "GET "+pathCerts, a.certs)
	a.handle(mux, "GET "+pathGetIdentity, a.appIdentity)
	a.handle(mux, "GET "+pathLogout, a.logout)
	a.handle(mux, "/", a.nothing)
	return observed(mux)
}

func (a *API) handle(mux *http.ServeMux, pattern string, h web.Handler) {
	mux.Handle(pattern, web.Handle(h, a.render))
}

// nothing answers a path that there is not, or a method that it has not.
func (a *API) nothing(_ http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return ErrNothing
	}
	return ErrMethod
}

func observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.NoteEdge(r.Context(), "accessapi")
		next.ServeHTTP(w, r)
	})
}
