package route

import (
	"net/http"
	"strings"
)

// UpstreamHost returns the Host to send upstream. public is the host, with port,
// under which people know the application; upstream is that of the upstream's URL.
// The first of these keys that is set decides: host_rewrite, host_rewrite_header,
// host_path_regex_rewrite, preserve_host_header. Without any, it is upstream. A
// header or a path that gives no usable host is skipped.
func (r *Route) UpstreamHost(public, upstream string, header http.Header, c Cleaned) string {
	w := r.Rewrite
	switch {
	case w.Host != "":
		return w.Host
	case w.HostHeader != "":
		return hostOr(header.Get(w.HostHeader), upstream)
	case r.compiled.hostFromPath != nil:
		x := r.compiled.hostFromPath
		if !x.pattern.MatchString(c.Escaped) {
			return upstream
		}
		return hostOr(x.replace(c.Escaped), upstream)
	case w.PreserveHost:
		return public
	}
	return upstream
}

// KeepsHost reports whether UpstreamHost is always the public host.
func (r *Route) KeepsHost() bool {
	w := r.Rewrite
	return w.PreserveHost && w.Host == "" && w.HostHeader == "" && w.HostPathRegexPattern == ""
}

func hostOr(host, otherwise string) string {
	if usableHost(host) {
		return host
	}
	return otherwise
}

// usableHost reports whether a text can be a Host header.
func usableHost(host string) bool {
	name, port, ok := splitPort(host)
	if !ok || port != "" && strings.Trim(port, "0123456789") != "" {
		return false
	}
	_, ok = parseHost(name)
	return ok && !strings.Contains(host, "*")
}
