package upstream

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// application answers each request on a connection with what it got, until it is told
// otherwise.
type application struct {
	addr  string
	conns chan net.Conn // that were accepted, as they come
	got   atomic.Int32  // requests
	drop  atomic.Bool   // read a request, and close the connection in place of an answer
}

func newApplication(t *testing.T) *application {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &application{addr: ln.Addr().String(), conns: make(chan net.Conn, 100)}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			a.conns <- c
			go a.serve(c)
		}
	}()
	return a
}

func (a *application) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		if a.got.Add(1); a.drop.Load() {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
}

// post sends a body. at happens once the request has a connection.
func post(t testing.TB, rt http.RoundTripper, addr, text string, at func()) (string, error) {
	t.Helper()
	once := sync.OnceFunc(at)
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { once() }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/", io.MultiReader(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len(text))
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return string(got), err
}

// What an upstream does with an idle connection at the moment at which a request gets it
// concerns no request: that one goes over another connection.
func TestARequestThatHasNotLeftIsSentAgain(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for name, happens := range map[string]func(net.Conn){
		"it closes it":             func(c net.Conn) { c.Close() },
		"it resets it":             func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() },
		"it answers unasked":       func(c net.Conn) { io.WriteString(c, evil) },
		"it answers, and closes":   func(c net.Conn) { io.WriteString(c, evil); c.Close() },
		"it says a part of it":     func(c net.Conn) { io.WriteString(c, evil[:1]) },
		"it says that it is tired": func(c net.Conn) { io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n") },
	} {
		for _, size := range []int{1, 20 << 10, 200 << 10} {
			t.Run(fmt.Sprint(name, ", ", size), func(t *testing.T) {
				a, rt := newApplication(t), New(general())
				defer rt.CloseIdleConnections()
				if _, err := post(t, rt, a.addr, "first", func() {}); err != nil {
					t.Fatal(err)
				}
				idle, text := <-a.conns, strings.Repeat("x", size)
				got, err := post(t, rt, a.addr, text, func() { happens(idle) })
				if err != nil || got != text {
					t.Errorf("got %.20q of %d bytes (%v), want the answer to the request", got, len(got), err)
				}
				if n := a.got.Load(); n != 2 {
					t.Errorf("the application got %d requests, want 2", n)
				}
			})
		}
	}
}

// The same for a request without a body, also if it would change something.
func TestARequestWithoutABodyThatHasNotLeftIsSentAgain(t *testing.T) {
	for name, happens := range map[string]func(net.Conn){
		"it closes it": func(c net.Conn) { c.Close() }, "it answers unasked": func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil") },
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			a, rt := newApplication(t), New(general())
			for i := range 2 {
				r, err := http.NewRequestWithContext(t.Context(), method, "http://"+a.addr+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := outcomeOf(rt.RoundTrip(r)); got.Status != http.StatusOK || got.Body != "" {
					t.Errorf("%s, %s, request %d: got %+v", name, method, i, got)
				}
				if i == 0 {
					happens(<-a.conns)
				}
			}
			rt.CloseIdleConnections()
			if n := a.got.Load(); n != 2 {
				t.Errorf("%s, %s: the application got %d requests, want 2", name, method, n)
			}
		}
	}
}

// A request that an upstream may have seen is not sent again, if it may change something.
func TestARequestThatMayHaveArrivedIsNotSentAgain(t *testing.T) {
	for _, size := range []int{0, 1, 200 << 10} {
		for _, reused := range []bool{false, true} {
			a, rt := newApplication(t), New(general())
			if reused {
				if _, err := post(t, rt, a.addr, "first", func() {}); err != nil {
					t.Fatal(err)
				}
			}
			before := a.got.Load()
			a.drop.Store(true)
			if got, err := post(t, rt, a.addr, strings.Repeat("x", size), func() {}); err == nil {
				t.Errorf("%d bytes, reused %t: got %.20q, want an error", size, reused, got)
			}
			rt.CloseIdleConnections()
			if n := a.got.Load() - before; n != 1 {
				t.Errorf("%d bytes, reused %t: the application got the request %d times, want once", size, reused, n)
			}
		}
	}
}

// tired is an application that closes its connections at odd moments between requests, as
// one does whose idle timeout is over. It counts how often it got each request.
type tired struct {
	addr string
	mu   sync.Mutex
	got  map[string]int
}

func newTired(t *testing.T) *tired {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &tired{addr: ln.Addr().String(), got: map[string]int{}}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *tired) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		if _, err := r.Peek(1); err != nil { // the timeout is over, and no request has begun
			return
		}
		c.SetReadDeadline(time.Time{})
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		n, err := io.Copy(io.Discard, request.Body)
		if err != nil {
			return
		}
		id := request.Header.Get("X-Id")
		s.mu.Lock()
		s.got[id]++
		s.mu.Unlock()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s %d", len(fmt.Sprint(id, " ", n)), id, n)
		c.SetReadDeadline(time.Now().Add(time.Duration(rand.IntN(300)) * time.Microsecond))
	}
}

// Requests of all kinds at once, to an application that closes idle connections when it
// likes: nobody gets another's answer, nothing arrives twice that must not, and what fails
// may have arrived.
func TestManyRequestsToAnApplicationThatClosesIdleConnections(t *testing.T) {
	s, rt := newTired(t), New(general())
	defer rt.CloseIdleConnections()
	var all sync.WaitGroup
	var failed, sent atomic.Int32
	for i := range 8 {
		all.Go(func() {
			for j := range 150 {
				size := []int{0, 0, 1, 5000, 40 << 10, 300 << 10}[rand.IntN(6)]
				method := http.MethodPost
				if size == 0 && j%2 == 0 {
					method = http.MethodGet
				}
				id := fmt.Sprint(method, "-", i, "-", j)
				r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+"/", io.MultiReader(strings.NewReader(strings.Repeat("x", size))))
				if err != nil {
					t.Error(err)
					return
				}
				if r.ContentLength = int64(size); size == 0 {
					r.Body = nil
				}
				r.Header.Set("X-Id", id)
				sent.Add(1)
				got := outcomeOf(rt.RoundTrip(r))
				switch {
				case got.Failed && method == http.MethodGet:
					t.Errorf("%s of %d bytes failed, and could have been sent again", id, size)
				case got.Failed:
					failed.Add(1)
				case got.Broken || got.Body != fmt.Sprint(id, " ", size):
					t.Errorf("%s of %d bytes got %+v", id, size, got)
				}
			}
		})
	}
	all.Wait()
	t.Logf("of %d requests, %d failed: the application closed the connection while they were on the way", sent.Load(), failed.Load())
	if failed.Load() > sent.Load()/2 {
		t.Errorf("%d of %d requests failed, want few", failed.Load(), sent.Load())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, n := range s.got {
		if n > 1 && strings.HasPrefix(id, http.MethodPost) {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
}
