//go:build unix

package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// On a new connection, the answer may be there before the request. The system says once
// that there is something to read, and nobody listened then.
func TestAnAnswerBeforeItsRequest(t *testing.T) {
	for name, last := range map[string]bool{"that stays": false, "that ends": true} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				io.WriteString(c, ok)
				if last {
					c.(*net.TCPConn).CloseWrite()
				}
				io.Copy(io.Discard, c)
			}()
			g := general()
			g.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
				if err == nil {
					awaitBytes(t, c)
				}
				return c, err
			}
			transport := New(g)
			defer transport.CloseIdleConnections()
			r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+ln.Addr().String()+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomeOf(transport.RoundTrip(r)); got.Status != 200 || got.Body != "ok" {
				t.Errorf("got %+v, want the answer", got)
			}
		})
	}
}

// awaitBytes waits until there is something to read.
func awaitBytes(t *testing.T, c net.Conn) {
	raw, err := c.(syscall.Conn).SyscallConn()
	if err == nil {
		err = raw.Read(func(fd uintptr) bool { return !silentAt(fd) })
	}
	if err != nil {
		t.Error(err)
	}
}

// A request that the system does not take at once is sent whole.
func TestALargeRequest(t *testing.T) {
	s := newScripted(t, ok, ok, ok)
	transport := New(general())
	defer transport.CloseIdleConnections()
	large := strings.Repeat("x", 16<<20)
	for i, header := range []string{"small", large, "small"} {
		if got := outcomeOf(transport.RoundTrip(s.request("GET", "X-A", header))); got.Body != "ok" {
			t.Fatalf("request %d: got %+v, want the answer", i, got)
		}
		if got := <-s.got; !strings.Contains(got, "X-A: "+header+"\r\n") {
			t.Errorf("request %d: the upstream got %.200q", i, got)
		}
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// The upstream answers before it has read the whole request, and reads no more.
func TestAnAnswerToHalfARequest(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for range 2 {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			c.Read(make([]byte, 1))
			io.WriteString(c, "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
			c.(*net.TCPConn).CloseWrite()
			io.CopyN(io.Discard, c, 8<<20)
			c.(*net.TCPConn).CloseRead()
		}
	}()
	transport := New(general())
	defer transport.CloseIdleConnections()
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+ln.Addr().String()+"/", nil)
	r.Header.Set("X-A", strings.Repeat("x", 8<<20-300))
	if got := outcomeOf(transport.RoundTrip(r)); got.Status != 431 || got.Body != "no" {
		t.Errorf("got %+v, want the refusal", got)
	}
}

// A connection that spoke while it was idle is left for another one, whatever the method:
// nothing was sent on it.
func TestNothingIsSentToAnUpstreamThatSpoke(t *testing.T) {
	s := newScripted(t, ok+"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", ok)
	transport := New(general())
	defer transport.CloseIdleConnections()
	for range 2 {
		if got := outcomeOf(transport.RoundTrip(s.request("POST"))); got.Body != "ok" {
			t.Errorf("got %+v, want the answer to the request itself", got)
		}
	}
	c := &conn{reused: true}
	if post := (&Request{Method: "POST"}); !c.mayRepeat(t.Context(), post, errSpoke) || c.mayRepeat(t.Context(), post, errors.New("another")) {
		t.Error("a POST may be sent again if nothing of it was, and not else")
	}
}

// FuzzAnswer compares what is made of an upstream's bytes with what net/http makes of
// them. The upstream says them, and closes.
func FuzzAnswer(f *testing.F) {
	for _, text := range answers {
		f.Add([]byte(strings.TrimSuffix(text, "<close>")), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, get bool) {
		method := "HEAD"
		if get {
			method = "GET"
		}
		// net/http answers a change of protocol with a connection, and takes a status below 100;
		// we refuse both.
		if got, want := fuzzed(t, method, text, func(tr *http.Transport) http.RoundTripper { return New(tr) }), fuzzed(t, method, text, func(tr *http.Transport) http.RoundTripper { return tr }); want.Status != http.StatusSwitchingProtocols && (want.Failed || want.Status >= 100) && !interims(text) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-net/http +ours:\n%s", diff)
			}
		}
	})
}

// interims reports whether there may be more interim answers than we take.
func interims(text []byte) bool { return strings.Count(string(text), "HTTP/1.") > MaxInterim }

func fuzzed(t *testing.T, method string, text []byte, road func(*http.Transport) http.RoundTripper) outcome {
	tr := &http.Transport{DisableCompression: true, MaxIdleConns: 1, MaxIdleConnsPerHost: 1, DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := pair(t)
		go func() {
			defer theirs.Close()
			if _, err := readHead(bufio.NewReader(theirs)); err == nil {
				theirs.Write(text)
			}
		}()
		return ours, nil
	}}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://app.internal/", nil)
	if err != nil {
		t.Fatal(err)
	}
	rt := road(tr)
	defer rt.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	got := outcomeOf(rt.RoundTrip(r))
	if got.Broken {
		got.Body = "" // how much of it came is a matter of timing
	}
	return got
}

// pair returns two ends of a connection that the system knows.
func pair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "")
		if ends[i], err = net.FileConn(file); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	return ends[0], ends[1]
}
