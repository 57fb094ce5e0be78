package proxy

import (
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/websocket"
)

// ErrSocketForm refuses a request for a tunnel that is no WebSocket of ours.
var ErrSocketForm = fault.New(fault.Invalid, "socket_form", "This address is for WebSockets over HTTP/1.1 with the subprotocol "+websocket.Protocol+".")

// pathSocket is where a client asks for a tunnel by WebSocket, at the host of a route for
// TCP. The target follows: /.pomerium/tcp/redis.internal:6379. Pomerium has nothing of
// the kind.
const pathSocket = "/.pomerium/tcp/"

// pingEvery is how often a tunnel by WebSocket is kept alive: proxies end connections
// that are silent for a minute.
const pingEvery = 30 * time.Second

// socketTarget returns the target that a path names, and whether it names one.
func socketTarget(path string) (string, bool) { return strings.CutPrefix(path, pathSocket) }

// socket answers a request for a tunnel by WebSocket, as connect answers CONNECT. Browsers
// can ask for it: a page of another origin may not, since the cookie comes with it.
func (c *chain) socket(w http.ResponseWriter, r *http.Request, target string) error {
	if err := websocket.CheckRequest(r); err != nil {
		return ErrSocketForm.Because(err)
	}
	return c.tunnel(w, r, target, func(_ http.ResponseWriter, r *http.Request, x *exchange) error { return c.needSignIn(r, x) })
}

// acceptSocket makes a WebSocket of a connection of HTTP/1.1.
func (x *exchange) acceptSocket(r *http.Request) (tunnelClient, error) {
	socket, err := websocket.Accept(x.answer, r)
	if err != nil {
		return nil, err
	}
	socket.KeepAlive(pingEvery)
	return tunnelSocket{socket}, nil
}

// tunnelSocket is a WebSocket that was HTTP/1.1.
type tunnelSocket struct{ *websocket.Conn }

func (s tunnelSocket) CloseWrite() error {
	if err := s.Conn.CloseWrite(); err != nil {
		return err
	}
	return s.SetReadDeadline(time.Now().Add(lingerTime))
}

func (s tunnelSocket) cut() { _ = s.SetDeadline(time.Unix(1, 0)) }

func (s tunnelSocket) abandon() { _ = s.Close() } // which says that it was not the last word
