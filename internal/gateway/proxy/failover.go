package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/upstream"
)

// failover sends a request to another upstream of its route if the chosen one
// accepts no connection: then it is certain that no upstream has seen the request,
// and nothing of its body was read. It tells the upstreams' set what came of each.
type failover struct {
	next http.RoundTripper
	set  *balance.Set
}

// RoundTrip implements http.RoundTripper.
func (f failover) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeOf(r.Context())
	if x == nil || x.upstream == nil {
		return f.next.RoundTrip(r)
	}
	body := keep(r)
	return f.attempts(r.Context(), r, x, body, func(from *target) (*http.Response, error) {
		if from != nil {
			r = r.Clone(r.Context())
			r.URL.Scheme, r.URL.Host, r.Host = x.target.scheme, x.target.host, from.renamed(r.Host, x.target)
		}
		if body == nil {
			return f.count(r)
		}
		sent := r.WithContext(r.Context()) // a copy: the request is not ours to change
		sent.Body = body
		return f.count(sent)
	})
}

// attempts calls send until an upstream accepts the connection, or there is no other one.
// ctx is the exchange's, and r has the headers of its request. If send is called again, it
// gets the target that the request was made for before.
func (f failover) attempts(ctx context.Context, r *http.Request, x *exchange, body *kept, send func(from *target) (*http.Response, error)) (*http.Response, error) {
	resp, err := send(nil)
	f.report(ctx, r, x, resp, err)
	var tried []*balance.Host
	for refusedConnection(err) && !body.touched() && ctx.Err() == nil {
		tried = append(tried, x.upstream)
		other := f.set.Pick(x.balancingKey(), tried)
		if other == nil || !f.set.Retries() {
			return resp, err
		}
		from := x.target
		x.goTo(other)
		resp, err = send(from)
		f.report(ctx, r, x, resp, err)
		f.set.Retried()
	}
	return resp, err
}

// renamed returns the name by which another target is asked in place of t.
func (t *target) renamed(name string, other *target) string {
	if name == t.host {
		return other.host
	}
	return name
}

// report tells the upstreams' set what came of a request.
func (f failover) report(ctx context.Context, r *http.Request, x *exchange, resp *http.Response, err error) {
	switch {
	case err == nil:
		f.set.Report(x.upstream, resp.StatusCode)
	case ranOut(r, err), err == upstream.ErrNotPlain: // which is sent in another way
	case !errors.Is(classify(ctx, err), errClientGone) && !errors.Is(err, ErrUpstreamBusy) && x.ended.Load() == nil && x.received.fault() == nil:
		f.set.Report(x.upstream, 0)
	}
}

// count counts a request while it waits for a connection.
func (f failover) count(r *http.Request) (*http.Response, error) {
	if !f.set.LimitsWaiting() {
		return f.next.RoundTrip(r)
	}
	if !f.set.Waits() {
		return nil, ErrUpstreamBusy
	}
	got := sync.OnceFunc(f.set.Waited)
	defer got()
	return f.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { got() }})))
}

func refusedConnection(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// kept is the body of a request that stays open for another upstream until it was
// read. Who serves the request closes it in the end. A nil one is no body.
type kept struct {
	io.Reader
	read atomic.Bool
}

func keep(r *http.Request) *kept {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	return &kept{Reader: r.Body}
}

func (k *kept) touched() bool { return k != nil && k.read.Load() }

// Read implements io.Reader.
func (k *kept) Read(p []byte) (int, error) {
	k.read.Store(true)
	return k.Reader.Read(p)
}

// Close implements io.Closer.
func (k *kept) Close() error { return nil }
