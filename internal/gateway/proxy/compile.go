package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/route"
)

// live is a Config made ready to answer requests. It is immutable: a request
// uses the same one from its beginning to its end.
type live struct {
	*chain
	handler    http.Handler // everything
	transports *transports
	sets       []balanced // of the routes
	stop       func()     // ends the health checks
}

// compile checks cfg and makes it ready. before is in use; it may be nil.
func compile(cfg Config, bg *background, open *openExchanges, before *live) (*live, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	keys, err := cfg.deriveKeys()
	if err != nil {
		return nil, err
	}
	f := cfg.newForwarder(keys)
	f.open, f.before = open, before.knownRoutes()
	ts := newTransports(cfg.UpstreamCAs, cfg.UpstreamFamily)
	routes, table, err := cfg.compileRoutes(f, ts)
	if err != nil {
		return nil, err
	}
	f.before = nil
	f.addresses = newAddresses(cfg.AuthenticateURL, table, schemesOf(cfg.Routes))
	c := &chain{
		addresses: f.addresses, routes: routes, forwarder: f, answers: f.answers, front: cfg.Front, now: cfg.Now,
		certs:    &certificates{now: cfg.Now},
		bodies:   before.readBodies(),
		bearer:   &bearer.Reader{Sessions: cfg.Sessions, Issuers: cfg.Issuers, Accounts: cfg.Accounts, Refusals: before.refusals(), Now: cfg.Now},
		cleaning: cfg.Cleaning, underscores: cfg.Underscores, trustedHops: cfg.TrustedHops, neighbours: cfg.ForwardAuth,
	}
	c.logFields, c.decided = newLogFields(&cfg), cfg.Decided
	c.pomerium = cfg.newPomerium(c, keys, bg)
	f.mayGoOn = c.mayGoOn
	answering := web.Handle(c.serve, c.answers.render)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		aw := f.newAnswerWriter(w)
		if c.logFields.access != nil {
			c.logFields.noteLine(r, &aw.exchange)
		}
		answering.ServeHTTP(aw, r)
	})
	return &live{chain: c, handler: handler, transports: ts, sets: setsOf(routes), stop: func() {}}, nil
}

// refusals returns what is known of bad tokens, which a reload does not change.
func (l *live) refusals() *bearer.Refusals {
	if l == nil {
		return bearer.NewRefusals()
	}
	return l.bearer.Refusals
}

// readBodies returns the bodies that are being read, which a reload does not change.
func (l *live) readBodies() *web.Bodies {
	if l == nil {
		return &web.Bodies{}
	}
	return l.bodies
}

func setsOf(routes map[*route.Route]*compiledRoute) (all []balanced) {
	for _, cr := range routes {
		if cr.set != nil {
			all = append(all, balanced{cr.label, cr.cluster(), cr.set})
		}
	}
	return all
}

// start begins the health checks.
func (l *live) start(running *sync.WaitGroup) {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	for _, s := range l.sets {
		s.set.Start(ctx, running)
	}
}

func (cfg *Config) validate() error {
	var errs []error
	if cfg.AuthenticateURL == nil || cfg.AuthenticateURL.Host == "" {
		errs = append(errs, errors.New("authenticate_service_url is missing: set it to the public URL of the sign-in service"))
	}
	if len(cfg.SharedSecret) != 32 {
		errs = append(errs, errors.New("shared_secret must be 32 bytes in base64"))
	}
	if len(cfg.CookieSecret) != 32 {
		errs = append(errs, errors.New("cookie_secret must be 32 bytes in base64"))
	}
	if cfg.Sessions == nil || cfg.Tickets == nil || cfg.Attempts == nil {
		errs = append(errs, errors.New("gateway: Sessions, Tickets and Attempts must be set"))
	}
	return errors.Join(errs...)
}

// keys are the keys that a Config's two secrets give, one for each purpose.
type keys struct {
	cookies  *seal.Box
	programs *credentials
	links    *links
	csrf     *csrf
	signers  []*signer
}

func (cfg *Config) deriveKeys() (*keys, error) {
	var k keys
	var errs [5]error
	k.cookies, errs[0] = seal.NewBox(cfg.CookieSecret, "gateway cookies")
	k.links, errs[1] = newLinks(cfg.SharedSecret)
	k.csrf, errs[2] = newCSRF(cfg.CookieSecret)
	k.signers, errs[3] = signersOf(cfg.SigningKeys, cfg.SharedSecret)
	k.programs, errs[4] = newCredentials(cfg.CookieSecret)
	return &k, errors.Join(errs[:]...)
}

