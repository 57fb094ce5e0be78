package proxy

import (
	"crypto/x509"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
)

// What the chain refuses by itself.
var (
	ErrNoRoute     = fault.New(fault.NotFound, "no_route", "There is no application at this address.")
	ErrBadHost     = fault.New(fault.Invalid, "bad_host", "The host name of the address can't be read safely.")
	ErrBadPath     = fault.New(fault.Invalid, "bad_path", "The address of the page can't be read safely.")
	ErrSignIn      = fault.New(fault.Unauthenticated, "sign_in_required", "You are not signed in.")
	ErrCertificate = fault.New(fault.Denied, "client_certificate_required", "This application needs a valid client certificate.")
)

// chain asks the questions of a request in their order, and does what the
// answers say.
type chain struct {
	*addresses
	routes      map[*route.Route]*compiledRoute
	cleaning    route.Cleaning
	underscores UnderscoreAction
	trustedHops int
	neighbours  ForwardAuth
	pomerium    *pomerium
	bearer      *bearer.Reader
	certs       *certificates
	bodies      *web.Bodies // that are read before the decision
	front       Front       // nil: Pomerium's alone
	forwarder   *forwarder
	answers     *answers
	logFields   logFields
	decided     func(allowed bool, took time.Duration) // nil: nobody counts
	now         func() time.Time
}

// exchange is one request with the answers to the questions asked so far.
type exchange struct {
	host    string // without port, lower case
	port    string // of the address that the client used; "": the default one
	cleaned route.Cleaned
	route   *compiledRoute
	addr    netip.Addr
	session *session.Session       // nil: nobody is signed in
	lent    map[string]seal.Secret // the secrets that the route's headers need
	life    life                   // of the exchange with the upstream

	authority string // the target of a tunnel; "": the exchange is a request

	protocol string      // to which the connection is to change; "": it is not
	keep     func() bool // see lasting; nil without protocol
	goesOn   bool        // after its handler
	attendee session.Attendee
	ended    atomic.Pointer[error] // why the exchange may not go on; nil: it may

	messages *toolMessages       // of the Model Context Protocol; nil: nobody has looked, or there are none
	question policy.Request      // what the policy is asked
	sent     []*x509.Certificate // by the client in the handshake, its own first
	outcome  policy.Outcome      // of the decision

	inWindow    bool // a browser shows the answer in a window or a frame
	answer      *answerWriter
	asked       *inquiry     // the question of another proxy; nil: the request is our own
	silence     *silence     // nil: the request may be silent
	stopSilence func()       // ends it
	received    *requestBody // nil: the request has no body
	body        answerBody   // of the upstream
	interim     interim      // answers of the upstream
	inPlace     bool         // the headers of the upstream's answer are those of ours already

	target       *target       // of the upstream
	upstream     *balance.Host // nil: the route has one, and no more is to be known of it
	upstreamPath string
	told         *told          // what the upstream is told about the person; nil: nothing
	tokens       session.Tokens // of the session, if the route sends them
	added        http.Header    // by the other front
}

// serve answers every request.
func (c *chain) serve(w http.ResponseWriter, r *http.Request) error {
	answer := w.(*answerWriter) // see compile
	x := &answer.exchange
	if r.Method == http.MethodConnect && c.table.HasTunnels() && x.asked == nil {
		return c.connect(w, r)
	}
	if err := checkMethod(w, r); err != nil {
		return err
	}
	host, err := c.readTarget(r)
	if err != nil {
		return err
	}
	if x.asked == nil && c.front != nil && c.front.Serve(w, r) {
		return nil
	}
	known := c.table.KnowsHost(host)
	if !known && host != c.host {
		return ErrNoRoute
	}
	cleaned, err := c.cleaning.Clean(r.URL.EscapedPath())
	if err != nil {
		return ErrBadPath.Because(err)
	}
	if x.asked != nil {
		if err := c.checkAsked(x.asked, r, host, cleaned); err != nil {
			return err
		}
	} else if target, ok := socketTarget(cleaned.Path); ok && c.table.TunnelHost(host) {
		return c.socket(w, r, target)
	} else if own := c.pomerium.handlerOf(host, cleaned.Path, known); own != nil {
		own.ServeHTTP(w, r)
		return nil
	}
	x.answer, x.host, x.port, x.cleaned, x.addr, x.inWindow = answer, host, portOf(r.Host), cleaned, web.ClientAddrBehind(r, c.trustedHops), inWindow(r)
	x.route = c.routes[c.table.MatchCleaned(host, x.port, cleaned)]
	if cleaned.Redirect || x.asked != nil && !cleaned.SentAs(x.asked.path) {
		c.letRead(w, r, x)
		redirect(w, c.cleanedURL(r, host, cleaned), http.StatusTemporaryRedirect)
		return nil
	}
	err = c.application(w, r, x)
	if err != nil {
		c.letRead(w, r, x)
	}
	return err
}

// letRead comes before every answer of the gateway's own in place of an
// application's. Errors are answered by serve's caller, so serve calls it for them.
func (c *chain) letRead(w http.ResponseWriter, r *http.Request, x *exchange) {
	if x.route != nil {
		c.forwarder.letRead(w, r, x)
	}
}

