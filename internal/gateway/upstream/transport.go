package upstream

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Transport is an [http.RoundTripper] with the limits of an [http.Transport]:
// MaxIdleConns, MaxIdleConnsPerHost, IdleConnTimeout and MaxResponseHeaderBytes. It
// takes over its DialContext, too, which must be set. It is safe for concurrent use.
type Transport struct {
	general General
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	idle    pool
	header  int64 // the largest header of an answer, in bytes
}

// New returns a transport. What it has no road of its own for, general does.
func New(general *http.Transport) *Transport {
	t := &Transport{
		dial: general.DialContext, header: general.MaxResponseHeaderBytes,
		idle: pool{perHost: general.MaxIdleConnsPerHost, total: general.MaxIdleConns, timeout: general.IdleConnTimeout},
	}
	t.general = NewGeneral(general)
	if t.header == 0 {
		t.header = 10 << 20
	}
	return t
}

// RoundTrip implements [http.RoundTripper]. The errors are those of [http.Transport]:
// the cause of a context that has ended, and a [net.OpError] with Op "dial" if nothing
// was sent.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	buffer := requests.Get().(*[]byte)
	out, plain := appendPlain((*buffer)[:0], r)
	if cap(out) <= keptRequest {
		*buffer = out
	}
	if !plain {
		requests.Put(buffer)
		return t.general.RoundTrip(r)
	}
	defer requests.Put(buffer)
	return t.send(r, out)
}

// send sends r, which out is, and returns the answer.
func (t *Transport) send(r *http.Request, out []byte) (*http.Response, error) {
	for {
		c, err := t.connection(r)
		if err != nil {
			return nil, err
		}
		resp, err := c.roundTrip(r, out)
		if err == nil || !c.mayRepeat(r, err) {
			return resp, err
		}
	}
}

// requests has memory for requests, until their answers begin.
var requests = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// keptRequest is the largest memory that is used again.
const keptRequest = 16 << 10

// connection returns an idle connection to the host of r, or a new one.
func (t *Transport) connection(r *http.Request) (*conn, error) {
	addr := addressOf(r)
	if c := t.idle.take(addr, time.Now()); c != nil {
		return c, nil
	}
	nc, err := t.dial(r.Context(), "tcp", addr)
	if err != nil {
		return nil, causeOr(r.Context(), err)
	}
	return newConn(nc, addr, &t.idle, t.header), nil
}

func addressOf(r *http.Request) string {
	if r.URL.Port() != "" {
		return r.URL.Host
	}
	return net.JoinHostPort(r.URL.Hostname(), "80")
}

// CloseIdleConnections closes the connections that no request uses. Those in use are
// closed after their request.
func (t *Transport) CloseIdleConnections() {
	t.idle.close()
	t.general.CloseIdleConnections()
}
