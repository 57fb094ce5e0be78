package proxy

import (
	"net"
	"net/http"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
)

// ErrConnectForm refuses a CONNECT that two servers could read in two ways.
var ErrConnectForm = fault.New(fault.Invalid, "connect_form", "A CONNECT has a host and a port as its target, and no content.")

// connect answers CONNECT.
func (c *chain) connect(w http.ResponseWriter, r *http.Request) error {
	authority, err := c.checkConnect(r)
	if err != nil {
		return err
	}
	return c.tunnel(w, r, authority, c.sendProgramToSignIn)
}

// sendProgramToSignIn redirects. Pomerium: its clients take that, and nothing else, for
// a lack of sign-in.
func (c *chain) sendProgramToSignIn(w http.ResponseWriter, r *http.Request, x *exchange) error {
	redirect(w, c.scheme(x.host)+"://"+joinPort(x.host, c.publicPort(r, x.route.Route.Route))+pathIdentity, http.StatusFound)
	return nil
}

// tunnel answers a request for a connection with an authority: the policy of the route
// that has it decides, and then the connection is joined with one to an upstream of that
// route. No client says where to. signIn answers if somebody has to sign in.
func (c *chain) tunnel(w http.ResponseWriter, r *http.Request, authority string, signIn func(http.ResponseWriter, *http.Request, *exchange) error) error {
	matched := c.table.MatchTunnel(authority)
	if matched == nil {
		return ErrNoRoute
	}
	if err := checkUnderscores(r.Header, c.underscores); err != nil {
		return err
	}
	answer := w.(*answerWriter) // see compile
	x := &answer.exchange
	x.answer, x.route, x.authority, x.addr = answer, c.routes[matched], authority, web.ClientAddrBehind(r, c.trustedHops)
	x.host, x.cleaned = c.signInHost(r, authority, matched), route.Cleaned{Path: "/", Escaped: "/"}
	if err := c.forwarder.checkOrigin(r, x); err != nil {
		return err
	}
	var err error
	if x.session, err = c.identify(r, x); err != nil {
		return err
	}
	d := c.judge(r, x)
	switch d.Outcome {
	case policy.Allow:
		if c.tooLongAgo(x) {
			return c.stepUp(w, r, x)
		}
		if err := c.limit(w, x); err != nil {
			return err
		}
		return c.forwarder.tunnel(r, x)
	case policy.SignIn:
		return signIn(w, r, x)
	case policy.CertificateRequired:
		return x.route.refuseCertificate(d)
	}
	return c.deny(w, r, x, d)
}

// checkConnect returns the target of a CONNECT. It refuses one with content or without a
// plain target (RFC 9110 §9.3.6), and one that asks for another protocol than TCP (RFC
// 8441). Over HTTP/2 the content is the tunnel, whose length nobody knows.
func (c *chain) checkConnect(r *http.Request) (authority string, err error) {
	authority, ok := c.authorityOf(r.Host)
	content := r.ContentLength > 0 || r.ProtoMajor < 2 && (r.ContentLength != 0 || len(r.TransferEncoding) > 0)
	if !ok || content || r.URL.Host != r.Host || r.URL.Path != "" || r.URL.RawQuery != "" || r.URL.User != nil || r.URL.Opaque != "" || r.Header[":protocol"] != nil {
		return "", ErrConnectForm
	}
	return authority, nil
}

// authorityOf returns the target of a CONNECT with its port. pomerium-cli asks for a
// route whose URL has no port without one: it means that of https, if a route has that.
func (c *chain) authorityOf(target string) (authority string, ok bool) {
	if _, _, ok = route.ParseAuthority(target); ok {
		return target, true
	}
	host, port, ok := hostname.Parse(target)
	if !ok || port != "" || strings.HasSuffix(target, ":") {
		return "", false
	}
	authority = net.JoinHostPort(host, "443")
	return authority, c.table.MatchTunnel(authority) != nil
}

// signInHost returns the host at whose sessions a request for a tunnel is looked at. It is that of
// the route. A program that speaks to another of our hosts for TCP (pomerium-cli
// --pomerium-url) has signed in there.
func (c *chain) signInHost(r *http.Request, authority string, matched *route.Route) string {
	if claims := c.forwarder.cookies.programs.unwrap(credentialOf(r)); claims != nil && c.table.TunnelHost(claims.Audience) {
		return claims.Audience
	}
	if matched.From.Wildcard() {
		host, _, _ := route.ParseAuthority(authority)
		return host
	}
	return matched.From.Host
}
