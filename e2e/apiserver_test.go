package e2e

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/net/websocket"
)

// Kubernetes' subprotocols, which kubectl speaks since 1.30: execProtocol has the number
// of a stream before each message, and forwardProtocol carries SPDY.
const (
	execProtocol    = "v5.channel.k8s.io"
	forwardProtocol = "SPDY/3.1+portforward.k8s.io"
)

// speaks returns a websocket server of one subprotocol.
func speaks(protocol string, handler websocket.Handler) http.Handler {
	return websocket.Server{
		Handler: func(conn *websocket.Conn) {
			defer conn.Close() // with the frame that says so
			conn.PayloadType = websocket.BinaryFrame
			handler(conn)
		},
		Handshake: func(c *websocket.Config, _ *http.Request) error {
			for _, offered := range c.Protocol {
				if offered == protocol {
					c.Protocol = []string{protocol}
					return nil
				}
			}
			return fmt.Errorf("the protocols %q do not have %s", c.Protocol, protocol)
		},
	}
}

// execCat answers kubectl exec as if the command were cat.
func execCat(conn *websocket.Conn) {
	const stdin, stdout, result, end = 0, 1, 3, 255
	for {
		var message []byte
		if websocket.Message.Receive(conn, &message) != nil || len(message) == 0 {
			return
		}
		switch message[0] {
		case stdin:
			message[0] = stdout
		case end:
			_ = websocket.Message.Send(conn, append([]byte{result}, `{"metadata":{},"status":"Success"}`...))
			return
		default:
			continue
		}
		if websocket.Message.Send(conn, message) != nil {
			return
		}
	}
}

// forwardEcho answers kubectl port-forward as if the port answered what it gets. It speaks
// as much of SPDY/3.1 as that needs: each stream is accepted, and its data come back.
func forwardEcho(conn *websocket.Conn) {
	const synStream, synReply, ping = 1, 2, 6
	frames := bufio.NewReader(conn)
	var headers bytes.Buffer // compressed, in one stream for the whole connection
	compress := zlib.NewWriter(&headers)
	for {
		var head [8]byte
		if _, err := io.ReadFull(frames, head[:]); err != nil {
			return
		}
		length := binary.BigEndian.Uint32(head[4:]) & 0xffffff
		body := make([]byte, length)
		if _, err := io.ReadFull(frames, body); err != nil {
			return
		}
		var answer []byte
		switch kind := binary.BigEndian.Uint16(head[2:]); {
		case head[0]&0x80 == 0: // data
			answer = append(head[:], body...)
		case kind == synStream && length >= 4:
			headers.Reset()
			compress.Write([]byte{0, 0, 0, 0}) // there are none
			compress.Flush()
			answer = spdyFrame(synReply, append(body[:4:4], headers.Bytes()...))
		case kind == ping:
			answer = spdyFrame(ping, body)
		default:
			continue
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func spdyFrame(kind uint16, body []byte) []byte {
	frame := binary.BigEndian.AppendUint16([]byte{0x80, 3}, kind)
	return append(binary.BigEndian.AppendUint32(frame, uint32(len(body))), body...)
}
