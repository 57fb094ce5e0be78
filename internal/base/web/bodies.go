package web

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/fault"
)

// ErrBusy means that the bodies of other requests take all the memory that bodies
// may have.
var ErrBusy = fault.New(fault.Unavailable, "bodies_in_flight", "The server has too much to read at the moment. Please try again shortly.")

// Bodies bounds the memory that the bodies of requests take together, and the time
// that each may take. Anybody can send a body before an edge knows who it is. The
// zero value is ready for use, and is safe for concurrent use.
type Bodies struct{ held atomic.Int64 }

const (
	// FreeBody is what each request may hold anyway, so that small requests go on
	// while large ones are refused.
	FreeBody = 16 << 10
	maxForm  = 64 << 10 // far above the longest form
	maxForms = 8 << 20  // what all forms may hold beyond FreeBody
	bodyTime = 20 * time.Second
)

// Form is Bound for a form.
func (b *Bodies) Form(w http.ResponseWriter, r *http.Request) (release func()) {
	return b.Bound(w, r, maxForm, maxForms)
}

// Bound makes reading the body of r fail with an *http.MaxBytesError beyond each
// bytes, with ErrBusy if all bodies hold more than all bytes beyond FreeBody, and
// with a timeout if the body is not there after 20 seconds. The body counts until
// release is called.
func (b *Bodies) Bound(w http.ResponseWriter, r *http.Request, each, all int64) (release func()) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() {}
	}
	limitTime(w, r)
	c := &countedBody{ReadCloser: http.MaxBytesReader(w, r.Body, each), held: &b.held, all: all, busy: func() { leaveUnread(w, r) }}
	r.Body = c
	return c.release
}

// leaveUnread has the answer sent at once. Else net/http waits for the rest of the
// body before, and a client that is slow to send it is slow to learn of its refusal.
func leaveUnread(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// limitTime ends the reading of a body in time, so that a slow client does not keep
// what it holds. A server whose own limit is shorter keeps that.
func limitTime(w http.ResponseWriter, r *http.Request) {
	s, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if s == nil || s.ReadTimeout > 0 && s.ReadTimeout <= bodyTime {
		return
	}
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
		NoteError(r.Context(), err)
	}
}

// BodyError returns the error for a body that could not be read because of err:
// ErrBusy if it was that, or else refusal.
func BodyError(err error, refusal *fault.Error) error {
	if errors.Is(err, ErrBusy) {
		return err
	}
	return refusal.Because(err)
}

// countedBody counts what was read of a body beyond FreeBody.
type countedBody struct {
	io.ReadCloser
	held      *atomic.Int64 // by all bodies
	all       int64         // the most that they may hold
	busy      func()        // called when they hold more
	read, own int64
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.read += int64(n)
	if more := c.read - FreeBody - c.own; more > 0 {
		c.own += more
		if c.held.Add(more) > c.all {
			c.busy()
			return 0, ErrBusy
		}
	}
	return n, err
}

// release ends the counting. It may be called twice.
func (c *countedBody) release() {
	c.held.Add(-c.own)
	c.own = 0
}
