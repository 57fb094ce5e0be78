package proxy

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// ErrUpgrade refuses to let a connection change its protocol.
var ErrUpgrade = fault.New(fault.Denied, "upgrade_not_allowed", "This application's connections may not be upgraded (websockets are off).")

// forwarder lets an allowed request through to an upstream of its route: for how long,
// and with which headers. The route's relay sends it.
type forwarder struct {
	*addresses
	answers     *answers
	cookies     *cookies
	reserved    *reserved
	own         *reserved // of these, the gateway's own
	assertions  *assertions
	underscores UnderscoreAction
	spellings   *spellings
	appendPeer  bool     // to X-Forwarded-For
	front       Front    // nil: Pomerium's alone
	joining     []*Route // with depends_on
	sessions    *session.Manager
	open        *openExchanges
	before      map[string]*compiledRoute // the routes of the configuration before, while this one is compiled
	plain       *plainHeaders
	mayGoOn     func(*exchange) bool
	// identityNames are the headers that may say who a person is.
	identityNames []string
	now           func() time.Time
	secrets       func() map[string]seal.Secret // Config.Secrets

	strictTransport []string // of answers of the gateway's own that belong to no route; nil: none
}

// forward sends an allowed request to its upstream, or answers it itself if
// its route says so.
func (f *forwarder) forward(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if x.route.fixed() {
		return f.answerFixed(w, r, x)
	}
	if err := f.checkUpgrade(r, x); err != nil {
		return err
	}
	if err := x.checkImpersonation(); err != nil {
		return err
	}
	if err := f.prepare(r, x); err != nil {
		return err
	}
	if err := x.choose(); err != nil {
		return err
	}
	whole, idle := x.limits()
	ctx, heard, stop := watchSilence(x.lasting(r.Context()), idle)
	ctx = x.begin(ctx, whole)
	x.silence, x.stopSilence = heard, stop
	defer func() {
		if !x.goesOn {
			f.over(x)
		}
	}()
	defer x.watchBody(ctx, r)()
	if x.session != nil && x.personal() { // what is sent or received ends with the session of its person
		f.sessions.Attend(ctx, &x.attendee, x.session, x)
	}
	f.open.add(x, f)
	x.route.relay.pass(ctx, r, x)
	return nil
}

// SessionEnded implements session.Connection. A reload ends an exchange in the same
// way.
func (x *exchange) SessionEnded(err error) {
	x.ended.CompareAndSwap(nil, &err)
	x.abort()
}

// over ends what forward or tunnel began.
func (f *forwarder) over(x *exchange) {
	f.open.remove(x)
	if x.session != nil && x.personal() {
		f.sessions.Leave(&x.attendee)
	}
	x.abort()
	x.stopSilence()
	x.leave()
}

// prepare finds out what the upstream is told, and what may fail of it.
func (f *forwarder) prepare(r *http.Request, x *exchange) (err error) {
	if x.upstreamPath, err = x.route.UpstreamPath(x.cleaned); err != nil {
		return ErrRewrite.Because(err)
	}
	return f.identify(r, x)
}

// identify finds what the application is told: the secrets of the route, and who the
// person is.
func (f *forwarder) identify(r *http.Request, x *exchange) (err error) {
	if err := f.lend(r, x); err != nil {
		return err
	}
	if x.session == nil {
		return nil
	}
	if x.route.tokens {
		if x.tokens, err = f.sessions.Tokens(r.Context(), x.session); err != nil {
			return err
		}
	}
	if x.route.PassIdentity || x.route.jwt {
		if x.told, err = f.assertions.of(x.session, x.host, x.route.IssuerURI, x.route.GroupsFilter, f.now()); err != nil {
			return err
		}
		if x.told.leftOut != "" && x.route.PassIdentity {
			web.Note(r.Context(), slog.String("claim_headers_left_out", x.told.leftOut))
		}
		if n := len(x.told.assertion); n > largeAssertion {
			web.Note(r.Context(), slog.Int("assertion_bytes", n))
		}
	}
	if f.front != nil && f.front.Active() {
		return f.askFront(r, x)
	}
	return nil
}

// askFront lets the other front add its headers. What would arrive as another value
// is left out, as it is of claim headers.
func (f *forwarder) askFront(r *http.Request, x *exchange) error {
	x.added = http.Header{}
	if err := f.front.Headers(x.added, r, x.session); err != nil {
		return err
	}
	for name, values := range x.added {
		if !headerFits(values[0]) {
			delete(x.added, name)
			web.Note(r.Context(), slog.String("front_header_left_out", name))
		}
	}
	return nil
}

// checkUpgrade refuses protocols that the route does not allow, and pages that may
// not ask. An offer of HTTP/2 is ignored instead, as RFC 9110 §7.8 allows.
func (f *forwarder) checkUpgrade(r *http.Request, x *exchange) error {
	if r.Header.Get("Upgrade") == "" || !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "Upgrade") {
		return nil
	}
	protocol := r.Header.Get("Upgrade")
	switch {
	case strings.EqualFold(protocol, "h2c"):
		return nil // the header goes no further
	case x.route.allowsUpgrade(protocol):
		x.protocol = protocol
		return f.checkOrigin(r, x)
	}
	return ErrUpgrade
}
