package server

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/config"
)

// pipes is a listener whose connections stay in the process.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

// get sends a request on a connection of its own, and returns the answer; nil if
// nobody accepts connections or the connection ended before an answer.
func (p *pipes) get(path string) *http.Response {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
	case <-p.ended:
		return nil
	}
	go io.WriteString(ours, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(ours), nil)
	if err != nil {
		return nil
	}
	return answer
}

// serving is a server on listeners in the process, with a path /slow that answers
// when the test says so.
type serving struct {
	main, probes *pipes
	release      chan struct{}
	end          context.CancelCauseFunc
	ended        chan error
	began        time.Time
}

func newServing(t *testing.T, delay, timeout time.Duration) *serving {
	v := &serving{main: newPipes(), probes: newPipes(), release: make(chan struct{}), ended: make(chan error, 1), began: time.Now()}
	s := &Server{log: slog.New(slog.DiscardHandler), now: time.Now}
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-v.release:
			case <-r.Context().Done():
				return
			}
		}
		io.WriteString(w, "hello")
	})
	c := &config.Config{}
	c.InsecureServer, c.ShutdownDelay, c.ShutdownTimeout = true, delay, timeout
	var ctx context.Context
	ctx, v.end = context.WithCancelCause(t.Context())
	running, err := s.Start(c, &Listeners{main: v.main, probes: v.probes}, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	go func() { v.ended <- running.Wait(ctx) }()
	return v
}

// slow begins a request to /slow, whose answer comes on the channel.
func (v *serving) slow() chan *http.Response {
	answer := make(chan *http.Response, 1)
	go func() { answer <- v.main.get("/slow") }()
	synctest.Wait()
	return answer
}

func wantStatus(t *testing.T, what string, r *http.Response, status int) {
	t.Helper()
	if r == nil || r.StatusCode != status {
		t.Errorf("%s: %v, want status %d", what, r, status)
	}
}

// On SIGTERM the listener closed at once, and whoever came before the load
// balancer noticed was refused.
func TestServeGoesOnUntilTheLoadBalancerNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newServing(t, 5*time.Second, time.Minute)
		if r := v.main.get("/"); r == nil || r.Close {
			t.Fatalf("before the end: %v, want an answer that keeps the connection", r)
		}
		answer := v.slow()
		v.end(nil)
		time.Sleep(4 * time.Second)
		wantStatus(t, "the probe", v.probes.get("/readyz"), 503)
		wantStatus(t, "the process lives", v.probes.get("/healthz"), 200)
		r := v.main.get("/")
		wantStatus(t, "a request meanwhile", r, 200)
		if r != nil && !r.Close {
			t.Error("the answer keeps the connection, want its end")
		}
		time.Sleep(2 * time.Second)
		if r := v.main.get("/"); r != nil {
			t.Errorf("after shutdown_delay: %v, want no answer", r)
		}
		wantStatus(t, "the probe while a request is under way", v.probes.get("/readyz"), 503)
		time.Sleep(50 * time.Second) // longer than 20 seconds
		close(v.release)
		wantStatus(t, "the long answer", <-answer, 200)
		if err := <-v.ended; err != nil {
			t.Error(err)
		}
	})
}

// At SIGTERM idle connections were closed, and the request that was on its way was
// lost: a proxy in front may not send a POST again.
func TestServeAnswersOnConnectionsThatWereKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newServing(t, 5*time.Second, time.Minute)
		ours, theirs := net.Pipe()
		v.main.conns <- theirs
		buf := bufio.NewReader(ours)
		ask := func(headers string) *http.Response {
			go io.WriteString(ours, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"+headers+"\r\n")
			r, err := http.ReadResponse(buf, nil)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			return r
		}
		if r := ask(""); r.Close {
			t.Fatal("the answer ends the connection before the end")
		}
		v.end(nil)
		time.Sleep(2 * time.Second)
		if r := ask("Connection: Upgrade\r\nUpgrade: websocket\r\n"); r.StatusCode != 200 || r.Close {
			t.Errorf("an upgrade: %v, want an answer whose header Connection is the application's", r)
		}
		if r := ask(""); r.StatusCode != 200 || !r.Close {
			t.Errorf("on the connection that was kept: %v, want an answer that ends it", r)
		}
		if _, err := buf.ReadByte(); err != io.EOF {
			t.Errorf("after that answer: %v, want the end of the connection", err)
		}
		if err := <-v.ended; err != nil {
			t.Error(err)
		}
	})
}

func TestServeCutsAnswersAfterItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newServing(t, 0, time.Minute)
		answer := v.slow()
		v.end(nil)
		if r := <-answer; r != nil {
			t.Errorf("the answer that never ends: %v, want none", r)
		}
		if err := <-v.ended; err != nil || time.Since(v.began) != time.Minute {
			t.Errorf("ended with %v after %v, want a minute", err, time.Since(v.began))
		}
	})
}

func TestServeWithoutTimeoutWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newServing(t, 0, 0)
		answer := v.slow()
		v.end(nil)
		time.Sleep(time.Hour)
		close(v.release)
		wantStatus(t, "the answer after an hour", <-answer, 200)
		if err := <-v.ended; err != nil {
			t.Error(err)
		}
	})
}

// Whoever presses Ctrl-C waits for nobody but the requests under way.
func TestServeEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newServing(t, time.Hour, time.Minute)
		answer := v.slow()
		v.end(ErrAtOnce)
		close(v.release)
		wantStatus(t, "the request under way", <-answer, 200)
		if err := <-v.ended; err != nil || time.Since(v.began) > time.Second {
			t.Errorf("ended with %v after %v, want at once", err, time.Since(v.began))
		}
	})
}
