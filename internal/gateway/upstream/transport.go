package upstream

import (
	"context"
	"errors"
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
	if plain, ok := plainRequest(r); ok {
		resp, err := t.Send(r.Context(), plain)
		if resp != nil {
			resp.Request = r
		}
		if err != ErrNotPlain {
			return resp, err
		}
	}
	return t.general.RoundTrip(r)
}

// ErrNotPlain says that nothing of a request was sent: it needs [Transport.RoundTrip].
var ErrNotPlain = errors.New("the request is not plain")

// Send sends a request, and returns the answer, which has no Request. Nothing of the
// request is used after Send has returned. The errors are those of RoundTrip, and
// ErrNotPlain.
func (t *Transport) Send(ctx context.Context, r *Request) (*http.Response, error) {
	buffer := requests.Get().(*[]byte)
	defer requests.Put(buffer)
	out, plain := r.append((*buffer)[:0])
	if cap(out) <= keptRequest {
		*buffer = out
	}
	if !plain {
		return nil, ErrNotPlain
	}
	return t.send(ctx, r, out)
}

// send sends r, which out is, and returns the answer.
func (t *Transport) send(ctx context.Context, r *Request, out []byte) (*http.Response, error) {
	for {
		c, err := t.connection(ctx, r.address())
		if err != nil {
			return nil, err
		}
		resp, err := c.roundTrip(ctx, r, out)
		if err == nil || !c.mayRepeat(ctx, r, err) {
			return resp, err
		}
	}
}

// requests has memory for requests, until their answers begin.
var requests = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// keptRequest is the largest memory that is used again.
const keptRequest = 16 << 10

// connection returns an idle connection to an address, or a new one.
func (t *Transport) connection(ctx context.Context, addr string) (*conn, error) {
	if c := t.idle.take(addr, time.Now()); c != nil {
		return c, nil
	}
	nc, err := t.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, causeOr(ctx, err)
	}
	return newConn(nc, addr, &t.idle, t.header), nil
}

// CloseIdleConnections closes the connections that no request uses. Those in use are
// closed after their request.
func (t *Transport) CloseIdleConnections() {
	t.idle.close()
	t.general.CloseIdleConnections()
}
