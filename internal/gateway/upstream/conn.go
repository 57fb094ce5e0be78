package upstream

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"gatehouse/internal/base/lifetime"
)

// bufferSize is that of a connection's reader. Most answers of an API fit.
const bufferSize = 4 << 10

// MaxInterim is how many interim answers (1xx) may come before an answer.
const MaxInterim = 100

// What no upstream may answer.
var (
	ErrInterim = errors.New("too many interim answers (1xx)")
	ErrStatus  = errors.New("the status of the answer is none")
)

var (
	errHeaderTooLarge = errors.New("the header of the answer is too large")
	errSwitched       = errors.New("the upstream changed the protocol, and was not asked to")
	errSpoke          = errors.New("the upstream closed the connection or spoke without being asked")
)

// conn is a connection to an upstream. At any time one request has it, or the pool.
type conn struct {
	nc     net.Conn
	raw    syscall.RawConn // nil: it can't be asked whether it is silent, and is used once
	addr   string
	pool   *pool
	r      *bufio.Reader
	head   headReader
	out    []byte // the request, until it is sent
	unsent error  // why not all of it was
	asking asking
	cut    func()         // interrupt
	watch  lifetime.Watch // for the end of the context of a request
	header int64          // the most bytes of a header
	room   int64          // how many bytes may be read; negative: any number

	since  time.Time // idle since
	reused bool
	heard  bool // the first byte of the answer
}

func newConn(nc net.Conn, addr string, p *pool, header int64) *conn {
	c := &conn{nc: nc, raw: rawOf(nc), addr: addr, pool: p, header: header}
	c.cut = c.interrupt
	c.r = bufio.NewReaderSize((*limited)(c), bufferSize)
	return c
}

// limited reads from a connection within its room. Before, it sends the request.
type limited conn

func (l *limited) Read(p []byte) (int, error) {
	if l.room == 0 {
		return 0, errHeaderTooLarge
	}
	if l.room > 0 && int64(len(p)) > l.room {
		p = p[:l.room]
	}
	n, err := (*conn)(l).read(p)
	if l.room > 0 {
		l.room -= int64(n)
	}
	return n, err
}

// read sends the request, if it is not sent yet, and reads.
func (c *conn) read(p []byte) (n int, err error) {
	if len(c.out) == 0 {
		return c.nc.Read(p)
	}
	out := c.out
	c.out = nil
	if c.raw != nil {
		n, c.unsent, err = c.ask(out, p)
		return n, err
	}
	_, c.unsent = c.nc.Write(out)
	return c.nc.Read(p) // an upstream may answer before it has read the whole request
}

// roundTrip sends r, which out is, and returns the answer, whose body owns the connection.
func (c *conn) roundTrip(ctx context.Context, r *Request, out []byte) (*http.Response, error) {
	c.watch.Start(ctx, c.cut)
	c.heard, c.unsent, c.out = false, nil, out
	a, err := c.answer(r)
	if err != nil {
		c.watch.Stop()
		c.nc.Close()
		return nil, causeOr(ctx, cmp.Or(c.unsent, err))
	}
	a.Close = a.Close || c.unsent != nil
	c.hand(ctx, a)
	return a.Response, nil
}

// answer is an answer whose body has not been read.
type answer struct {
	*http.Response
	body *body
}

// interrupt ends all reading and writing. What waits returns with an error.
func (c *conn) interrupt() { _ = c.nc.SetDeadline(time.Unix(1, 0)) } // fails only if it is closed already

