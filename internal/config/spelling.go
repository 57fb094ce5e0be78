package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/base/settings"
)

// completeRoutes brings what Pomerium accepts in several spellings into one, and leaves
// out what it accepts without effect.
func (c *Config) completeRoutes() {
	var plain, user, query, host []string
	for _, r := range c.AllRoutes() {
		if r.completeScheme() {
			plain = append(plain, r.Key+".from")
		}
		r.completeDependsOn()
		r.completeHostRedirect()
		hadUser, hadQuery := r.completeTo()
		if hadUser {
			user = append(user, r.Key+".to")
		}
		if hadQuery {
			query = append(query, r.Key+".to")
		}
		host = append(host, r.completeRequestHeaders()...)
	}
	c.warnAt(plain, "routes with http answer at https, as at Pomerium; write https")
	c.warnAt(user, "the user in a URL has no effect, as at Pomerium; set the header Authorization with set_request_headers")
	c.warnAt(query, "query and fragment of a URL have no effect, as at Pomerium")
	if len(host) > 0 {
		c.Warnings = append(c.Warnings, advice{says: "the keys for the host are `host_rewrite` and `preserve_host_header`", paths: host}.String())
	}
	// Pomerium: quotes of a file with variables stay in the value.
	c.HTTPRedirectAddr = strings.Trim(c.HTTPRedirectAddr, `"'`)
}

// warnAt warns of what stands at paths, if there are any.
func (c *Config) warnAt(paths []string, text string) {
	if len(paths) > 0 {
		c.Warnings = append(c.Warnings, strings.Join(paths, ", ")+": "+text)
	}
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

// completeTo leaves out the parts of upstream URLs that Pomerium makes no use of, and
// reports which there were: a user, or a query or fragment.
func (r *Route) completeTo() (user, query bool) {
	for i, to := range r.To {
		if to.URL == nil || !slices.Contains([]string{"http", "https", "h2c"}, to.URL.Scheme) {
			continue
		}
		user = user || to.URL.User != nil
		query = query || to.URL.RawQuery != "" || to.URL.Fragment != ""
		u := *to.URL
		u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
		r.To[i].URL = &u
	}
	return user, query
}

// completeRequestHeaders leaves out the headers that cannot be set, and returns their
// paths. Pomerium: neither Host nor the pseudo-headers of HTTP/2 can be.
func (r *Route) completeRequestHeaders() (paths []string) {
	for _, name := range sortedKeys(r.SetRequestHeaders) {
		if strings.EqualFold(name, "host") || strings.HasPrefix(name, ":") {
			delete(r.SetRequestHeaders, name)
			paths = append(paths, settings.Join(r.Key+".set_request_headers", name))
		}
	}
	return paths
}
