package websocket

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/coder/websocket"
)

// Protocol is the subprotocol that both sides must name.
const Protocol = "gatehouse-tcp"

// errProtocol refuses the other side of a handshake.
var errProtocol = errors.New("it does not speak the subprotocol " + Protocol)

// Dial asks for a WebSocket over a connection with its server, on which TLS has been
// agreed on if it is wanted. If the server refuses, the answer is not nil, and at most
// 1024 bytes of its body can be read. After an error the caller closes the connection.
func Dial(ctx context.Context, conn net.Conn, u *url.URL, header http.Header) (*Conn, *http.Response, error) {
	over := newOutbox(conn)
	socket, resp, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{
		HTTPClient: over.client(), HTTPHeader: header, Subprotocols: []string{Protocol}, OnPingReceived: over.hasRoom,
	})
	if sent, ok := errors.AsType[*url.Error](err); ok {
		err = sent.Err // the URL in the message would be http where the caller has agreed on TLS
	}
	if err == nil && socket.Subprotocol() != Protocol {
		_ = socket.CloseNow()
		err = errProtocol
	}
	if err != nil {
		return nil, resp, err
	}
	return newConn(over, socket), resp, nil
}

// client returns a client that has this connection alone, and leaves redirects to the
// caller.
func (o *outbox) client() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return o, nil }, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckRequest reports why a request does not ask for a WebSocket of ours, nil if it does.
// Accept alone would say so when the upstream has been reached.
func CheckRequest(r *http.Request) error {
	if r.ProtoMajor != 1 || r.ContentLength != 0 || len(r.TransferEncoding) > 0 {
		return errors.New("it is no request of HTTP/1.1 without content")
	}
	rehearsal := rehearsal{}
	_, err := websocket.Accept(rehearsal, r, acceptOptions(nil))
	switch {
	case !errors.Is(err, errRehearsal):
		return err
	case http.Header(rehearsal).Get("Sec-WebSocket-Protocol") == "":
		return errProtocol
	}
	return nil
}

// Accept makes a WebSocket of the connection of a request that CheckRequest lets pass.
// If the error is not nil, the request has its answer.
func Accept(w http.ResponseWriter, r *http.Request) (*Conn, error) {
	over := newOutbox(nil)
	socket, err := websocket.Accept(&taker{w, over}, r, acceptOptions(over.hasRoom))
	if err != nil {
		return nil, err
	}
	return newConn(over, socket), nil
}

func acceptOptions(onPing func(context.Context, []byte) bool) *websocket.AcceptOptions {
	return &websocket.AcceptOptions{
		Subprotocols:       []string{Protocol},
		InsecureSkipVerify: true, // of the Origin: the caller judges it by the rules of the route
		OnPingReceived:     onPing,
	}
}

// taker puts an outbox before the connection that is taken out of a ResponseWriter.
type taker struct {
	http.ResponseWriter
	over *outbox
}

// Hijack implements http.Hijacker.
func (t *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.over.Conn = conn
	return t.over, bufio.NewReadWriter(smaller(buffered.Reader), bufio.NewWriterSize(t.over, smallBuffer)), nil
}

// smallBuffer is how much is kept of a connection that may be silent for hours. What is
// longer is read and written without the buffer.
const smallBuffer = 1 << 10

// smaller returns a small reader that has what another has read ahead, and nothing more:
// the library takes that out, and reads on from the connection.
func smaller(r *bufio.Reader) *bufio.Reader {
	early, _ := r.Peek(r.Buffered())
	small := bufio.NewReaderSize(bytes.NewReader(slices.Clone(early)), max(smallBuffer, len(early)))
	_, _ = small.Peek(len(early)) // now they are in its buffer
	return small
}

// rehearsal is a ResponseWriter of which the library gets no connection, and which keeps
// the headers of its answer.
type rehearsal http.Header

// errRehearsal says that a connection would be a WebSocket now.
var errRehearsal = errors.New("the request is right")

func (r rehearsal) Header() http.Header       { return http.Header(r) }
func (rehearsal) Write(p []byte) (int, error) { return len(p), nil }
func (rehearsal) WriteHeader(int)             {}

// Hijack implements http.Hijacker.
func (rehearsal) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errRehearsal }
