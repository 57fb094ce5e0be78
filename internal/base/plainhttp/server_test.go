package plainhttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// road is a server without a network, for a test in a bubble.
type road struct {
	*Server
	conns *back
}

func newRoad(t *testing.T, srv *http.Server, h http.HandlerFunc) *road {
	srv.Handler, srv.ErrorLog = h, log.New(io.Discard, "", 0)
	r := &road{New(srv), newBack()}
	go r.Serve(r.conns)
	t.Cleanup(func() {
		r.Close()
		synctest.Wait()
	})
	return r
}

// oddRequest is none for the short road.
const oddRequest = "OPTIONS /a HTTP/1.1\r\nHost: x\r\n\r\n"

// client has a connection to a road. That of [road.client] is on the short road: it has
// brought two usual requests.
type client struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (r *road) newClient(t *testing.T) *client {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	r.conns.put(theirs)
	return &client{ours, t, bufio.NewReader(ours)}
}

func (r *road) client(t *testing.T) *client {
	c := r.newClient(t)
	c.wants(usualRequest, "")
	c.wants(usualRequest, "")
	if n := r.onShortRoad(); n == 0 {
		t.Fatal("the connection is not on the short road")
	}
	return c
}

func (r *road) onShortRoad() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.short)
}

// wants sends a request and checks the body of the answer.
func (c *client) wants(request, body string) {
	c.t.Helper()
	go io.WriteString(c, request)
	c.reads(body)
}

func (c *client) reads(body string) {
	c.t.Helper()
	if got, more := readAnswer(c.r, http.MethodGet); !more || got.Broken || got.Body != body {
		c.t.Errorf("got %+v (an answer: %v), want the body %q", got, more, body)
	}
}

// wantEnd checks that the connection ends without a further byte, and after how long.
func (c *client) wantEnd(after time.Duration) {
	c.t.Helper()
	begin := time.Now()
	c.SetReadDeadline(begin.Add(after + time.Minute))
	if rest, err := io.ReadAll(c.r); len(rest) > 0 || err != nil {
		c.t.Errorf("got %q (%v), want the end of the connection", rest, err)
	}
	if took := time.Since(begin); took != after {
		c.t.Errorf("the connection ended after %v, want %v", took, after)
	}
}

// waiting is a handler that answers /wait when the test lets it, or its client is gone.
type waiting struct {
	begun, let chan struct{}
	ended      chan error // of the contexts
}

func newWaiting() *waiting {
	return &waiting{make(chan struct{}, 9), make(chan struct{}), make(chan error, 9)}
}

func (h *waiting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/wait" {
		return
	}
	h.begun <- struct{}{}
	select {
	case <-h.let:
		io.WriteString(w, "waited")
	case <-r.Context().Done():
	}
	h.ended <- r.Context().Err()
}

const waitRequest = "GET /wait HTTP/1.1\r\nHost: app.example\r\n\r\n"

func TestTheEndOfAClientEndsItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWaiting()
		c := newRoad(t, &http.Server{}, h.ServeHTTP).client(t)
		io.WriteString(c, waitRequest)
		<-h.begun
		c.Close()
		begin := time.Now()
		if err := <-h.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the context says %v, want %v", err, context.Canceled)
		}
		if took := time.Since(begin); took > patience {
			t.Errorf("it took %v, want at most %v", took, patience)
		}
	})
}

// A request that comes before the answer to the one before is no end of the client, and
// waits for its turn.
func TestRequestsThatDoNotWaitAreAnsweredInOrder(t *testing.T) {
	for name, pause := range map[string]time.Duration{"at once": 0, "before the watch": patience / 2, "during the watch": 2 * patience} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newWaiting()
				c := newRoad(t, &http.Server{}, h.ServeHTTP).client(t)
				io.WriteString(c, waitRequest)
				<-h.begun
				time.Sleep(pause)
				go io.WriteString(c, waitRequest+usualRequest)
				time.Sleep(time.Hour)
				for range 2 {
					h.let <- struct{}{}
					c.reads("waited")
					if err := <-h.ended; err != nil {
						t.Errorf("the context says %v", err)
					}
				}
				c.reads("")
			})
		})
	}
}

