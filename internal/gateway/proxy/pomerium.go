package proxy

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// pomerium is Pomerium's front: the authenticate host, where people sign in,
// and the gateway's own paths on the hosts of routes.
type pomerium struct {
	*addresses
	answers *answers
	cookies *cookies
	links   *links
	csrf    *csrf
	signers []*signer
	trip    *authenticate.RoundTrip

	routes       map[*route.Route]*compiledRoute
	sessions     *session.Manager
	providers    authenticate.Providers // nil: nobody can sign in
	front        Front                  // nil: there is no other
	claimHeaders map[string]string
	programHosts []string
	signOutURL   string
	life         time.Duration // of sessions; 0: the manager's

	portal                func() []portalEntry // made when somebody asks first
	noPortal, jwtEndpoint bool
	foresee               func(r *http.Request, cr *compiledRoute, s *session.Session, path string) (policy.Decision, bool)
	assertions            *assertions

	devices     *device.Engine // nil: nobody can enrol one
	withDevices bool           // a route's policy asks for devices

	background *background
	now        func() time.Time
	log        *slog.Logger

	onAuthenticateHost, onRouteHosts http.Handler
}

// The paths of the front, with those beside the parts that answer them. Those of
// Pomerium are its own; pathAnother, pathSignedOut, pathEnter, pathSessions and
// pathDevices are ours.
const (
	callbackPath      = "/oauth2/callback"
	pathIdentity      = "/.pomerium/"
	pathUser          = "/.pomerium/user"
	pathSignIn        = "/.pomerium/sign_in"
	pathSignOut       = "/.pomerium/sign_out"
	pathSignedOut     = "/.pomerium/signed_out"
	pathAnother       = "/.pomerium/another_account"
	pathRouteCallback = "/.pomerium/callback/"
	pathWellKnown     = "/.well-known/pomerium"
	pathKeys          = "/.well-known/pomerium/jwks.json"
)

// ErrMethod refuses a method that a path does not have.
var ErrMethod = fault.New(fault.Invalid, "method", "This address answers GET and HEAD only.")

// OwnPath reports whether the gateway answers a cleaned path of a host with routes by
// itself: signIn says whether people sign in at that host.
func OwnPath(path string, signIn bool) bool {
	return isInternal(path) || signIn && isSignIn(path)
}

// isInternal reports whether the gateway answers a path itself on every host.
// Such a path never reaches an upstream.
func isInternal(path string) bool {
	switch path {
	case "/ping", "/healthz", "/.pomerium", pathWellKnown:
		return true
	}
	return strings.HasPrefix(path, pathIdentity) || strings.HasPrefix(path, pathWellKnown+"/")
}

// isSignIn reports whether the authenticate host keeps a path for itself, beside the
// internal ones, if a route has that host too.
func isSignIn(path string) bool {
	return path == callbackPath || path == "/" || path == "/robots.txt"
}

// handlerOf returns what answers a path of a host, or nil if the path belongs
// to an application. known says whether a route has the host.
func (p *pomerium) handlerOf(host, path string, known bool) http.Handler {
	switch {
	case host == p.host && (!known || OwnPath(path, true)):
		return p.onAuthenticateHost
	case isInternal(path):
		return p.onRouteHosts
	}
	return nil
}

// authenticateMux has the paths of the authenticate host.
func (p *pomerium) authenticateMux() http.Handler {
	mux := p.commonMux()
	if p.table.KnowsHost(p.host) {
		p.handleRoutePaths(mux)
	}
	p.answers.handle(mux, "GET "+pathSignIn, p.signIn)
	p.answers.handle(mux, "GET "+callbackPath, p.trip.Callback)
	p.answers.handle(mux, "POST "+callbackPath, p.trip.CallbackForm)
	p.answers.handle(mux, "GET "+pathSignOut, p.signOut)
	p.answers.handle(mux, "POST "+pathSignOut, p.signOutForm)
	p.answers.handle(mux, "GET "+pathSignedOut, p.signedOut)
	p.answers.handle(mux, "POST "+pathSessions, p.endSessions)
	if p.devices != nil {
		p.answers.handle(mux, "GET "+PathDevice, p.devicePage)
		p.answers.handle(mux, "POST "+PathDevice, p.deviceForm)
		p.answers.handle(mux, "POST "+pathDevices, p.removeDevice)
		p.answers.handle(mux, "GET "+pathEnrolled, p.toDevices)
	}
	p.answers.handle(mux, "POST "+pathBackchannel, p.backchannelLogout)
	p.answers.handle(mux, "GET /robots.txt", robots)
	p.answers.handle(mux, "GET /{$}", func(w http.ResponseWriter, _ *http.Request) error {
		redirect(w, pathIdentity, http.StatusFound)
		return nil
	})
	return mux
}

