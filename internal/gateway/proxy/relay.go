package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/gateway/upstream"
)

// relay is the reverse proxy of a route: it sends requests on to an upstream, and the
// answers back (RFC 9110 §7.6).
type relay struct {
	*forwarder
	transport http.RoundTripper
}

// pass sends the request of an exchange on, and its answer back. ctx is the exchange's.
func (p *relay) pass(ctx context.Context, r *http.Request, x *exchange) {
	defer x.received.leave()
	x.interim.understood = r.ProtoAtLeast(1, 1)
	res, err := p.send(ctx, r, x)
	x.interim.end()
	switch {
	case err != nil:
		p.upstreamFailed(ctx, r, x, err)
	case res.StatusCode < http.StatusContinue || res.StatusCode > 999:
		res.Body.Close()
		p.upstreamFailed(ctx, r, x, upstream.ErrStatus) // net/http's server would not write it
	case res.StatusCode == http.StatusSwitchingProtocols:
		p.change(ctx, r, x, res)
	default:
		p.notePreflight(r, x, res)
		p.passAnswer(ctx, r, x, res)
	}
}

// send sends the request of an exchange to its upstream, and returns the answer.
func (p *relay) send(ctx context.Context, r *http.Request, x *exchange) (*http.Response, error) {
	out := p.outgoing(r, x)
	defer out.leave()
	if x.received == nil && x.protocol == "" {
		if res, err := p.sendPlain(ctx, r, x, out); err != upstream.ErrNotPlain {
			x.inPlace = out.Answer != nil
			return res, err
		}
	}
	return p.transport.RoundTrip(out.request(httptrace.WithClientTrace(ctx, x.interim.trace(x)), r, x))
}

// sendPlain sends a request without a body over a connection of our own, or returns
// upstream.ErrNotPlain.
func (p *relay) sendPlain(ctx context.Context, r *http.Request, x *exchange, out *outgoing) (*http.Response, error) {
	road, others := p.shortRoad()
	if road == nil {
		return nil, upstream.ErrNotPlain
	}
	out.Interim = x
	if h := x.answer.Header(); x.answer.isBare(h) {
		out.Answer = h
	}
	if others.set == nil || x.upstream == nil {
		return out.sendTo(ctx, x.target, road)
	}
	return others.attempts(ctx, r, x, nil, func(from *target) (*http.Response, error) {
		if from != nil {
			out.Host, out.Name = x.target.host, from.renamed(out.Name, x.target)
		}
		return out.sendTo(ctx, x.target, road)
	})
}

func (o *outgoing) sendTo(ctx context.Context, t *target, road *upstream.Transport) (*http.Response, error) {
	if t.scheme != "http" {
		return nil, upstream.ErrNotPlain
	}
	return road.Send(ctx, &o.Request)
}

// shortRoad returns the transport that sends requests without net/http, nil if the route
// has none, and who chooses another upstream if one takes no connection.
func (p *relay) shortRoad() (road *upstream.Transport, others failover) {
	transport := p.transport
	if f, ok := transport.(failover); ok {
		others, transport = f, f.next
	}
	if c, ok := transport.(changing); ok {
		transport = c.RoundTripper
	}
	road, _ = transport.(*upstream.Transport)
	return road, others
}

// passAnswer sends an answer on. If a part of it is missing, the client's connection is
// cut, or the call ends with an error: the client must not take what there is for the
// whole.
func (p *relay) passAnswer(ctx context.Context, r *http.Request, x *exchange, res *http.Response) {
	dropHopByHop(res.Header)
	p.modifyResponse(ctx, x, res)
	h := x.answer.Header()
	if !x.inPlace {
		moveHeaders(h, res.Header)
	}
	if _, typed := h["Content-Type"]; !typed {
		h["Content-Type"] = nil // or net/http would guess one
	}
	announceTrailers(h, res.Trailer)
	x.answer.WriteHeader(res.StatusCode)
	err := x.passBody(res)
	if err != nil {
		x.abort() // or closing would wait for a client that sends nothing more
	}
	res.Body.Close() // the trailers are complete now
	if err != nil {
		if !x.endCall(ctx, r, err) {
			cutAnswer(ctx)
		}
		return
	}
	if len(res.Trailer) > 0 {
		x.answer.flush() // an answer of which net/http finds out the length has no trailers
	}
	passTrailers(h, res.Trailer)
}

