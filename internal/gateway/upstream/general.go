package upstream

import (
	"net/http"
	"net/http/httptrace"
)

// General is an [http.Transport] for the upstreams of a gateway. It also repeats a request
// of which nothing has left, on another connection: net/http returns an error if the
// upstream closes an idle connection at that moment and the request has a body. And it
// gives a request no answer that came before it. Use NewGeneral.
type General struct{ *http.Transport }

// NewGeneral makes a General of a transport, which must not be used otherwise.
func NewGeneral(t *http.Transport) General {
	if p := t.Protocols; t.DialContext != nil && (p == nil || !p.UnencryptedHTTP2()) {
		t.DialContext = guard(t.DialContext)
	}
	return General{t}
}

// RoundTrip implements [http.RoundTripper].
func (g General) RoundTrip(r *http.Request) (*http.Response, error) {
	var on *guarded // nil: nothing is known of the connection, or it is a new one
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if on, _ = got.Conn.(*guarded); on != nil {
			on.begin()
		}
		if !got.Reused {
			on = nil
		}
	}})
	sent := r.WithContext(ctx) // a copy: the request is not ours to change
	body := keep(sent)
	for {
		resp, err := g.Transport.RoundTrip(sent)
		if err == nil || on == nil || !on.isUnsent() || ctx.Err() != nil || !body.again() {
			body.leave(err)
			return resp, err
		}
	}
}
