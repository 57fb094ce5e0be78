package config

import (
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/settings"
)

// Tunnel is a route for TCP connections: programs ask for them with CONNECT.
type Tunnel struct {
	From        *url.URL // as in the file: tcp+https://…
	Authorities []string // the targets of CONNECT: host and port each
	portMissing []string // the upstreams that the file gives no port
}

// resolveTunnel takes the URL of a route for TCP apart. The route's From becomes the
// URL at which people sign in for it. Pomerium: the path names the targets, if there is
// one; the host is then only where the connections come in.
func (r *Route) resolveTunnel() {
	if r.From == nil || r.From.Scheme != "tcp+https" && r.From.Scheme != "tcp+http" {
		return
	}
	in := &url.URL{Scheme: strings.TrimPrefix(r.From.Scheme, "tcp+"), User: r.From.User, Host: r.From.Host, RawQuery: r.From.RawQuery, Fragment: r.From.Fragment}
	r.Tunnel = &Tunnel{From: r.From, Authorities: []string{r.From.Host}}
	if r.Tunnel.portIsTargets() {
		in.Host = hostOf(r.From)
	} else {
		r.Tunnel.Authorities = strings.Split(strings.Trim(r.From.Path, "/"), "/")
	}
	for i, authority := range r.Tunnel.Authorities {
		r.Tunnel.Authorities[i] = withPort(authority)
	}
	r.From = in
	r.completePorts()
}

// completePorts gives the port 80 to upstreams without one, as Pomerium does.
func (r *Route) completePorts() {
	for _, to := range r.To {
		if u := to.URL; u != nil && u.Scheme == "tcp" && u.Hostname() != "" && u.Port() == "" && !strings.HasSuffix(u.Host, ":") {
			r.Tunnel.portMissing = append(r.Tunnel.portMissing, u.String())
			u.Host += ":80"
		}
	}
}

// withPort returns a target with its port, which is that of https if the file has none.
func withPort(authority string) string {
	_, port, ok := hostname.Parse(strings.ReplaceAll(authority, "*", "x"))
	if !ok || port != "" || strings.HasSuffix(authority, ":") {
		return authority
	}
	return authority + ":443"
}

// portIsTargets reports whether the port of From is a part of the target's name, and
// not the port at which the gateway is reached.
func (t *Tunnel) portIsTargets() bool { return strings.Trim(t.From.Path, "/") == "" }

// hostOf returns the host of a URL without its port.
func hostOf(u *url.URL) string {
	if strings.Contains(u.Hostname(), ":") {
		return "[" + u.Hostname() + "]"
	}
	return u.Hostname()
}

func (k *checker) checkTunnel(r *Route) {
	for _, authority := range r.Tunnel.Authorities {
		_, port, ok := hostname.Parse(strings.ReplaceAll(authority, "*", "x"))
		if !ok || port == "" {
			k.fail(r.Key+".from", settings.QuoteURL(r.Tunnel.From.String()), "a URL with a host and a port for each target", "write tcp+https://redis.corp.example.com:6379, or tcp+https://proxy.corp.example.com/redis.internal:6379")
			break
		}
	}
	if r.Redirect != nil || r.Response != nil {
		k.fail(r.Key+".to", "a route for TCP has upstreams only", "", "take redirect and response out")
	}
}

// checkTunnelTargets checks the upstreams of a route for TCP. Pomerium: they are the
// targets (tcp), or proxies that are asked for the targets (http, https).
func (k *checker) checkTunnelTargets(r *Route) {
	schemes := map[string]bool{}
	for i, to := range r.To {
		path := r.Key + ".to"
		if len(r.To) > 1 {
			path = settings.Item(path, i)
		}
		if to.URL != nil {
			schemes[to.URL.Scheme] = true
			k.checkTunnelTarget(path, to.URL)
		}
	}
	if len(schemes) > 1 {
		k.fail(r.Key+".to", "upstreams with different schemes", "", "put each kind into a route of its own")
	}
	if _, port, ok := hostname.Parse(r.HostRewrite); r.HostRewrite != "" && (!ok || port == "") {
		k.fail(r.Key+".host_rewrite", settings.Quote(r.HostRewrite), "a host and a port, for which the proxy is asked", "write it like redis.internal:6379")
	}
}

func (k *checker) checkTunnelTarget(path string, u *url.URL) {
	isProxy := u.Scheme == "http" || u.Scheme == "https"
	switch {
	case !isProxy && u.Scheme != "tcp":
		k.fail(path, settings.QuoteURL(u.String()), "a tcp URL, as a route with tcp+https needs it", settings.DidYouMean("tcp://"+u.Host))
	case u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || isProxy && u.Port() != "" && !isPort(u.Port()):
		k.fail(path, settings.QuoteURL(u.String()), "a URL with a host and a port only", "write it like tcp://redis.internal:6379, or http://proxy.internal:3128 for a proxy")
	case !isProxy && !isPort(u.Port()):
		k.fail(path, settings.QuoteURL(u.String()), "a tcp URL with a host and a port", "write it like tcp://redis.internal:6379")
	}
}

// asksProxies reports whether the upstreams of a route for TCP are proxies.
func (r *Route) asksProxies() bool {
	return r.Tunnel != nil && len(r.To) > 0 && r.To[0].URL != nil && r.To[0].URL.Scheme != "tcp"
}

// warnTunnels names the routes whose proxies are asked for themselves, and those whose
// upstreams have no port.
func (c *Config) warnTunnels() {
	for _, r := range c.AllRoutes() {
		if r.Tunnel != nil && len(r.Tunnel.portMissing) > 0 {
			c.Warnings = append(c.Warnings, r.Key+".to: "+strings.Join(r.Tunnel.portMissing, ", ")+": no port, so port 80, as at Pomerium: write the port that is meant")
		}
		if r.asksProxies() && !r.PreserveHostHeader && r.HostRewrite == "" {
			c.Warnings = append(c.Warnings, r.Key+".to: the proxy is asked for a connection with itself, as at Pomerium; with preserve_host_header: true it is asked for what the program names, and with host_rewrite for another host and port")
		}
	}
}
