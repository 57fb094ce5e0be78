package proxy

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// compiled is a Config made ready to answer requests. It is immutable: a
// request sees one from its beginning to its end.
type compiled struct {
	cfg        Config
	now        func() time.Time
	log        *slog.Logger
	background *background

	table   *route.Table
	routes  map[*route.Route]*compiledRoute
	schemes map[string]string // of hosts without wildcards

	authenticateHost string
	authenticateBase string // scheme and host, without a slash at the end
	cookies          *cookies
	links            *links
	tickets          *session.Tickets
	attempts         *relyingparty.Attempts
	csrf             *csrf

	signers    []*signer
	assertions *assertions
	reserved   *reserved
	transports *transports

	handler      http.Handler // everything
	authenticate http.Handler // the authenticate host
	internal     http.Handler // the gateway's own paths on route hosts
}

// compile checks cfg and makes it ready.
func compile(cfg Config, bg *background) (*compiled, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	c := &compiled{
		cfg: cfg, now: cfg.Now, log: cfg.Log, background: bg,
		authenticateHost: hostname.Of(cfg.AuthenticateURL.Host),
		authenticateBase: cfg.AuthenticateURL.Scheme + "://" + cfg.AuthenticateURL.Host,
		reserved:         newReserved(cfg.ClaimHeaders),
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if err := errors.Join(c.secrets(), c.compileRoutes()); err != nil {
		return nil, err
	}
	c.handler = web.Handle(c.serve, c.render)
	c.authenticate, c.internal = c.authenticateMux(), c.internalMux()
	return c, nil
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
	if cfg.Sessions == nil || cfg.Tickets == nil {
		errs = append(errs, errors.New("gateway: sessions and tickets must be set"))
	}
	return errors.Join(errs...)
}

// secrets derives a key for each purpose from the two secrets.
func (c *compiled) secrets() error {
	var errs [6]error
	var cookieBox, ticketBox, attemptBox *seal.Box
	cookieBox, errs[0] = seal.NewBox(c.cfg.CookieSecret, "gateway cookies")
	ticketBox, errs[1] = seal.NewBox(c.cfg.CookieSecret, "gateway tickets")
	attemptBox, errs[2] = seal.NewBox(c.cfg.CookieSecret, "gateway attempts")
	c.links, errs[3] = newLinks(c.cfg.SharedSecret)
	c.csrf, errs[4] = newCSRF(c.cfg.CookieSecret)
	c.signers, errs[5] = signersOf(c.cfg.SigningKeys, c.cfg.SharedSecret)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	c.cookies = newCookies(c.cfg.Cookie, cookieBox)
	c.tickets = &session.Tickets{Box: ticketBox, Store: c.cfg.Tickets, Now: c.now}
	c.attempts = &relyingparty.Attempts{Box: attemptBox, Store: c.cfg.Tickets, Now: c.now}
	c.assertions = newAssertions(c.signers[0], c.cfg.ClaimHeaders)
	return nil
}

// compileRoutes makes the table and what belongs to each route.
func (c *compiled) compileRoutes() error {
	c.transports = newTransports(c.cfg.UpstreamCAs)
	c.routes = make(map[*route.Route]*compiledRoute, len(c.cfg.Routes))
	c.schemes = map[string]string{}
	var errs []error
	var plain []*route.Route
	for i, given := range c.cfg.Routes {
		r := given.copied()
		cr, err := c.compileRoute(r)
		if err != nil {
			errs = append(errs, fmt.Errorf("routes[%d]: %w", i, err))
			continue
		}
		plain = append(plain, r.Route)
		c.routes[r.Route] = cr
		if r.From.Scheme != "" {
			c.schemes[r.From.Host] = r.From.Scheme
		}
	}
	var err error
	if c.table, err = route.NewTable(plain); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// scheme returns the public scheme of a host: what its route says, else the
// authenticate service's.
func (c *compiled) scheme(host string) string {
	if host != c.authenticateHost {
		if s := c.schemes[host]; s != "" {
			return s
		}
	}
	return c.cfg.AuthenticateURL.Scheme
}

func (c *compiled) secure(host string) bool { return c.scheme(host) == "https" }

// retire lets go of what only requests under way still need.
func (c *compiled) retire() {
	c.transports.close()
	c.assertions.close()
}
