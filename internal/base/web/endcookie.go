package web

import (
	"net/http"
	"slices"
	"strings"
)

// EndCookie tells a browser to delete every cookie of a name that it sends. Without
// TLS, any host of a domain can set one for all others, and for a path of its
// choice, and [ClearCookie] would miss it.
func EndCookie(w http.ResponseWriter, r *http.Request, name string) {
	for _, line := range CookieEndings(r, name, maxPathsEnded) {
		w.Header().Add("Set-Cookie", line)
	}
}

// maxPathsEnded is enough for a path of twelve parts.
const maxPathsEnded = 24

// CookieEndings returns the Set-Cookie lines that end a cookie of a name, whichever
// host of the domain set it and for which path above the request's, of which at most
// maxPaths are tried. The request does not say: a cookie is its name, domain and path
// together (RFC 6265 §5.3, step 11).
func CookieEndings(r *http.Request, name string, maxPaths int) []string {
	var all []string
	for _, path := range pathsAbove(r.URL.EscapedPath(), maxPaths) {
		for _, domain := range domainsAbove(Host(r)) {
			all = append(all, name+"=x; Path="+path+domain+"; Max-Age=0")
		}
	}
	return all
}

// pathsAbove returns the paths whose cookies a request for path sends (RFC 6265
// §5.1.4), at most limit of them.
func pathsAbove(path string, limit int) []string {
	all := []string{"/"}
	for i := 1; i <= len(path) && len(all) < limit; i++ {
		if i == len(path) || path[i] == '/' {
			all = append(all, path[:i])
		}
		if i < len(path) && path[i] == '/' {
			all = append(all, path[:i+1])
		}
	}
	return slices.DeleteFunc(slices.Compact(all), func(p string) bool { return strings.Contains(p, ";") })
}

// domainsAbove returns the attributes of the domains whose cookies a request to
// host sends (RFC 6265 §5.1.3), "" for the host alone, at most maxDomains of them.
func domainsAbove(host string) []string {
	all := []string{""}
	if strings.Trim(host, "0123456789.:") == "" || strings.Contains(host, ":") { // an IP address
		return all
	}
	for domain := host; strings.Contains(domain, ".") && len(all) < maxDomains; _, domain, _ = strings.Cut(domain, ".") {
		all = append(all, "; Domain="+domain)
	}
	return all
}

const maxDomains = 8
