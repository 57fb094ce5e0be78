package proxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/lifetime"
	"gatehouse/internal/base/web"
)

// defaultIdleTimeout is Envoy's, which Pomerium keeps.
const defaultIdleTimeout = 5 * time.Minute

// errSilent ends a request that has been silent for too long.
var errSilent = errors.New("nothing was sent or received for too long (idle_timeout)")

// idleTimeoutOf returns how long the requests of a route may be silent; 0 is no
// limit. A limit on the whole request that is not longer makes it needless.
func (cr *compiledRoute) idleTimeoutOf() time.Duration {
	limit := defaultIdleTimeout
	switch {
	case cr.IdleTimeout != nil:
		limit = *cr.IdleTimeout
	case len(cr.Upgrades) > 0, cr.isTunnel():
		return 0 // Pomerium: an upgraded connection may be silent
	}
	if cr.timeout > 0 && limit >= cr.timeout {
		return 0
	}
	return limit
}

// limits returns how long an exchange may take, and how long it may be silent. A
// connection that changes its protocol is not bound by what the route does not say
// itself.
func (x *exchange) limits() (whole, idle time.Duration) {
	whole, idle = x.route.timeout, x.route.idle
	if x.protocol != "" && x.route.Timeout == nil {
		whole = 0
	}
	if x.protocol != "" && x.route.IdleTimeout == nil {
		idle = 0
	}
	return whole, idle
}

// silence cancels a request when no byte has passed in either direction for too
// long, from its beginning to its end. A nil one never does.
type silence struct {
	limit time.Duration
	timer *time.Timer
}

// watchSilence returns a context that ends with errSilent, and what must hear of
// every byte. A limit of 0 watches nothing. The stop function ends the watch.
func watchSilence(ctx context.Context, limit time.Duration) (context.Context, *silence, func()) {
	if limit <= 0 {
		return ctx, nil, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := &silence{limit: limit, timer: time.AfterFunc(limit, func() { cancel(errSilent) })}
	return ctx, s, func() {
		s.timer.Stop()
		cancel(nil)
	}
}

func (s *silence) heard(n int) {
	if s != nil && n > 0 {
		s.timer.Reset(s.limit)
	}
}

// requestBody is the body of a request. Its reading ends with the exchange.
type requestBody struct {
	io.ReadCloser
	silence *silence
	ctx     context.Context
	client  *http.ResponseController
	http1   bool
	over    atomic.Bool // nobody may read any more
	watch   lifetime.Watch

	mu    sync.Mutex
	left  int64 // bytes until the end; negative: nobody knows
	end   error // of the reading; nil: there was none yet
	cut   bool  // cutOff has ended the reading
	early bool  // the answer began before the end
	bad   error // why the client's bytes are no whole body; nil: they are, so far
}

// ErrRequestBody refuses a request whose body has no end that HTTP knows.
var ErrRequestBody = fault.New(fault.Invalid, "request_body", "The content of the request is not well formed, or breaks off.")

var errBodyLeft = errors.New("the body of a request was read after its end")

// Read implements io.Reader.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.over.Load() {
		return 0, errBodyLeft
	}
	if err := b.ended(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.silence.heard(n)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left > 0 {
		if b.left -= int64(n); b.left == 0 && err == nil {
			err = io.EOF // before an upstream can answer the last byte
		}
	}
	if b.end = err; err != nil && err != io.EOF && !b.cut {
		b.bad = err
	}
	return n, err
}

// ended returns how the reading ended. net/http's server closes a body that was read to its
// end as soon as an answer begins: who reads on to see the end would get an error, and take
// the body for a broken one.
func (b *requestBody) ended() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.end
}

// fault returns ErrRequestBody if the client broke its body off, or it has no form: then
// no upstream is to blame. b may be nil.
func (b *requestBody) fault() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bad == nil {
		return nil
	}
	return ErrRequestBody.Because(b.bad)
}

