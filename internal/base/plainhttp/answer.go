package plainhttp

import (
	"bufio"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// answer is the [http.ResponseWriter] of the short road, and does what that of net/http
// does: its comments say why. Like it, it is for one goroutine, and not to be used once
// the handler has returned.
type answer struct {
	conn   *conn
	life   life
	header http.Header
	head   bool // the request is HEAD: no body is sent
	*buffers

	status   int   // 0: none yet
	length   int64 // of the body; -1: unknown
	written  int64 // by the handler
	said     said
	framed   bool // the head is complete
	chunked  bool
	last     bool // the connection ends with it
	deadline bool // for writing, is set
	failed   bool // to be written
}

// buffers are reused by all connections: one that waits for a request has none.
type buffers struct {
	w    *bufio.Writer
	held []byte // of the body, or of a chunk
}

// heldSize is how much of a body is held until its length is known, or until it makes a
// chunk.
const heldSize = 2 << 10

var bufferPool = sync.Pool{New: func() any {
	return &buffers{bufio.NewWriterSize(nil, bufferSize), make([]byte, 0, heldSize)}
}}

func newAnswer(c *conn, r *http.Request) *answer {
	w := &answer{conn: c, header: http.Header{}, head: r.Method == http.MethodHead, length: -1, buffers: bufferPool.Get().(*buffers)}
	w.life.Begin(c.base, 0, &c.timers)
	w.w.Reset((*sender)(w))
	return w
}

// release gives the buffers back. It may be called twice.
func (w *answer) release() {
	if w.buffers == nil {
		return
	}
	w.w.Reset(nil)
	w.held = w.held[:0]
	bufferPool.Put(w.buffers)
	w.buffers = nil
}

// sender writes to the connection of an answer. If it can't, the request is over.
type sender answer

// Write implements [io.Writer].
func (s *sender) Write(p []byte) (int, error) {
	n, err := s.conn.nc.Write(p)
	if err != nil && !s.failed {
		s.failed = true
		s.conn.gone()
	}
	return n, err
}

// Header implements [http.ResponseWriter].
func (w *answer) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *answer) WriteHeader(status int) {
	switch {
	case w.conn.hijacked:
		w.conn.server.logf("http: response.WriteHeader on hijacked connection")
	case w.status != 0:
		w.conn.server.logf("http: superfluous response.WriteHeader call with %d", status)
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	case status < http.StatusOK && status != http.StatusSwitchingProtocols:
		w.writeInterim(status)
	default:
		w.status = status
		w.writeHead()
	}
}

// Write implements [http.ResponseWriter].
func (w *answer) Write(p []byte) (int, error) {
	if w.conn.hijacked {
		return 0, http.ErrHijacked
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case len(p) == 0:
		return 0, nil
	case !w.bodyAllowed():
		return 0, http.ErrBodyNotAllowed
	}
	if w.written += int64(len(p)); w.length >= 0 && w.written > w.length {
		return 0, http.ErrContentLength
	}
	if !w.framed && w.length >= 0 && !w.guesses() {
		w.frame(p, false)
	}
	if w.framed && !w.chunked {
		return w.send(p)
	}
	return w.hold(p)
}

// FlushError is for [http.ResponseController].
func (w *answer) FlushError() error {
	if w.conn.hijacked {
		return http.ErrHijacked
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if err := w.letGo(false); err != nil {
		return err
	}
	return w.w.Flush()
}

// Flush implements [http.Flusher].
func (w *answer) Flush() { _ = w.FlushError() } // the writer remembers it

// SetReadDeadline is for [http.ResponseController]. There is nothing to read: the request
// has no body, and a connection that was hijacked has deadlines of its own.
func (w *answer) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is for [http.ResponseController].
func (w *answer) SetWriteDeadline(t time.Time) error {
	if w.conn.hijacked {
		return http.ErrHijacked
	}
	w.deadline = true
	return w.conn.nc.SetWriteDeadline(t)
}

// finish completes the answer once the handler has returned, and reports whether another
// one can follow.
func (w *answer) finish() bool {
	if w.conn.hijacked {
		return false
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	_ = w.letGo(true) // the writer remembers it
	if w.chunked {
		w.endChunks()
	}
	err := w.w.Flush()
	if w.deadline {
		_ = w.conn.nc.SetWriteDeadline(time.Time{}) // fails only if it is closed
	}
	whole := w.length < 0 || w.length == w.written || w.head || !w.bodyAllowed()
	return err == nil && whole && !w.last
}

// breakOff sends what was ready. Without its end, the client sees that it is not all.
func (w *answer) breakOff() {
	if w.framed && !w.conn.hijacked {
		_ = w.w.Flush() // whoever reads it
	}
}