// readTarget returns the host of a request, and brings r.Host into the spelling
// that browsers use: everything after it sees one spelling of a host. A target
// that is neither a path nor a URL with one (http:admin) is refused: matched and
// sent, it would be two paths. So is a query with a space, which HTTP/2 can carry: in
// HTTP/1.1 a space ends the target, and the client would write the rest of the line.
func (c *chain) readTarget(r *http.Request) (host string, err error) {
	host, port, ok := hostname.Parse(r.Host)
	if !ok {
		return "", ErrBadHost
	}
	if r.URL.Opaque != "" || r.URL.User != nil || strings.IndexByte(r.URL.RawQuery, ' ') >= 0 {
		return "", ErrBadPath
	}
	if port == defaultPort(c.scheme(host)) {
		port = ""
	}
	r.Host = joinPort(host, port)
	return host, nil
}

// cleanedURL returns the URL of a request with the plain spelling of its path.
func (c *chain) cleanedURL(r *http.Request, host string, cleaned route.Cleaned) string {
	u := c.publicURL(r, host)
	to := u.Scheme + "://" + u.Host + cleaned.Escaped
	if u.RawQuery != "" {
		to += "?" + u.RawQuery
	}
	return to
}

// application answers a request to an application.
func (c *chain) application(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if err := checkUnderscores(r.Header, c.underscores); err != nil {
		return err
	}
	if x.route == nil {
		return ErrNoRoute
	}
	if x.asked != nil && (x.route.fixed() || x.route.Kubernetes != nil) {
		return ErrOtherWay
	}
	var err error
	if x.session, err = c.identify(r, x); err != nil {
		return err
	}
	if err := c.readTools(w, r, x); err != nil {
		return err
	}
	d := c.judge(r, x)
	if d.Outcome == policy.Allow && toolsUnread(r, x) { // it was another decision a moment ago
		return ErrTakenAway
	}
	if d.Outcome == policy.Allow && x.route.Reauthenticate > 0 && c.tooLongAgo(x) {
		return c.stepUp(w, r, x)
	}
	if d.Outcome == policy.Allow {
		if err := c.limit(w, x); err != nil {
			return err
		}
		if x.asked != nil {
			return c.forwarder.tell(w, r, x)
		}
		return c.forwarder.forward(w, r, x)
	}
	switch d.Outcome {
	case policy.SignIn:
		return c.sendToSignIn(w, r, x)
	case policy.CertificateRequired:
		return x.route.refuseCertificate(d)
	case policy.ProveDevice:
		return c.sendToDevice(w, r, x, d)
	}
	c.letRead(w, r, x)
	return c.deny(w, r, x, d)
}

// judge decides, and logs what was decided.
func (c *chain) judge(r *http.Request, x *exchange) policy.Decision {
	begun := c.now()
	d := c.lookAgain(r, x, c.decide(r, x, begun))
	if c.decided != nil {
		c.decided(d.Outcome == policy.Allow, c.now().Sub(begun))
	}
	x.outcome = d.Outcome
	note(r, x, d)
	if c.logFields.authorize != nil {
		c.logFields.logDecision(r, x, d)
	}
	return d
}

// decide asks the route's policy. Only the facts of the request go in.
func (c *chain) decide(r *http.Request, x *exchange, now time.Time) policy.Decision {
	q := &x.question
	*q = policy.Request{
		Method: methodOf(r, x), Host: x.host, Path: x.cleaned.Path, AltPath: x.cleaned.Alternate, SourceIP: x.addr,
		CORSPreflight: preflight(r), Now: now,
	}
	if x.session != nil {
		q.Identity, q.Devices = &x.session.Identity, x.session.Devices
	}
	if x.messages != nil {
		q.Tools = x.messages.tools
	}
	x.sent = c.certify(q, r, x.route)
	return x.route.Decide(q)
}

// methodOf returns the method that a policy is asked about. A tunnel is the same,
// whichever way a client asks for it.
func methodOf(r *http.Request, x *exchange) string {
	if x.authority != "" {
		return http.MethodConnect
	}
	return r.Method
}

// certify adds the client's certificate to a question about a route. It returns all that
// the client sent.
func (c *chain) certify(q *policy.Request, r *http.Request, cr *compiledRoute) (sent []*x509.Certificate) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	sent = r.TLS.PeerCertificates
	q.Certificate, q.CertificateValid = sent[0], c.certs.valid(sent, cr.Certificates)
	return sent
}

// sendToSignIn sends a browser to sign in. Other clients get 401.
func (c *chain) sendToSignIn(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if !mayRedirect(r) || x.route.Bearer.Takes() && !namesHTML(r) {
		return c.needSignIn(r, x)
	}
	wanted := c.publicURL(r, x.host)
	if x.asked != nil { // cookies that this answer sets would not reach the browser
		redirect(w, beginLink(c.pageAsked(wanted)), http.StatusFound)
		return nil
	}
	if c.front != nil && c.front.Active() {
		to, err := c.front.SignIn(w, r, x.route.Provider, wanted)
		if err != nil {
			return err
		}
		c.letRead(w, r, x)
		redirect(w, to, http.StatusFound)
		return nil
	}
	if x.session == nil {
		if err := c.pomerium.trip.CheckCircles(w, r, c.secure(x.host)); err != nil {
			return err
		}
	}
	c.letRead(w, r, x)
	redirect(w, c.pomerium.signInLink(w, r, signIn{wanted: wanted, provider: x.route.Provider, maxAge: x.route.Reauthenticate, anew: x.session != nil}), http.StatusFound)
	return nil
}