// causeOr returns why ctx has ended, or err if it has not.
func causeOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// answer reads the header of the answer, and the interim answers before it.
func (c *conn) answer(r *Request) (answer, error) {
	for range MaxInterim + 1 {
		c.room = c.header
		if _, err := c.r.Peek(1); err != nil {
			return answer{}, fmt.Errorf("reading the answer: %w", err)
		}
		c.heard = true
		if a := c.usualAnswer(r); a.Response != nil {
			c.room = -1
			return a, nil
		}
		resp, err := http.ReadResponse(c.r, &http.Request{Method: r.Method})
		switch {
		case err != nil:
			return answer{}, err
		case resp.StatusCode < http.StatusContinue:
			return answer{}, ErrStatus
		case resp.StatusCode == http.StatusSwitchingProtocols:
			return answer{}, errSwitched
		case resp.StatusCode >= http.StatusOK:
			c.room = -1
			if resp.Request = nil; r.Answer != nil {
				resp.Header = moved(resp.Header, r.Answer)
			}
			return answer{resp, &body{from: resp.Body}}, nil
		}
		if r.Interim != nil {
			if err := r.Interim.Interim(resp.StatusCode, resp.Header); err != nil {
				return answer{}, err
			}
		}
	}
	return answer{}, ErrInterim
}

// moved adds headers to others, and returns those.
func moved(from, to http.Header) http.Header {
	for name, values := range from {
		to[name] = append(slices.Clip(to[name]), values...)
	}
	return to
}

// usualAnswer reads a head that is usual and has come in one piece. If there is none, it
// reads nothing, and the answer has no Response.
func (c *conn) usualAnswer(r *Request) answer {
	buffered, _ := c.r.Peek(c.r.Buffered()) // no more than there is
	size := c.head.take(buffered)
	if size == 0 || c.head.body(r.Method) < 0 {
		return answer{}
	}
	_, _ = c.r.Discard(size) // it is buffered
	a := new(struct {        // one piece of memory
		http.Response
		body
	})
	a.Response = http.Response{
		Status: c.head.status.value, StatusCode: c.head.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.head.header(r.Answer), ContentLength: c.head.contentLength(r.Method), Body: http.NoBody,
	}
	if a.left = c.head.body(r.Method); a.left > 0 {
		a.Body = &a.body
	}
	return answer{&a.Response, &a.body}
}

// mayRepeat reports whether a request that failed on this connection may be sent
// again: the upstream closed the connection while it was idle, or the request
// changes nothing (RFC 9110 §9.2.2). It can't have been answered.
func (c *conn) mayRepeat(ctx context.Context, r *Request, err error) bool {
	switch {
	case !c.reused || c.heard || ctx.Err() != nil:
		return false
	case errors.Is(err, errSpoke): // before it was asked
		return true
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return r.Lines.Has("Idempotency-Key") || r.Lines.Has("X-Idempotency-Key")
}

// hand gives the connection to the body of the answer. An answer without one gives
// it back at once.
func (c *conn) hand(ctx context.Context, a answer) {
	b := a.body
	b.conn, b.ctx, b.last = c, ctx, a.Close
	if a.Body == http.NoBody {
		b.end(bodyRead)
		return
	}
	a.Body = b
}

// body is the body of an answer. Its end gives the connection back.
type body struct {
	conn  *conn
	from  io.Reader // nil: the connection, of which left bytes are the body
	left  int64
	ctx   context.Context
	last  bool // the connection ends with this answer
	state atomic.Int32
}

// The states of a body.
const (
	bodyOpen int32 = iota
	bodyRead       // to its end
	bodyLeft       // before its end
)

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	switch b.state.Load() {
	case bodyRead:
		return 0, io.EOF
	case bodyLeft:
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.next(p)
	switch {
	case err == io.EOF:
		b.end(bodyRead)
	case err != nil:
		b.end(bodyLeft)
		err = causeOr(b.ctx, err)
	}
	return n, err
}

// next reads what the body has. The end comes with the last bytes, if they are counted.
func (b *body) next(p []byte) (int, error) {
	if b.from != nil {
		return b.from.Read(p)
	}
	n, err := b.conn.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// Close implements [io.Closer]. A body that was not read to its end takes the
// connection with it: what is left of it could be without end.
func (b *body) Close() error {
	b.end(bodyLeft)
	return nil
}

// end ends the use of the connection, once.
func (b *body) end(state int32) {
	if !b.state.CompareAndSwap(bodyOpen, state) {
		return
	}
	undisturbed := b.conn.watch.Stop()
	if state == bodyRead && undisturbed && !b.last && b.conn.r.Buffered() == 0 {
		b.conn.pool.put(b.conn)
		return
	}
	b.conn.nc.Close()
}