// The context of a request is the connection's, and ends with the handler.
func TestContextsOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var ctx context.Context
		srv := &http.Server{ConnContext: func(ctx context.Context, _ net.Conn) context.Context { return context.WithValue(ctx, key{}, "kept") }}
		r := newRoad(t, srv, func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() })
		r.client(t)
		if ctx.Err() == nil {
			t.Error("the context of a request outlives its handler")
		}
		if ctx.Value(key{}) != "kept" || ctx.Value(http.ServerContextKey) != srv || ctx.Value(http.LocalAddrContextKey) == nil {
			t.Error("the context of a request has lost what the server said of its connection")
		}
	})
}

func TestLimitsOfTime(t *testing.T) {
	limits := func() *http.Server {
		return &http.Server{IdleTimeout: time.Hour, ReadHeaderTimeout: time.Minute, WriteTimeout: time.Second}
	}
	for name, test := range map[string]struct {
		sent string
		want time.Duration
	}{
		"nothing comes":          {"", time.Hour},
		"three bytes come":       {"GET", time.Hour},
		"a head does not end":    {"GET /a HTTP/1.1\r\nHost: x\r\n", time.Minute},
		"one that does not fit":  {"GET /a HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", 5000), time.Minute},
		"one that is not plain":  {"POST /a HTTP/1.1\r\nHost: x\r\n", time.Minute},
		"one after another body": {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newRoad(t, limits(), func(http.ResponseWriter, *http.Request) {}).client(t)
				go io.WriteString(c, test.sent)
				c.wantEnd(test.want)
			})
		})
	}
	t.Run("nobody reads", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan error, 1)
			r := newRoad(t, limits(), func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/before" {
					_, err := io.WriteString(w, strings.Repeat("x", 1<<20))
					ended <- errors.Join(err, r.Context().Err())
				}
			})
			c, begin := r.client(t), time.Now()
			io.WriteString(c, get())
			if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(begin) != time.Second {
				t.Errorf("writing ended with %v after %v, want the end of the request after a second", err, time.Since(begin))
			}
		})
	})
}

// A body that does not come, or that drips, is given up when its time is over, on a
// connection that was on the short road before too.
func TestAHalfBodyIsGivenUp(t *testing.T) {
	for name, before := range map[string]int{"the first request": 0, "after usual ones": 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took := make(chan time.Duration, 1)
				r := newRoad(t, &http.Server{ReadTimeout: time.Minute}, func(_ http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost {
						return
					}
					begin := time.Now()
					if _, err := io.Copy(io.Discard, r.Body); !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("reading ended with %v, want the end of the time", err)
					}
					took <- time.Since(begin)
				})
				c := r.newClient(t)
				for range before {
					c.wants(usualRequest, "")
				}
				var drips sync.WaitGroup
				drips.Go(func() {
					io.WriteString(c, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
					for {
						if _, err := io.WriteString(c, "x"); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				})
				if got := <-took; got != time.Minute {
					t.Errorf("the body was given up after %v, want a minute", got)
				}
				c.Close()
				drips.Wait()
			})
		})
	}
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWaiting()
		r := newRoad(t, &http.Server{}, h.ServeHTTP)
		idle, back, busy, busyToo := r.client(t), r.client(t), r.client(t), r.newClient(t)
		back.wants(oddRequest, "")
		for _, c := range []*client{busy, busyToo} { // on either road
			io.WriteString(c, waitRequest)
			<-h.begun
		}
		ended := make(chan error, 1)
		go func() { ended <- r.Shutdown(t.Context()) }()
		idle.wantEnd(0)
		back.wantEnd(0)
		time.Sleep(time.Hour)
		select {
		case err := <-ended:
			t.Fatalf("Shutdown returned %v before the answer", err)
		default:
		}
		close(h.let)
		for _, c := range []*client{busy, busyToo} {
			got, _ := readAnswer(c.r, http.MethodGet)
			if got.Body != "waited" || !got.Last {
				t.Errorf("got %+v, want the answer, as the last one", got)
			}
			c.wantEnd(0)
		}
		if err := <-ended; err != nil {
			t.Errorf("Shutdown returned %v", err)
		}
	})
}

// slowClose is a connection of TLS whose client does not read: the last message waits.
type slowClose struct{ net.Conn }

func (c slowClose) Close() error {
	time.Sleep(5 * time.Second)
	return c.Conn.Close()
}