// newForwarder returns the reverse proxy, without its addresses.
func (cfg *Config) newForwarder(k *keys) *forwarder {
	return &forwarder{
		answers: &answers{}, strictTransport: cfg.strictTransport(), plain: cfg.plainHeaders(),
		cookies: newCookies(cfg.Cookie, k, cfg.Front, cfg.Now), reserved: newReserved(cfg.ClaimHeaders, cfg.TrustedHops), own: reservedOfOurs(cfg.ClaimHeaders), identityNames: identityNames(cfg.ClaimHeaders, cfg.Front), spellings: newSpellings(cfg.HeaderNames),
		assertions:  newAssertions(k.signers[0], cfg.ClaimHeaders),
		underscores: cfg.Underscores, appendPeer: !cfg.SkipXFFAppend, front: cfg.Front, sessions: cfg.Sessions, joining: joiningRoutes(cfg.Routes), now: cfg.Now, secrets: cfg.Secrets,
	}
}

// newPomerium returns Pomerium's front.
func (cfg *Config) newPomerium(c *chain, k *keys, bg *background) *pomerium {
	p := &pomerium{
		addresses: c.addresses, answers: c.answers, cookies: c.forwarder.cookies, links: k.links, csrf: k.csrf, signers: k.signers,
		routes: c.routes, sessions: cfg.Sessions, providers: cfg.Providers, front: cfg.Front, claimHeaders: cfg.ClaimHeaders,
		programHosts: cfg.ProgrammaticHosts, signOutURL: cfg.SignOutURL, life: cfg.Cookie.Life,
		portal: sync.OnceValue(func() []portalEntry { return newPortal(inFileOrder(c.routes)) }), noPortal: cfg.NoPortal, jwtEndpoint: cfg.JWTEndpoint, foresee: c.foresee, assertions: c.forwarder.assertions,
		devices: cfg.Devices, withDevices: cfg.Devices != nil && slices.ContainsFunc(cfg.Routes, func(r *Route) bool { return r.Policy.AsksDevice() }),
		background: bg, now: cfg.Now, log: cfg.Log,
	}
	if p.programHosts == nil {
		p.programHosts = []string{"localhost"}
	}
	p.trip = &authenticate.RoundTrip{
		Origin: p.base, CallbackPath: callbackPath, Secure: p.secure(p.host), SignedOut: p.base + pathSignedOut,
		BrowserCookie: browserCookie, TicketParam: paramTicket,
		Sessions: cfg.Sessions, Tickets: cfg.Tickets, Attempts: cfg.Attempts, Hooks: p, Now: cfg.Now,
	}
	p.onAuthenticateHost, p.onRouteHosts = p.authenticateMux(), p.routeMux()
	return p
}

// compileRoutes makes the routes and their table ready.
func (cfg *Config) compileRoutes(f *forwarder, ts *transports) (map[*route.Route]*compiledRoute, *route.Table, error) {
	routes := make(map[*route.Route]*compiledRoute, len(cfg.Routes))
	var plain []*route.Route
	var errs []error
	for i, given := range cfg.Routes {
		r := given.copied()
		cr, err := cfg.compileRoute(r, f, ts)
		if err != nil {
			errs = append(errs, fmt.Errorf("routes[%d]: %w", i, err))
			continue
		}
		cr.index = i
		plain = append(plain, r.Route)
		routes[r.Route] = cr
	}
	table, err := route.NewTable(plain, cfg.reserved())
	return routes, table, errors.Join(append(errs, err)...)
}

// reserved returns which hosts no route with a wildcard takes: those where people
// sign in.
func (cfg *Config) reserved() func(host string) bool {
	authenticate, elsewhere := hostname.Of(cfg.AuthenticateURL.Host), cfg.Elsewhere // the table does not keep the whole
	return func(host string) bool {
		return host == authenticate || elsewhere != nil && elsewhere(host)
	}
}

// retire releases what only the requests under way still need.
func (l *live) retire() {
	l.stop()
	l.transports.retire()
	l.forwarder.assertions.close()
}
