package websocket

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"golang.org/x/net/http/httpguts"
)

// Protocol is the subprotocol that both sides must name.
const Protocol = "gatehouse-tcp"

// version is the only one (RFC 6455 §4.1).
const version = "13"

// Ask adds a client's side of the handshake to the headers of a GET. It returns the key
// that the answer must fit.
func Ask(h http.Header) (key string) {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails
	key = base64.StdEncoding.EncodeToString(random)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": version, "Sec-WebSocket-Key": key, "Sec-WebSocket-Protocol": Protocol,
	} {
		h.Set(name, value)
	}
	return key
}

// CheckAnswer reports why an answer with the status 101 does not open the WebSocket that was
// asked for, nil if it does.
func CheckAnswer(resp *http.Response, key string) error {
	h := resp.Header
	switch {
	case !names(h, "Connection", "upgrade") || !names(h, "Upgrade", "websocket"):
		return errors.New("it changes to another protocol than WebSocket")
	case h.Get("Sec-WebSocket-Accept") != accept(key):
		return errors.New("it answers another question than ours")
	case h.Get("Sec-WebSocket-Protocol") != Protocol || h.Get("Sec-WebSocket-Extensions") != "":
		return errors.New("it does not speak the subprotocol " + Protocol)
	}
	return nil
}

// CheckRequest reports why a request does not ask for a WebSocket of ours, nil if it does.
func CheckRequest(r *http.Request) error {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	switch {
	case r.Method != http.MethodGet || r.ProtoMajor != 1 || r.ProtoMinor < 1 || r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		return errors.New("it is no GET of HTTP/1.1 without content")
	case !names(r.Header, "Connection", "upgrade") || !names(r.Header, "Upgrade", "websocket"):
		return errors.New("it does not ask to change to the protocol websocket")
	case r.Header.Get("Sec-WebSocket-Version") != version:
		return errors.New("its Sec-WebSocket-Version is not " + version)
	case err != nil || len(key) != 16 || len(r.Header["Sec-Websocket-Key"]) != 1:
		return errors.New("its Sec-WebSocket-Key is not 16 bytes in base64")
	case !names(r.Header, "Sec-WebSocket-Protocol", Protocol):
		return errors.New("it does not offer the subprotocol " + Protocol)
	}
	return nil
}

// Answer sends the server's side of the handshake to a client whose request is right,
// and returns the WebSocket. r reads what the client has sent after the request. If the
// error is not nil, the connection can only be closed.
func Answer(conn net.Conn, r *bufio.Reader, request *http.Request) (*Conn, error) {
	_, err := io.WriteString(conn, fmt.Sprintf("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
		accept(request.Header.Get("Sec-WebSocket-Key")), Protocol))
	return newConn(conn, r, false), err
}

// accept returns what proves that a server has read a key (RFC 6455 §4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func names(h http.Header, header, token string) bool {
	return httpguts.HeaderValuesContainsToken(h[http.CanonicalHeaderKey(header)], token)
}
