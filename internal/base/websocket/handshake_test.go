package websocket

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	other "golang.org/x/net/websocket"
)

// capitals answers what it reads, until its end.
func capitals(conn io.ReadWriter) {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if _, failed := conn.Write(bytes.ToUpper(buf[:n])); err != nil || failed != nil {
			return
		}
	}
}

// newServer returns the address of a server that is ours.
func newServer(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := CheckRequest(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		raw, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn, err := Answer(raw, buffered.Reader, r)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		capitals(conn)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestAnotherClientUnderstandsUs(t *testing.T) {
	address := newServer(t)
	config, err := other.NewConfig("ws://"+address+"/", "http://"+address)
	if err != nil {
		t.Fatal(err)
	}
	config.Protocol = []string{"something", Protocol}
	conn, err := config.DialContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.PayloadType = other.BinaryFrame
	said := bytes.Repeat([]byte("hello "), 20000)
	go conn.Write(said)
	got := make([]byte, len(said))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, bytes.ToUpper(said)) {
		t.Errorf("got %.20q and the error %v", got, err)
	}
}

// ask opens a WebSocket at an address as our client does.
func ask(t *testing.T, address string) (*http.Response, *Conn, error) {
	t.Helper()
	raw, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	r := httptest.NewRequest(http.MethodGet, "http://"+address+"/", nil)
	r.Header.Set("Origin", "http://"+address)
	key := Ask(r.Header)
	if err := r.Write(raw); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(raw)
	resp, err := http.ReadResponse(reader, r)
	if err != nil {
		t.Fatal(err)
	}
	return resp, Client(raw, reader), CheckAnswer(resp, key)
}

func TestAnotherServerUnderstandsUs(t *testing.T) {
	server := httptest.NewServer(other.Server{
		Handshake: func(c *other.Config, _ *http.Request) error { return nil },
		Handler: func(c *other.Conn) {
			c.PayloadType = other.BinaryFrame
			capitals(c)
		},
	})
	t.Cleanup(server.Close)
	resp, conn, err := ask(t, server.Listener.Addr().String())
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %d and the error %v", resp.StatusCode, err)
	}
	said := bytes.Repeat([]byte("hello "), 20000)
	go conn.Write(said)
	got := make([]byte, len(said))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, bytes.ToUpper(said)) {
		t.Errorf("got %.20q and the error %v", got, err)
	}
}

func TestRequestsThatOpenNoWebSocket(t *testing.T) {
	right := func() *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		Ask(r.Header)
		return r
	}
	if err := CheckRequest(right()); err != nil {
		t.Fatalf("the right one: %v", err)
	}
	for name, change := range map[string]func(*http.Request){
		"POST":            func(r *http.Request) { r.Method = http.MethodPost },
		"HTTP/2":          func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 },
		"HTTP/1.0":        func(r *http.Request) { r.ProtoMinor = 0 },
		"content":         func(r *http.Request) { r.ContentLength = 1 },
		"chunks":          func(r *http.Request) { r.ContentLength = -1 },
		"no upgrade":      func(r *http.Request) { r.Header.Del("Connection") },
		"another upgrade": func(r *http.Request) { r.Header.Set("Upgrade", "h2c") },
		"another version": func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") },
		"no key":          func(r *http.Request) { r.Header.Del("Sec-WebSocket-Key") },
		"a short key":     func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", "AAAA") },
		"two keys":        func(r *http.Request) { r.Header.Add("Sec-WebSocket-Key", r.Header.Get("Sec-WebSocket-Key")) },
		"no subprotocol":  func(r *http.Request) { r.Header.Del("Sec-WebSocket-Protocol") },
		"another's":       func(r *http.Request) { r.Header.Set("Sec-WebSocket-Protocol", "chat, "+Protocol+"x") },
		"a similar one":   func(r *http.Request) { r.Header.Set("Sec-WebSocket-Protocol", strings.ToUpper(Protocol)+".") },
	} {
		r := right()
		change(r)
		if CheckRequest(r) == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

func TestAnswersThatOpenNoWebSocket(t *testing.T) {
	const key = "dGhlIHNhbXBsZSBub25jZQ==" // that of RFC 6455 §1.3
	right := func() *http.Response {
		return &http.Response{Header: http.Header{
			"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"WebSocket"}, "Sec-Websocket-Accept": {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, "Sec-Websocket-Protocol": {Protocol},
		}}
	}
	if err := CheckAnswer(right(), key); err != nil {
		t.Fatalf("the right one: %v", err)
	}
	for name, change := range map[string]func(http.Header){
		"no upgrade":     func(h http.Header) { h.Del("Upgrade") },
		"another key":    func(h http.Header) { h.Set("Sec-WebSocket-Accept", "AAAA") },
		"no subprotocol": func(h http.Header) { h.Del("Sec-WebSocket-Protocol") },
		"an extension":   func(h http.Header) { h.Set("Sec-WebSocket-Extensions", "permessage-deflate") },
	} {
		resp := right()
		change(resp.Header)
		if CheckAnswer(resp, key) == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}
