package plainhttp

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// handshakes is a [net.Listener] whose connections have their handshake of TLS behind
// them. net/http would do it in a connection of its own type, and what comes of that can't
// be looked at before net/http reads it. Connections of other protocols than HTTP/1, such
// as HTTP/2, are handed on as they are.
type handshakes struct {
	net.Listener
	config  *tls.Config
	timeout time.Duration // 0: no limit
	logf    func(format string, args ...any)

	accepted chan accepted
	ended    chan struct{}
	mu       sync.Mutex
	pending  map[net.Conn]struct{} // nil: the listener is closed
}

// accepted is what Accept returns.
type accepted struct {
	nc  net.Conn
	err error
}

func newHandshakes(ln net.Listener, s *Server) *handshakes {
	config := s.TLSConfig.Clone()
	config.NextProtos = offered(config.NextProtos, s.Protocols)
	s.TLSConfig = config // net/http looks for HTTP/2 in it
	h := &handshakes{Listener: ln, config: config.Clone(), logf: s.logf, accepted: make(chan accepted), ended: make(chan struct{}), pending: map[net.Conn]struct{}{}}
	for _, limit := range []time.Duration{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout} { // as net/http
		if limit > 0 && (h.timeout == 0 || limit < h.timeout) {
			h.timeout = limit
		}
	}
	return h
}

// offered adds the protocols of HTTP to those that TLS offers. nil has all.
func offered(all []string, enabled *http.Protocols) []string {
	all = slices.Clone(all)
	for _, p := range []struct {
		name string
		on   bool
	}{{"h2", enabled == nil || enabled.HTTP2()}, {"http/1.1", enabled == nil || enabled.HTTP1()}} {
		if p.on && !slices.Contains(all, p.name) {
			all = append(all, p.name)
		}
	}
	return all
}

// serve accepts connections until the listener is closed.
func (h *handshakes) serve() {
	for {
		nc, err := h.Listener.Accept()
		switch {
		case err != nil:
			if !h.hand(accepted{err: err}) {
				return
			}
		case !h.add(nc):
			nc.Close()
			return
		default:
			go h.shake(nc)
		}
	}
}

// hand gives a to Accept, and reports whether it could.
func (h *handshakes) hand(a accepted) bool {
	select {
	case h.accepted <- a:
		return true
	case <-h.ended:
		return false
	}
}

// shake does the handshake of a connection.
func (h *handshakes) shake(nc net.Conn) {
	defer h.remove(nc)
	over := tls.Server(nc, h.config)
	_ = nc.SetDeadline(after(h.timeout)) // fails only if it is closed
	if err := over.HandshakeContext(context.Background()); err != nil {
		h.refuse(nc, err)
		return
	}
	_ = nc.SetDeadline(time.Time{}) // fails only if it is closed
	if !h.hand(accepted{nc: withTLS(over)}) {
		over.Close()
	}
}

// withTLS returns the connection for net/http.
func withTLS(over *tls.Conn) net.Conn {
	state := over.ConnectionState()
	switch state.NegotiatedProtocol {
	case "", "http/1.1", "http/1.0":
		return strictTLS{newStrict(over, nil, 0), &state}
	}
	return over
}

// refuse ends a connection without TLS. As net/http does, it tells people who left the
// "s" out of an address.
func (h *handshakes) refuse(nc net.Conn, err error) {
	if plain, ok := err.(tls.RecordHeaderError); ok && plain.Conn != nil && looksLikeHTTP(plain.RecordHeader) {
		_, _ = io.WriteString(nc, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n") // whoever reads it
	}
	nc.Close()
	h.logf("http: TLS handshake error from %s: %v", nc.RemoteAddr(), err)
}

func looksLikeHTTP(begin [5]byte) bool {
	return slices.Contains([]string{"GET /", "HEAD ", "POST ", "PUT /", "OPTIO"}, string(begin[:]))
}

func (h *handshakes) add(nc net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending == nil {
		return false
	}
	h.pending[nc] = struct{}{}
	return true
}

func (h *handshakes) remove(nc net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pending, nc)
}

// Accept implements [net.Listener].
func (h *handshakes) Accept() (net.Conn, error) {
	select {
	case a := <-h.accepted:
		return a.nc, a.err
	case <-h.ended:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]. Who has not finished the handshake is cut: net/http,
// too, answers no request whose connection is as new at the end.
func (h *handshakes) Close() error {
	h.mu.Lock()
	pending := h.pending
	h.pending = nil
	h.mu.Unlock()
	if pending == nil {
		return nil
	}
	close(h.ended)
	for nc := range pending {
		nc.Close()
	}
	return h.Listener.Close()
}
