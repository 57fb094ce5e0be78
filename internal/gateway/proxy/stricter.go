package proxy

import (
	"net/http"
	"strconv"
	"strings"
)

// stricter are the built-in headers of answers that an upstream may know a
// stricter value of. Its value stays then. A value that the file sets is always
// set: somebody chose it.
var stricter = map[string]func(theirs []string) bool{
	"X-Frame-Options":           deniesFrames,
	"Strict-Transport-Security": lastsLonger,
}

func deniesFrames(theirs []string) bool {
	for value := range strings.SplitSeq(strings.Join(theirs, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(value), "DENY") {
			return true
		}
	}
	return false
}

// The built-in value of Strict-Transport-Security, and its max-age.
const (
	builtInMaxAge            = 31536000
	builtInTransportSecurity = "max-age=31536000; includeSubDomains; preload"
)

// lastsLonger reports whether a browser would remember theirs for longer than ours,
// for the subdomains too. RFC 6797 §8.1: the first header counts.
func lastsLonger(theirs []string) bool {
	age, below := 0, false
	for directive := range strings.SplitSeq(theirs[0], ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "max-age":
			age, _ = strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
		case "includesubdomains":
			below = true
		}
	}
	return below && age > builtInMaxAge
}

// setResponseHeaders sets the headers of a route on an answer.
func setResponseHeaders(h http.Header, cr *compiledRoute) {
	for name, value := range cr.response {
		if theirs := h[name]; len(theirs) > 0 && cr.builtIn[name] && stricter[name](theirs) {
			continue
		}
		h[name] = value // of capacity one, so that appending to it makes a copy
	}
}

// builtInHeaders returns the names of stricter that the file sets nowhere for a
// route.
func (cfg *Config) builtInHeaders(r *Route) map[string]bool {
	if cfg.ResponseHeaders != nil || r.NoResponseHeaders {
		return nil
	}
	names := map[string]bool{}
	for name := range stricter {
		names[name] = true
	}
	for name := range r.SetResponseHeaders {
		delete(names, http.CanonicalHeaderKey(name))
	}
	return names
}