// routeMux has the gateway's own paths on the hosts of routes.
func (p *pomerium) routeMux() http.Handler {
	mux := p.commonMux()
	p.handleRoutePaths(mux)
	if p.devices != nil {
		p.answers.handle(mux, "GET "+PathDevice, p.toDevice)
		p.answers.handle(mux, "GET "+pathEnrolled, p.toDevices)
	}
	p.answers.handle(mux, "GET "+pathSignOut, p.routeSignOut)
	p.answers.handle(mux, "POST "+pathSignOut, p.routeSignOut)
	return mux
}

// handleRoutePaths adds what every host with a route needs, the authenticate host
// too if a route names it. That host signs out in its own way.
func (p *pomerium) handleRoutePaths(mux *http.ServeMux) {
	p.answers.handle(mux, "GET "+pathRouteCallback, p.routeCallback)
	p.answers.handle(mux, "GET "+pathAnother, p.anotherAccount)
	p.answers.handle(mux, "GET "+pathBegin, p.begin)
	p.answers.handle(mux, "GET "+pathJoin, p.join)
	p.answers.handle(mux, pathProgrammatic, p.programmaticLink)
	p.answers.handle(mux, "GET "+pathUser, p.userJSON)
	if p.jwtEndpoint {
		p.answers.handle(mux, "GET "+pathJWT, p.assertionText)
	}
}

// commonMux has the paths that every host has.
func (p *pomerium) commonMux() *http.ServeMux {
	mux := http.NewServeMux()
	p.answers.handle(mux, "/ping", pong)
	p.answers.handle(mux, "/healthz", pong)
	p.answers.handle(mux, "GET "+pathWellKnown, p.wellKnown)
	p.answers.handle(mux, "GET "+pathKeys, p.jwks)
	p.answers.handle(mux, "GET "+pathIdentity+"{$}", p.userPage)
	p.answers.handle(mux, "GET "+pathEnter, p.enter)
	if !p.noPortal {
		p.answers.handle(mux, "GET "+pathRoutes, p.portalPage)
		p.answers.handle(mux, "GET "+pathRoutesAPI, p.portalJSON)
	}
	p.answers.handle(mux, "/", func(http.ResponseWriter, *http.Request) error { return ErrNoRoute })
	return mux
}

func pong(w http.ResponseWriter, r *http.Request) error {
	web.NoteProbe(r.Context())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return ErrMethod
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("OK"))
	return ignoreGone(err)
}

// robots keeps search engines out.
func robots(w http.ResponseWriter, _ *http.Request) error {
	intercepted(w)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("User-agent: *\nDisallow: /\n"))
	return ignoreGone(err)
}

// sessionAt returns the session that a request's cookie or credential names at
// host, or nil if there is none that lives.
func (p *pomerium) sessionAt(r *http.Request, host string) (*session.Session, error) {
	return authenticate.Living(r.Context(), p.sessions, p.cookies.id(r, host, p.secure(host)))
}

// accepts reports whether a session may be used where sessions of a provider
// are wanted, or with "" those of each choice. Pomerium: a session of another provider
// is ignored.
func (p *pomerium) accepts(s *session.Session, provider string) bool {
	if provider != "" {
		return s.Provider == provider
	}
	return p.choice(s.Provider) != nil
}

// provider returns a provider by id, the first choice for "", or nil.
func (p *pomerium) provider(id string) relyingparty.Provider {
	if id != "" {
		return p.providerByID(id)
	}
	if all := p.choices(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// providerAt returns the id of the provider that the route of a path asks for, or "".
func (p *pomerium) providerAt(hostport, path string) string {
	provider, _ := p.demandsAt(hostport, path)
	return provider
}

// demandsAt returns the provider that the route of a path asks for, or "", and how long
// ago the person may have proved who they are, or 0.
func (p *pomerium) demandsAt(hostport, path string) (provider string, maxAge time.Duration) {
	if m := p.table.Match(hostname.Of(hostport), portOf(hostport), path); m != nil {
		return p.routes[m].Provider, p.routes[m].Reauthenticate
	}
	return "", 0
}
