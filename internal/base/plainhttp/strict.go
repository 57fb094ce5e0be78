package plainhttp

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
)

// strictConn is a connection of HTTP/1 on net/http's road. It gives net/http only requests
// that can be read in one way, as [framing] says. In place of a byte that makes a head
// ambiguous, net/http gets one that it refuses: so it answers 400, after the answers to the
// requests before, and closes the connection. A body can no longer be read from there on.
//
// Reads must not overlap. Those of net/http's server do not.
type strictConn struct {
	readConn
	framing framing
	refusal []byte // is read before rest
	early   []byte // read after a request that may change the protocol, before its answer
	broken  bool   // the body that is being read has an error
}

func newStrict(nc net.Conn, rest []byte, returns int) *strictConn {
	return &strictConn{readConn: readConn{Conn: nc, rest: rest, returns: returns}}
}

// strictTLS is a strictConn of TLS. net/http asks for its state.
type strictTLS struct {
	*strictConn
	state *tls.ConnectionState
}

// ConnectionState returns that of the handshake.
func (c strictTLS) ConnectionState() tls.ConnectionState { return *c.state }

var errBody = errors.New("the body of the request can be read in more than one way")

// refused is what net/http takes for no head, wherever in one it stands: no line of a head
// has a NUL in it. Of fewer than four bytes net/http would read none.
const refused = "\x00\x00\x00\n"

// Read implements [net.Conn].
func (c *strictConn) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case len(c.refusal) > 0:
		n := copy(p, c.refusal)
		c.refusal = c.refusal[n:]
		return n, nil
	case c.broken:
		return 0, errBody
	case c.framing.place == anywhere:
		return c.readConn.Read(p)
	case c.framing.place == afterRequest:
		n, err := c.readConn.Read(p[:1]) // net/http asks whether the client is still there
		c.early = append(c.early, p[:n]...)
		return n, err
	}
	n, err := c.readConn.Read(p)
	took, good := c.framing.feed(p[:n])
	switch {
	case good && took < n:
		c.rest = append(slices.Clone(p[took:n]), c.rest...)
		return took, nil
	case !good && c.framing.inHead():
		return took + c.refuse(p[took:]), nil
	case !good:
		c.broken = true
		if took == 0 {
			return 0, errBody
		}
		return took, nil
	}
	return took, err
}

// refuse puts refused into p, and what does not fit before what is read next. It returns
// how much fitted.
func (c *strictConn) refuse(p []byte) int {
	n := copy(p, refused)
	c.refusal = []byte(refused[n:])
	c.framing.place = anywhere
	return n
}

// track follows what net/http says of a connection.
func track(next func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	return func(nc net.Conn, state http.ConnState) {
		if c, ok := nc.(interface{ changed(http.ConnState) }); ok {
			c.changed(state)
		}
		if next != nil {
			next(nc, state)
		}
	}
}

// changed says what has become of the connection. Nobody reads meanwhile.
func (c *strictConn) changed(state http.ConnState) {
	switch state {
	case http.StateHijacked:
		c.framing.place = anywhere
	case http.StateIdle:
		c.framing.goOn()
		if _, good := c.framing.feed(c.early); !good {
			c.refuse(nil)
		}
		c.early = nil
	}
}

// undo returns the connection below, and what was read of it that nobody has got. The
// strictConn must not be used afterwards.
func (c *strictConn) undo() (net.Conn, []byte) {
	return c.Conn, append(slices.Clone(c.refusal), c.rest...)
}

// strictListener makes the connections of HTTP/1 strict.
type strictListener struct{ net.Listener }

// Accept implements [net.Listener].
func (l strictListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newStrict(nc, nil, 0), nil
}
