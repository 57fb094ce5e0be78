package proxy

import "net/http"

// changing sends requests whose connection is to change its protocol over HTTP/1.1:
// HTTP/2 has no Upgrade (RFC 9113 §8.6). net/http does so for websockets alone.
type changing struct {
	http.RoundTripper
	http1 http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c changing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Upgrade") != "" {
		return c.http1.RoundTrip(r)
	}
	return c.RoundTripper.RoundTrip(r)
}

// upgrading returns the transport for the upstreams of a route that lets connections
// change to other protocols than websocket.
func (ts *transports) upgrading(cr *compiledRoute) (http.RoundTripper, error) {
	plain, err := ts.of(cr.Route)
	if err != nil || !cr.changesProtocol() {
		return plain, err
	}
	return changing{plain, ts.make(cr.Route, speaksHTTP1)}, nil
}

// changesProtocol reports whether connections of the route may become something else
// than a websocket.
func (cr *compiledRoute) changesProtocol() bool {
	for _, protocol := range cr.upgrades {
		if protocol != "websocket" {
			return true
		}
	}
	return false
}