func TestConnectionsThatAreSlowToCloseDoNotWaitForEachOther(t *testing.T) {
	for name, end := range map[string]func(*road) error{
		"Shutdown": func(r *road) error { return r.Shutdown(context.Background()) },
		"Close":    func(r *road) error { return r.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRoad(t, &http.Server{}, func(http.ResponseWriter, *http.Request) {})
				for range 10 {
					ours, theirs := net.Pipe()
					r.conns.put(slowClose{theirs})
					c := &client{ours, t, bufio.NewReader(ours)}
					c.wants(usualRequest, "")
					c.wants(usualRequest, "")
				}
				begin := time.Now()
				if err := end(r); err != nil || time.Since(begin) != 5*time.Second {
					t.Errorf("it took %v (%v), want as long as one connection", time.Since(begin), err)
				}
			})
		})
	}
}

// However a handler ends, its connection does not stay open.
func TestAHandlerThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoad(t, &http.Server{}, func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/before" {
				runtime.Goexit()
			}
		})
		c := r.client(t)
		io.WriteString(c, get())
		c.wantEnd(0)
		synctest.Wait()
		if n := r.onShortRoad(); n != 0 {
			t.Errorf("%d connections are on the short road, want none", n)
		}
	})
}

func TestShutdownThatCannotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWaiting()
		r := newRoad(t, &http.Server{}, h.ServeHTTP)
		c := r.client(t)
		io.WriteString(c, waitRequest)
		<-h.begun
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown returned %v, want %v", err, context.DeadlineExceeded)
		}
		r.Close()
		c.wantEnd(0)
		if err := <-h.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the request ended with %v, want %v", err, context.Canceled)
		}
	})
}

// A connection on its way back at the end is closed.
func TestNothingComesBackAtTheEnd(t *testing.T) {
	b := newBack()
	b.Close()
	ours, theirs := net.Pipe()
	b.put(theirs)
	if _, err := ours.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("got %v, want %v", err, io.EOF)
	}
}

// What is flushed arrives before the answer ends.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := make(chan struct{})
		c := newRoad(t, &http.Server{}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/before" {
				return
			}
			flush(w)
			for range 2 {
				<-next
				io.WriteString(w, "event")
				flush(w)
			}
			<-next
		}).client(t)
		io.WriteString(c, get())
		resp, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		for range 2 {
			next <- struct{}{}
			if n, err := resp.Body.Read(buf); string(buf[:n]) != "event" || err != nil {
				t.Errorf("got %q (%v), want the event", buf[:n], err)
			}
		}
		next <- struct{}{}
		if n, err := resp.Body.Read(buf); n > 0 || err != io.EOF {
			t.Errorf("got %q (%v), want the end", buf[:n], err)
		}
	})
}

// A connection that brings now this and now that stays with net/http in the end.
func TestBackAndForthIsBounded(t *testing.T) {
	ours, _ := newSides(t, func(http.ResponseWriter, *http.Request) {})
	nc, err := net.Dial("tcp", ours.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c := &client{nc, t, bufio.NewReader(nc)}
	for range 2 * maxReturns {
		c.wants(usualRequest, "")
		c.wants(usualRequest, "")
		c.wants(oddRequest, "")
	}
	if n := ours.takes.Load(); n != maxReturns+1 {
		t.Errorf("the connection took the short road %d times, want %d", n, maxReturns+1)
	}
}

// A handler knows of TLS on each road, and HTTP/2 goes on as it is.
func TestTLS(t *testing.T) {
	of := httptest.NewTLSServer(nil) // has a certificate
	defer of.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(&http.Server{TLSConfig: &tls.Config{Certificates: of.TLS.Certificates}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.TLS != nil && r.TLS.Version == tls.VersionTLS13 && r.TLS.HandshakeComplete, " ", r.RemoteAddr)
	})})
	go s.ServeTLS(ln)
	defer s.Close()
	config := of.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "example.com"
	nc, err := tls.Dial("tcp", ln.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c, want := &client{nc, t, bufio.NewReader(nc)}, "HTTP/1.1 true "+nc.LocalAddr().String()
	for _, request := range []string{usualRequest, usualRequest, usualRequest, oddRequest, usualRequest, usualRequest} {
		c.wants(request, want)
	}
	two := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer two.CloseIdleConnections()
	for range 3 {
		resp, err := (&http.Client{Transport: two}).Get("https://" + ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.HasPrefix(string(body), "HTTP/2.0 true ") {
			t.Errorf("got %q, want HTTP/2", body)
		}
	}
}
