package web_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/web"
)

func TestBodiesAreBoundTogether(t *testing.T) {
	var b web.Bodies
	var answer *httptest.ResponseRecorder
	read := func(size int) (release func(), err error) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", size)))
		answer = httptest.NewRecorder()
		release = b.Bound(answer, r, 100_000, 50_000)
		_, err = io.Copy(io.Discard, r.Body)
		return release, err
	}
	first, err := read(web.FreeBody + 50_000)
	if err != nil {
		t.Errorf("a body that fits: %v", err)
	}
	second, err := read(web.FreeBody + 1)
	if !errors.Is(err, web.ErrBusy) {
		t.Errorf("a second one: got %v, want %v", err, web.ErrBusy)
	}
	if got := answer.Header().Get("Connection"); got != "close" { // or net/http would wait for the rest
		t.Errorf("a second one: got Connection: %q, want close", got)
	}
	third, err := read(web.FreeBody)
	if err != nil {
		t.Errorf("a small one: %v", err)
	}
	for range 2 { // the second time has no effect
		first()
		second()
		third()
	}
	fourth, err := read(web.FreeBody + 50_000)
	if err != nil {
		t.Errorf("after the end of the others: %v", err)
	}
	fourth()
	r := httptest.NewRequest("POST", "/", strings.NewReader("xxx"))
	b.Bound(httptest.NewRecorder(), r, 2, 50_000)
	_, err = io.Copy(io.Discard, r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
		t.Errorf("a body that is too large by itself: got %v, want an *http.MaxBytesError", err)
	}
}

// single is a listener with one connection.
type single struct {
	conn   net.Conn
	closed chan struct{}
}

func (s *single) Accept() (net.Conn, error) {
	if s.conn == nil {
		<-s.closed
		return nil, net.ErrClosed
	}
	c := s.conn
	s.conn = nil
	return c, nil
}

func (s *single) Close() error   { close(s.closed); return nil }
func (s *single) Addr() net.Addr { return &net.TCPAddr{} }

// A client that sends a byte now and then does not keep its share for ever,
// although the server would let it.
func TestASlowBodyEnds(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{0: 20 * time.Second, time.Hour: 20 * time.Second, 5 * time.Second: 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var b web.Bodies
			var got error
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer b.Form(w, r)()
				_, got = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusBadRequest)
			})
			conn, there := net.Pipe()
			l := &single{conn: there, closed: make(chan struct{})}
			s := &http.Server{Handler: h, ReadTimeout: limit}
			go s.Serve(l)
			defer s.Close()
			start := time.Now()
			io.WriteString(conn, "POST / HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 60000\r\n\r\nx")
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				for {
					time.Sleep(time.Second)
					if _, err := io.WriteString(conn, "x"); err != nil {
						return
					}
				}
			}()
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || answer.StatusCode != http.StatusBadRequest || !errors.Is(got, os.ErrDeadlineExceeded) {
				t.Errorf("limit %v: got %v, %v, %v; want 400 after %v", limit, answer, err, got, os.ErrDeadlineExceeded)
			}
			if took := time.Since(start); took != want {
				t.Errorf("limit %v: answered after %v, want %v", limit, took, want)
			}
			conn.Close()
			<-sent
		})
	}
}
