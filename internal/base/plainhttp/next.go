package plainhttp

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"
)

// verdict is what becomes of a connection.
type verdict int

const (
	ends   verdict = iota
	goesOn         // on the short road
	leaves         // it, with what was read
)

// fewBytes are the beginning of a request. net/http, too, takes a connection that ends
// before them for an idle one.
const fewBytes = 4

// next waits for the next request.
func (c *conn) next() (*http.Request, verdict) {
	if !c.becomeIdle(cmp.Or(c.server.IdleTimeout, c.server.ReadTimeout)) {
		return nil, ends
	}
	if _, err := c.r.Peek(fewBytes); err != nil {
		return nil, ends
	}
	if !c.becomeBusy() {
		return nil, ends
	}
	read, size, err := c.readHead()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, ends
	case err != nil: // it is large, odd, or breaks off
		return nil, leaves
	}
	return c.parse(read, size)
}

// after returns the time at which d is over. A d of 0 is no limit.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// errLine leaves a head to net/http that may never have the end that is awaited here.
var errLine = errors.New("a line does not end with CRLF")

// lineFeedAlone reports whether one of the lines ends with LF alone.
func lineFeedAlone(read []byte) bool {
	return bytes.Count(read, []byte("\n")) > bytes.Count(read, []byte("\r\n"))
}

var emptyLine = []byte("\r\n\r\n")

// readHead reads the head of a request, of this size, and perhaps more. All of it stays in
// the reader.
func (c *conn) readHead() (read []byte, size int, err error) {
	for first := true; ; first = false {
		if read, err = c.r.Peek(c.r.Buffered()); err != nil {
			return nil, 0, err
		}
		if i := bytes.Index(read, emptyLine); i >= 0 {
			return read, i + len(emptyLine), nil
		}
		if lineFeedAlone(read) {
			return nil, 0, errLine
		}
		if first {
			c.awaitHead(cmp.Or(c.server.ReadHeaderTimeout, c.server.ReadTimeout))
		}
		if _, err = c.r.Peek(len(read) + 1); err != nil {
			return nil, 0, err
		}
	}
}

// parse makes a request of its head. If it is not a usual one, all that was read is in the
// reader again.
func (c *conn) parse(read []byte, size int) (*http.Request, verdict) {
	if c.known.read(read[:size], &c.request) {
		_, _ = c.r.Discard(size) // it can't fail: all of it was read
		return &c.request, goesOn
	}
	if !plainHead(read[:size]) {
		return nil, leaves
	}
	r, err := http.ReadRequest(c.r)
	if err == nil && len(read)-c.r.Buffered() == size && usual(r) {
		c.known.learn(read[:size], r)
		return r, goesOn
	}
	c.r = bufio.NewReaderSize(&readConn{Conn: c.nc, rest: slices.Clone(read)}, bufferSize)
	_, _ = c.r.Peek(len(read)) // it can't fail: all of it fits
	return nil, leaves
}
