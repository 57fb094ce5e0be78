package proxy

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"gatehouse/internal/gateway/balance"
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
	tried := []*balance.Host{x.upstream}
	resp, err := f.send(r, x, body)
	for refusedConnection(err) && !body.touched() && r.Context().Err() == nil {
		other := f.set.Pick(x.balancingKey(), tried)
		if other == nil || !f.set.Retries() {
			return resp, err
		}
		tried = append(tried, other)
		resp, err = f.again(r, x, other, body)
		f.set.Retried()
	}
	return resp, err
}

// again sends a request to another upstream than the one that it was made for.
func (f failover) again(r *http.Request, x *exchange, to *balance.Host, body *kept) (*http.Response, error) {
	from := x.target
	x.goTo(to)
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = x.target.scheme, x.target.host
	if r.Host == from.host {
		r.Host = x.target.host
	}
	return f.send(r, x, body)
}

func (f failover) send(r *http.Request, x *exchange, body *kept) (*http.Response, error) {
	if body != nil {
		r = r.WithContext(r.Context()) // a copy: the request is not ours to change
		r.Body = body
	}
	resp, err := f.count(r)
	switch {
	case err == nil:
		f.set.Report(x.upstream, resp.StatusCode)
	case ranOut(r, err):
	case !errors.Is(classify(r.Context(), err), errClientGone) && !errors.Is(err, ErrUpstreamBusy) && x.ended.Load() == nil && x.received.fault() == nil:
		f.set.Report(x.upstream, 0)
	}
	return resp, err
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