// cutAnswer makes net/http's server end the connection in the middle of an answer.
// Without a server there is nobody to do so.
func cutAnswer(ctx context.Context) {
	if ctx.Value(http.ServerContextKey) != nil {
		panic(http.ErrAbortHandler)
	}
}

// passBody sends the body of an answer on. Events, and a body of unknown length, go on
// as they come; see answerWriter for the others.
func (x *exchange) passBody(res *http.Response) error {
	if res.Body == http.NoBody {
		return nil
	}
	streams := res.ContentLength < 0 || isEventStream(res.Header)
	come := func() {}
	if streams {
		come = unlessBefore(headWait, x.answer.flush)
	}
	buf := buffers.Get()
	defer buffers.Put(buf)
	for {
		n, err := res.Body.Read(buf)
		come()
		if n > 0 {
			if _, failed := x.answer.Write(buf[:n]); failed != nil {
				return failed
			}
			if streams {
				x.answer.flush()
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// headWait is how long the head of an answer waits for the first bytes of its body.
const headWait = time.Millisecond

// unlessBefore calls do after a time, unless the function that it returns is called
// before. That one waits for a call under way.
func unlessBefore(after time.Duration, do func()) (come func()) {
	var mu sync.Mutex
	over := false
	timer := time.AfterFunc(after, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			do()
		}
	})
	return func() {
		if !timer.Stop() {
			mu.Lock()
			defer mu.Unlock()
			over = true
		}
	}
}

func isEventStream(h http.Header) bool {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "text/event-stream")
}

// announceTrailers names the trailers that may follow an answer.
func announceTrailers(h, trailer http.Header) {
	var names []string
	for name := range trailer {
		if trailerPasses(name) {
			names = append(names, name)
		}
	}
	if names != nil {
		slices.Sort(names)
		h["Trailer"] = append(slices.Clip(h["Trailer"]), strings.Join(names, ", "))
	}
}

// passTrailers sends trailers on, those too that were not announced.
func passTrailers(h, trailer http.Header) {
	for name, values := range trailer {
		if trailerPasses(name) {
			h[http.TrailerPrefix+name] = values
		}
	}
}

// trailerPasses reports whether an upstream's trailer goes on: not those that
// modifyResponse removes from headers, nor those that say how a message is read, of
// which some clients make headers (RFC 9110 §6.5.1).
func trailerPasses(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Set-Cookie", headerIntercepted:
		return false
	}
	return httpguts.ValidTrailerHeader(name)
}

// interim passes interim answers (1xx) on, until the answer has come. They come from
// another goroutine. With hooks, net/http leaves it to us how many there may be.
type interim struct {
	understood bool // by the client: HTTP/1.0 has none, and one would pass for the answer
	mu         sync.Mutex
	over       bool
	count      int
	hooks      httptrace.ClientTrace
}

// trace returns what hears of the interim answers to the request of x.
func (i *interim) trace(x *exchange) *httptrace.ClientTrace {
	i.hooks.Got1xxResponse = func(status int, header textproto.MIMEHeader) error { return x.Interim(status, http.Header(header)) }
	return &i.hooks
}

func (i *interim) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.over = true
}

// Interim implements upstream.Interim: it sends an interim answer on. Its headers are not
// those of the answer: net/http would send them with it again.
func (x *exchange) Interim(status int, theirs http.Header) error {
	x.interim.mu.Lock()
	defer x.interim.mu.Unlock()
	if x.interim.count++; x.interim.count > upstream.MaxInterim {
		return upstream.ErrInterim
	}
	if x.interim.over || !x.interim.understood {
		return nil
	}
	dropHopByHop(theirs)
	delete(theirs, headerIntercepted)
	h := x.answer.Header()
	moveHeaders(h, theirs)
	x.answer.WriteHeader(status)
	clear(h)
	return nil
}
