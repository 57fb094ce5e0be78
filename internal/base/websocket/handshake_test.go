package websocket

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"
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

// newServer returns the URL of a server that answers so.
func newServer(t *testing.T, answer http.HandlerFunc) *url.URL {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// dial opens a WebSocket as our client does.
func dial(t *testing.T, u *url.URL) (*Conn, *http.Response, error) {
	t.Helper()
	raw, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	return Dial(t.Context(), raw, u, http.Header{"Origin": {u.String()}, "X-Test": {"sent"}})
}

// acceptCapitals is a server that is ours.
func acceptCapitals(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := CheckRequest(r); err != nil {
			t.Error(err)
		}
		conn, err := Accept(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		capitals(conn)
	}
}

func TestAnotherClientUnderstandsUs(t *testing.T) {
	address := newServer(t, acceptCapitals(t)).Host
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

func TestAnotherServerUnderstandsUs(t *testing.T) {
	server := other.Server{
		Handshake: func(c *other.Config, _ *http.Request) error { return nil },
		Handler: func(c *other.Conn) {
			c.PayloadType = other.BinaryFrame
			capitals(c)
		},
	}
	conn, _, err := dial(t, newServer(t, server.ServeHTTP))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	said := bytes.Repeat([]byte("hello "), 20000)
	go conn.Write(said)
	got := make([]byte, len(said))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, bytes.ToUpper(said)) {
		t.Errorf("got %.20q and the error %v", got, err)
	}
}

func TestRequestsThatOpenNoWebSocket(t *testing.T) {
	if err := CheckRequest(request()); err != nil {
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
		r := request()
		change(r)
		if CheckRequest(r) == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

// request asks for a WebSocket of ours.
func request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for name, value := range map[string]string{
		"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "something, " + Protocol,
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", // that of RFC 6455 §1.3
	} {
		r.Header.Set(name, value)
	}
	return r
}

func TestAnswersThatOpenNoWebSocket(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no subprotocol": func(w http.ResponseWriter, r *http.Request) {
			hangUp(websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}))
		},
		"another subprotocol": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Sec-WebSocket-Protocol", "chat")
			hangUp(websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}))
		},
		"another key": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
			hangUp(websocket.Accept(w, r, acceptOptions(nil)))
		},
		"another upgrade": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "h2c")
			w.WriteHeader(http.StatusSwitchingProtocols)
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				conn.Close()
			}
		},
		"nothing": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		if conn, resp, err := dial(t, newServer(t, answer)); conn != nil || err == nil || resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("%s: got the answer %v and the error %v, want an error", name, resp, err)
		}
	}
}

func hangUp(conn *websocket.Conn, err error) {
	if err == nil {
		conn.CloseNow()
	}
}

func TestARefusalIsReturned(t *testing.T) {
	asked := 0
	u := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, r.Header.Get("X-Test")+r.Header.Get("Accept-Encoding"))
	})
	conn, resp, err := dial(t, u)
	if conn != nil || err == nil || resp == nil || resp.StatusCode != http.StatusFound {
		t.Fatalf("got the answer %v and the error %v, want a redirect that is not followed", resp, err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "sent" || asked != 1 {
		t.Errorf("got %q, %d requests and the error %v, want the text and one request", body, asked, err)
	}
}
