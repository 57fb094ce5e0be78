package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
)

// An application that begins its answer before it has read the request gets all of it:
// net/http's server takes what is left of a body for itself when an answer begins on a
// connection that goes on.
func TestAnAnswerThatBeginsBeforeTheEndOfItsRequest(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.EnableFullDuplex()
		fmt.Fprint(w, "begun;")
		_ = c.Flush()
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d bytes, %v", len(body), err)
	}))
	t.Cleanup(app.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://early.example.com", policy.Access{Public: true}, func(r *Route) { r.To = to(app.URL) }))
	})
	for name, framing := range map[string]string{"a length": "Content-Length: 60000", "chunks": "Transfer-Encoding: chunked"} {
		conn := w.network.Dial(true)
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
		send := func(body string) {
			if framing[0] == 'T' {
				body = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
			}
			if _, err := io.WriteString(conn, body); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: early.example.com:%s\r\n%s\r\n\r\n", port, framing)
		send(strings.Repeat("a", 100))
		r := bufio.NewReader(conn)
		var answer *http.Response
		read := make(chan error, 1)
		go func() {
			var err error
			answer, err = http.ReadResponse(r, nil)
			read <- err
		}()
		select {
		case err := <-read:
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: the answer waits for the end of the request", name)
		}
		send(strings.Repeat("b", 59_900))
		if framing[0] == 'T' {
			io.WriteString(conn, "0\r\n\r\n")
		}
		got, err := io.ReadAll(answer.Body)
		if !answer.Close {
			t.Errorf("%s: the connection goes on", name)
		}
		if want := "begun;60000 bytes, <nil>"; string(got) != want || err != nil {
			t.Errorf("%s: got %q and %v, want %q", name, got, err, want)
		}
	}
}

// A body ends with its last byte for who sends it on, also if the server has closed it since:
// the answer would be cut.
func TestABodyThatIsClosedAtItsEnd(t *testing.T) {
	for name, length := range map[string]int64{"a length": 4, "an unknown length": -1} {
		var from closable
		from.Reader = strings.NewReader("body")
		b := &requestBody{ReadCloser: &from, ctx: t.Context(), http1: true, left: length}
		if got, err := io.ReadAll(b); string(got) != "body" || err != nil {
			t.Fatalf("%s: got %q and %v", name, got, err)
		}
		from.closed = true
		if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF || b.fault() != nil {
			t.Errorf("%s: got %d bytes, %v and the fault %v after the end, want EOF", name, n, err, b.fault())
		}
		if b.answered(); b.closes() {
			t.Errorf("%s: the connection ends with an answer after the body", name)
		}
	}
	from := &closable{Reader: strings.NewReader("body")}
	b := &requestBody{ReadCloser: from, ctx: t.Context(), http1: true, left: 4}
	if n, err := b.Read(make([]byte, 4)); n != 4 || err != io.EOF {
		t.Errorf("got %d bytes and %v, want the end with the last byte", n, err)
	}
}

type closable struct {
	io.Reader
	closed bool
}

func (c *closable) Read(p []byte) (int, error) {
	if c.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return c.Reader.Read(p)
}

func (c *closable) Close() error { return nil }

// Who has its answer and sends no more of the request does not keep the handler.
func TestTheRestOfABodyIsNotAwaitedForLong(t *testing.T) {
	client := &deadlines{ResponseWriter: httptest.NewRecorder()}
	b := &requestBody{ReadCloser: &closable{Reader: strings.NewReader("body")}, ctx: t.Context(), http1: true, left: 4, client: http.NewResponseController(client)}
	b.answered()
	if !b.closes() {
		t.Error("the connection goes on")
	}
	client.set = nil
	if b.leave(); len(client.set) != 1 || client.set[0].IsZero() || client.set[0].After(time.Now().Add(lastOfBody)) {
		t.Errorf("the reading ends at %v, want within %v", client.set, lastOfBody)
	}
}
