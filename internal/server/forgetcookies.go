package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/base/web"
)

// forgetCookies tells a browser to delete the cookies that it sends. Any host of a
// domain can set them for all others, so a person could not get rid of them here.
//
// With TLS one header ends all cookies of the domain, those of the applications
// too: none of them could be opened either. Without TLS most browsers ignore it
// (W3C Clear Site Data §3.3). Then each cookie is ended by its name, the largest
// ones first, as many as fit into an answer.
func forgetCookies(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Clear-Site-Data", `"cookies"`)
	if web.Scheme(r) == "https" {
		return
	}
	room := maxForgetting
	for _, name := range cookieNames(r) {
		for _, line := range endings(r, name) {
			if room -= len("Set-Cookie: \r\n") + len(line); room < 0 {
				return
			}
			w.Header().Add("Set-Cookie", line)
		}
	}
}

// maxForgetting limits the Set-Cookie headers of one answer. Chromium takes 256 KiB
// of headers.
const maxForgetting = 64 << 10

// cookieNames returns the names of the cookies of a request, each once, the largest
// cookie first. They are read here and not by net/http, which drops names that
// browsers keep.
func cookieNames(r *http.Request) []string {
	var pairs []string
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			pairs = append(pairs, strings.TrimSpace(pair))
		}
	}
	slices.SortStableFunc(pairs, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var names []string
	seen := make(map[string]bool)
	for _, pair := range pairs {
		name, _, named := strings.Cut(pair, "=")
		if !named { // RFC 6265bis §5.7: a cookie without a name is sent as its value
			name = ""
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// endings returns what ends a cookie of a name, whichever host of the domain set it
// and for which path above the request's. The request does not say: a cookie is its
// name, domain and path together (RFC 6265 §5.3, step 11).
func endings(r *http.Request, name string) []string {
	var all []string
	for _, path := range pathsAbove(r.URL.EscapedPath()) {
		for _, domain := range domainsAbove(web.Host(r)) {
			all = append(all, name+"=x; Path="+path+domain+"; Max-Age=0")
		}
	}
	return all
}

// pathsAbove returns the paths whose cookies a request for path sends (RFC 6265
// §5.1.4), at most maxAbove of them.
func pathsAbove(path string) []string {
	all := []string{"/"}
	for i := 1; i <= len(path) && len(all) < maxAbove; i++ {
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
// host sends (RFC 6265 §5.1.3), "" for the host alone, at most maxAbove of them.
func domainsAbove(host string) []string {
	all := []string{""}
	if strings.Trim(host, "0123456789.:") == "" || strings.Contains(host, ":") { // an IP address
		return all
	}
	for domain := host; strings.Contains(domain, ".") && len(all) < maxAbove; _, domain, _ = strings.Cut(domain, ".") {
		all = append(all, "; Domain="+domain)
	}
	return all
}

const maxAbove = 8
