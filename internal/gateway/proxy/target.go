package proxy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// target is an upstream in the form that the proxy uses.
type target struct {
	scheme, host string
	unnamed      bool // host is none that the upstream could know
}

// target returns the target of an upstream's URL. A unix socket gets a host that
// stands for it: net/http keeps connections by their host.
func (ts *transports) target(u *url.URL) (*target, error) {
	if u == nil || u.Host == "" && u.Path == "" {
		return nil, errors.New("to: an upstream has no host")
	}
	switch u.Scheme {
	case "http", "https":
		return &target{scheme: u.Scheme, host: u.Host}, nil
	case "h2c":
		return &target{scheme: "http", host: u.Host}, nil
	case "unix", "http+unix", "https+unix":
		host := fmt.Sprintf("socket-%x.invalid", sha256.Sum224([]byte(u.Path)))
		ts.sockets[host] = u.Path
		scheme, _ := strings.CutSuffix(u.Scheme, "+unix")
		if scheme == "unix" {
			scheme = "http"
		}
		return &target{scheme: scheme, host: host, unnamed: true}, nil
	}
	return nil, fmt.Errorf("to: the scheme %q is not supported; use http, https, h2c, http+unix or https+unix", u.Scheme)
}

// name is the host by which an upstream is asked, unless the route says another.
// Pomerium: an upstream at a socket gets the public one.
func (t *target) name(public string) string {
	if t.unnamed {
		return public
	}
	return t.host
}

// atSocket reports whether the upstreams of the route are unix sockets.
func (r *Route) atSocket() bool { return len(r.To) > 0 && r.To[0].URL.Host == "" }