// Close implements io.Closer. The body itself stays open: net/http's server closes it,
// and would wait here for a client that sends nothing more.
func (b *requestBody) Close() error {
	b.over.Store(true)
	return nil
}

// lastOfBody is how long a client may send on after an answer that did not wait for it.
const lastOfBody = 5 * time.Second

// leave comes before the end of the handler, after which net/http allows no more
// reading. It waits for the rest of a body itself, on a connection that ends. b may be nil.
func (b *requestBody) leave() {
	if b == nil {
		return
	}
	b.over.Store(true)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.early && b.http1 && b.end == nil && !b.cut {
		_ = b.client.SetReadDeadline(time.Now().Add(lastOfBody)) // if it can't be set, there is none
	}
}

// cutOff ends the reading of a body that was not read to its end. A deadline ends it,
// and all later reading of the connection too: see closes. After the end of the body
// net/http reads on by itself, and must not be disturbed.
func (b *requestBody) cutOff() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end != nil || b.cut {
		return
	}
	b.cut = true
	_ = b.client.SetReadDeadline(time.Unix(1, 0)) // in the past; if it can't be set, the client's next bytes end the reading
}

// answered lets a body that comes after the head of its answer take its time: a
// stream in both directions has no end. b may be nil.
// Envoy: request_timeout is disarmed when the response is initiated.
func (b *requestBody) answered() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end == nil && !b.cut {
		b.early = true
		_ = b.client.SetReadDeadline(time.Time{}) // if it can't be set, there is none
	}
}

// closes reports whether the connection must end with the answer, because the exchange has
// ended in the middle of the body, or the answer begins there: on a connection that goes
// on, net/http's server takes for itself what is left of a body when an answer begins, and
// the upstream would not get it. b may be nil.
func (b *requestBody) closes() bool {
	if b == nil {
		return false
	}
	if b.ctx.Err() != nil {
		b.cutOff() // if it is not called yet
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.http1 && (b.cut || b.early && b.end == nil)
}

// watchBody makes the end of the exchange also end the reading of the request's body:
// a client that sends nothing more would hold up the answer. The function that it
// returns is to be called before the exchange is over.
func (x *exchange) watchBody(ctx context.Context, r *http.Request) (stop func() bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() bool { return true }
	}
	x.received = &requestBody{
		ReadCloser: r.Body, silence: x.silence, ctx: ctx, left: r.ContentLength,
		client: http.NewResponseController(x.answer.ResponseWriter), http1: r.ProtoMajor == 1,
	}
	x.received.watch.Start(ctx, x.received.cutOff)
	return x.received.watch.Stop
}

// answerBody is the body of an upstream's answer, or a connection that was
// upgraded.
type answerBody struct {
	io.ReadCloser
	x   *exchange
	ctx context.Context
}

// Read implements io.Reader. If the upstream dies midway, the client still gets
// what there was, and the log has the reason.
func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.x.silence.heard(n)
	if err == nil || err == io.EOF {
		return n, err
	}
	if b.x.answer.left > 0 {
		b.x.answer.flush()
	}
	if failure := classify(b.ctx, err); !errors.Is(failure, errClientGone) {
		web.NoteError(b.ctx, failure)
	}
	return n, err
}

// upgradedBody is an answerBody that can be written to.
type upgradedBody struct {
	*answerBody
	conn io.ReadWriteCloser
}

func (b *upgradedBody) Write(p []byte) (int, error) { return b.conn.Write(p) }

// CloseWrite tells the upstream that the client sends no more.
func (b *upgradedBody) CloseWrite() error {
	if half, ok := b.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// watchAnswer puts the exchange between an answer and its reader.
func (x *exchange) watchAnswer(ctx context.Context, res *http.Response) {
	x.received.answered()
	if res.Body == http.NoBody {
		return
	}
	x.body = answerBody{res.Body, x, ctx}
	if !isEventStream(res.Header) {
		x.answer.left = res.ContentLength // passBody sends events and unknown lengths on
	}
	res.Body = &x.body
}
