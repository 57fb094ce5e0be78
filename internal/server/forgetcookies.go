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
		for _, line := range web.CookieEndings(r, name, maxPathsForgotten) {
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

// maxPathsForgotten is for how many paths each cookie is ended: so there is room for
// many cookies.
const maxPathsForgotten = 8

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
