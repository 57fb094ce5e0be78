package proxy

import (
	"sync"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// ErrTakenAway ends a request that a new configuration does not allow any more.
var ErrTakenAway = fault.New(fault.Unavailable, "route_taken_away", "The people who run this site changed it just now. Please open the page again.")

// openExchanges are the exchanges with upstreams that are not over.
type openExchanges struct {
	mu     sync.Mutex
	all    map[*exchange]struct{}
	latest *forwarder // of the configuration in use; nil: it is the first one
}

// add adds an exchange of a forwarder. If another configuration has come into use
// since the exchange was decided about, that one has the last word.
func (o *openExchanges) add(x *exchange, by *forwarder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[*exchange]struct{}{}
	}
	o.all[x] = struct{}{}
	if o.latest != nil && o.latest != by {
		o.latest.review(x)
	}
}

func (o *openExchanges) remove(x *exchange) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, x)
}

// follow ends the exchanges that may not go on by the configuration of a forwarder.
func (o *openExchanges) follow(latest *forwarder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.latest = latest
	for x := range o.all {
		latest.review(x)
	}
}

func (f *forwarder) review(x *exchange) {
	if !f.mayGoOn(x) {
		x.SessionEnded(ErrTakenAway)
	}
}

// mayGoOn reports whether an exchange that began under another configuration would be
// let through now: its route is still there, admits the person, and allows the
// protocol. To which upstream it goes does not matter.
func (c *chain) mayGoOn(x *exchange) bool {
	to := c.routeOf(x)
	if to == nil || x.protocol != "" && !to.allowsUpgrade(x.protocol) || c.nowTooLongAgo(x, to) {
		return false
	}
	if to.asksTool && x.messages == nil && x.received != nil {
		return false // it may call tools that nobody has looked for
	}
	question := x.question
	question.Now = c.now()
	question.CertificateValid = len(x.sent) > 0 && c.certs.valid(x.sent, to.Certificates)
	if x.session != nil && !c.counts(x.session, to) {
		question.Identity, question.Devices = nil, nil
	}
	return to.Decide(&question).Outcome == policy.Allow
}

// nowTooLongAgo reports whether a route has begun to ask for a later sign-in than that of
// an exchange. An exchange that the same rule let through goes on.
func (c *chain) nowTooLongAgo(x *exchange, to *compiledRoute) bool {
	if x.session == nil || x.route == nil || x.route.Reauthenticate > 0 && x.route.Reauthenticate <= to.Reauthenticate {
		return false
	}
	return longAgo(x.session, to.Reauthenticate, c.now())
}

// routeOf returns the route of an exchange, or nil.
func (c *chain) routeOf(x *exchange) *compiledRoute {
	if x.authority != "" {
		return c.routes[c.table.MatchTunnel(x.authority)]
	}
	return c.routes[c.table.MatchCleaned(x.host, x.port, x.cleaned)]
}

// counts reports whether a route still accepts a session.
func (c *chain) counts(s *session.Session, to *compiledRoute) bool {
	if s.Proof != nil {
		return c.bearer.Accepts(s, to.Bearer, c.pomerium.provider(to.Provider))
	}
	if c.front != nil {
		if _, theirs := c.front.Pages(s, "/"); theirs {
			return c.front.Active() && (to.Provider == "" || to.Provider == s.Provider)
		}
	}
	return c.pomerium.accepts(s, to.Provider)
}
