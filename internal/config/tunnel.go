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
	r.From = in
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

// checkTunnelTarget checks an upstream of a route for TCP.
func (k *checker) checkTunnelTarget(path string, u *url.URL) {
	switch {
	case u.Scheme != "tcp":
		k.fail(path, settings.QuoteURL(u.String()), "a tcp URL, as a route with tcp+https needs it", settings.DidYouMean("tcp://"+u.Host))
	case !isPort(u.Port()) || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		k.fail(path, settings.QuoteURL(u.String()), "a tcp URL with a host and a port only", "write it like tcp://redis.internal:6379")
	}
}
