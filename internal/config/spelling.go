package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// completeRoutes brings what Pomerium accepts in several spellings into one.
func (c *Config) completeRoutes() {
	var plain []string
	for _, r := range c.AllRoutes() {
		if r.completeScheme() {
			plain = append(plain, r.Key+".from")
		}
		r.completeDependsOn()
		r.completeHostRedirect()
	}
	if len(plain) > 0 {
		c.Warnings = append(c.Warnings, strings.Join(plain, ", ")+": routes with http answer at https, as at Pomerium; write https")
	}
	// Pomerium: quotes of a file with variables stay in the value.
	c.HTTPRedirectAddr = strings.Trim(c.HTTPRedirectAddr, `"'`)
}

// completeScheme makes https of http and reports whether it did. Pomerium: the scheme
// of from does not count, since its cookies are Secure in any case. On this machine
// people do reach http.
func (r *Route) completeScheme() bool {
	if r.From == nil || r.From.Scheme != "http" || isLocal(r.From.Hostname()) {
		return false
	}
	from := *r.From
	from.Scheme = "https"
	if from.Port() == "80" {
		from.Host = strings.TrimSuffix(from.Host, ":80")
	}
	r.From = &from
	return true
}

// completeDependsOn takes the host out of a URL.
func (r *Route) completeDependsOn() {
	for i, text := range r.DependsOn {
		if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.Host != "" && strings.Contains(text, "/") {
			r.DependsOn[i] = u.Host
		}
	}
}

// completeHostRedirect takes a port out of the host to redirect to.
func (r *Route) completeHostRedirect() {
	if r.Redirect == nil {
		return
	}
	host, port, err := net.SplitHostPort(r.Redirect.HostRedirect)
	if err != nil || !isPort(port) {
		return
	}
	r.Redirect.HostRedirect = host
	if r.Redirect.PortRedirect == 0 {
		r.Redirect.PortRedirect, _ = strconv.Atoi(port)
	}
}
