package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSilenceIsCountedFromTheLastByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, s, stop := watchSilence(t.Context(), time.Minute)
		defer stop()
		r := &http.Request{Body: io.NopCloser(strings.NewReader("12"))}
		x := &exchange{silence: s, answer: &answerWriter{ResponseWriter: httptest.NewRecorder()}}
		defer x.watchBody(ctx, r)()
		for range 2 {
			time.Sleep(59 * time.Second)
			x.received.Read(make([]byte, 1))
		}
		time.Sleep(59 * time.Second)
		x.received.Read(make([]byte, 1)) // the end is no byte
		if ctx.Err() != nil {
			t.Fatalf("got %v, want the request to live: it was never silent for a minute", context.Cause(ctx))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !errors.Is(context.Cause(ctx), errSilent) {
			t.Errorf("got %v, want %v", context.Cause(ctx), errSilent)
		}
	})
}

func TestIdleTimeoutOfARoute(t *testing.T) {
	sockets := []string{"websocket"}
	for _, tt := range []struct {
		name  string
		route Route
		want  time.Duration
	}{
		{"the default timeout is shorter", Route{}, 0},
		{"no timeout", Route{Timeout: duration(0)}, 5 * time.Minute},
		{"a long timeout", Route{Timeout: duration(time.Hour)}, 5 * time.Minute},
		{"websockets", Route{Upgrades: sockets}, 0},
		{"websockets and a key", Route{Upgrades: sockets, IdleTimeout: duration(time.Minute)}, time.Minute},
		{"a key", Route{IdleTimeout: duration(time.Second)}, time.Second},
		{"off", Route{Timeout: duration(0), IdleTimeout: duration(0)}, 0},
		{"longer than the timeout", Route{IdleTimeout: duration(time.Minute)}, 0},
	} {
		cr := &compiledRoute{Route: &tt.route}
		cr.timeout = (&Config{}).timeoutOf(&tt.route)
		if got := cr.idleTimeoutOf(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAnUpgradedConnectionIsBoundByTheKeysOfItsRouteAlone(t *testing.T) {
	for _, tt := range []struct {
		name        string
		protocol    string
		route       Route
		whole, idle time.Duration
	}{
		{"a request", "", Route{}, 30 * time.Second, time.Minute},
		{"an upgrade", "private/1", Route{}, 0, 0},
		{"keys", "private/1", Route{Timeout: duration(time.Hour), IdleTimeout: duration(time.Second)}, 30 * time.Second, time.Minute},
	} {
		x := &exchange{protocol: tt.protocol, route: &compiledRoute{Route: &tt.route, timeout: 30 * time.Second, idle: time.Minute}}
		if whole, idle := x.limits(); whole != tt.whole || idle != tt.idle {
			t.Errorf("%s: got %v and %v, want %v and %v", tt.name, whole, idle, tt.whole, tt.idle)
		}
	}
}

func TestSilenceBeforeTheFirstByteCounts(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	w := newWorld(t, public(func(r *Route) { r.To, r.IdleTimeout = to(silent.URL), duration(20*time.Millisecond) }))
	w.browser().Open("https://x.example.com/").Want(504, "too long")
}

func TestSilentWebsocketsEndOnlyByTheKey(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		conn, buf, _ := rw.(http.Hijacker).Hijack()
		defer conn.Close()
		fmt.Fprint(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		buf.Flush()
		io.Copy(io.Discard, buf) // until the gateway closes
	}))
	t.Cleanup(silent.Close)
	w := newWorld(t, public(func(r *Route) {
		r.To, r.Upgrades, r.IdleTimeout = to(silent.URL), []string{"websocket"}, duration(20*time.Millisecond)
	}))
	conn := w.network.Dial(true)
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err == nil && resp.StatusCode == http.StatusGatewayTimeout {
		return // a slow machine: silent before the answer
	}
	if err != nil || resp.StatusCode != 101 {
		t.Fatalf("got %v, %v, want 101", resp, err)
	}
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("got %q, %v, want the end of the connection", rest, err)
	}
}

func TestAnUpgradedConnectionIsHeardBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, s, stop := watchSilence(t.Context(), time.Minute)
		defer stop()
		browser, client := net.Pipe()
		upstream, application := net.Pipe()
		x := &exchange{silence: s, answer: &answerWriter{}}
		joined := make(chan struct{})
		go func() {
			defer close(joined)
			x.join(&tunnelConn{Conn: client}, upstream)
		}()
		for range 2 {
			time.Sleep(59 * time.Second)
			go browser.Write([]byte("x"))
			application.Read(make([]byte, 1))
			time.Sleep(59 * time.Second)
			go application.Write([]byte("x"))
			browser.Read(make([]byte, 1))
		}
		if ctx.Err() != nil {
			t.Errorf("got %v, want the connection to live: it was never silent for a minute", context.Cause(ctx))
		}
		for _, conn := range []net.Conn{browser, client, upstream, application} {
			conn.Close()
		}
		<-joined
	})
}

// A body of known length goes on as it comes, and what there was arrives although
// the upstream dies midway.
func TestBodiesWithALengthAreNotHeldBack(t *testing.T) {
	die := make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "20")
		io.WriteString(rw, "first half")
		rw.(http.Flusher).Flush()
		<-die
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	resp, err := w.network.Client().Get(address("https://x.example.com/"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	half := make([]byte, 10)
	if _, err := io.ReadFull(resp.Body, half); err != nil || string(half) != "first half" {
		t.Errorf("got %q, %v, want the first half while the upstream goes on", half, err)
	}
	close(die)
	if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v, want a broken end", rest, err)
	}
}

func TestTheHeadArrivesOfAnUpstreamThatDiesAfterIt(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "20")
		rw.Header().Set("X-Theirs", "yes")
		rw.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	resp, err := w.network.Client().Get(address("https://x.example.com/"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); resp.Header.Get("X-Theirs") != "yes" || err == nil {
		t.Errorf("got %v, %v, want the head and a broken body", resp.Header, err)
	}
}

func TestAnInterimAnswerTakesNoHeaderOfTheGateway(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Link", "</style.css>; rel=preload")
		rw.WriteHeader(http.StatusEarlyHints)
		io.WriteString(rw, "page")
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	page := w.browser().Open("https://x.example.com/").Want(200, "page")
	if page.Header.Get("X-Request-Id") == "" || page.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("after an interim answer: got %v, want the gateway's headers", page.Header)
	}
}
