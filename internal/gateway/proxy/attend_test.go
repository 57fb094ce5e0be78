package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/testing/browser"
)

// streaming is an upstream whose answers do not end: event streams and
// websockets. gone gets a value when one is cut.
func streaming(t *testing.T) (_ []Upstream, gone chan struct{}) {
	t.Helper()
	gone = make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "data: hello\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			gone <- struct{}{}
			return
		}
		conn, buf, _ := w.(http.Hijacker).Hijack()
		defer conn.Close()
		fmt.Fprint(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\ndata: hello\n")
		buf.Flush()
		io.Copy(io.Discard, buf)
		gone <- struct{}{}
	}))
	t.Cleanup(server.Close)
	return to(server.URL), gone
}

func TestOpenConnectionsEndWithTheirSession(t *testing.T) {
	const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
	for kind, tt := range map[string]struct {
		headers  string
		timeout  time.Duration
		unlogged bool
	}{
		"event stream":                    {},
		"event stream of a limited route": {timeout: time.Hour},
		"websocket":                       {headers: upgrade},
		"websocket of a limited route":    {headers: upgrade, timeout: time.Hour},
		"websocket that nobody observes":  {headers: upgrade, unlogged: true},
	} {
		t.Run(kind, func(t *testing.T) {
			upstream, gone := streaming(t)
			w := newWorld(t, func(w *world, c *Config) {
				c.Routes = append(c.Routes, w.route("https://live.example.com", policy.Access{AnyUser: true}, func(r *Route) {
					r.To, r.Upgrades, r.Timeout = upstream, []string{"websocket"}, duration(tt.timeout)
				}))
			})
			if tt.unlogged {
				w.network = browser.NewNetwork(t, w.gateway)
			}
			open := func() (*bufio.Reader, *session.Session) {
				cookie, s := w.knownSession("live.example.com", nil)
				conn := w.network.Dial(true)
				t.Cleanup(func() { conn.Close() })
				conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
				fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: live.example.com:%s\r\nCookie: %s=%s\r\n%s\r\n", port, cookie.Name, cookie.Value, tt.headers)
				r := bufio.NewReader(conn)
				for line := ""; line != "data: hello\n"; {
					var err error
					if line, err = r.ReadString('\n'); err != nil {
						t.Fatalf("before the first event: %v", err)
					}
				}
				return r, s
			}
			mine, s := open()
			other, _ := open()
			if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(mine); err != nil && err != io.ErrUnexpectedEOF {
				t.Errorf("the connection of the ended session: got %v, want its end", err)
			}
			<-gone
			select {
			case <-gone:
				t.Error("the connection of the other session was cut")
			default:
			}
			_ = other
		})
	}
}

// An upload at a public route was cut when its sender signed out elsewhere, although
// nobody had asked who they are. Where the upstream is told, it is theirs.
func TestAnUploadThatIsNobodysDoesNotEndWithASession(t *testing.T) {
	for told, want := range map[bool]string{false: "HTTP/1.1 200 OK\r\n", true: "HTTP/1.1 401 Unauthorized\r\n"} {
		began, gone := make(chan struct{}, 1), make(chan struct{}, 1)
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			io.ReadFull(r.Body, make([]byte, len("first")))
			began <- struct{}{}
			io.Copy(io.Discard, r.Body)
			gone <- struct{}{}
		}))
		t.Cleanup(server.Close)
		w := newWorld(t, func(w *world, cfg *Config) {
			cfg.Routes = append(cfg.Routes, w.route("https://open.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.PassIdentity = to(server.URL), told }))
		})
		cookie, s := w.knownSession("open.example.com", nil)
		conn := w.network.Dial(true)
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: open.example.com:%s\r\nCookie: %s=%s\r\nAccept: application/json\r\n\r\n5\r\nfirst\r\n", port, cookie.Name, cookie.Value)
		<-began
		if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
			t.Fatal(err)
		}
		if told {
			<-gone
		} else {
			io.WriteString(conn, "4\r\nlast\r\n0\r\n\r\n")
		}
		if got, err := bufio.NewReader(conn).ReadString('\n'); err != nil || got != want {
			t.Errorf("upstream told %t: got %q, %v, want %q", told, got, err, want)
		}
	}
}

// A connection was attended only after the upstream's head, and only if its answer
// had no end: an upload went on after the person had signed out.
// A deadline that ended the reading of a body stayed with the connection: every later
// request on it was answered 499 without a word.
func TestAConnectionServesAfterARequestThatEnded(t *testing.T) {
	for kind, c := range map[string]struct {
		request string // its line, further headers and body
		ends    func(*testing.T, *world, *session.Session)
		status  int
	}{
		"the route's time is over, after the body": {"POST /late HTTP/1.1\r\nContent-Length: 3\r\n%s\r\na=b", nil, http.StatusGatewayTimeout},
		"after a body in chunks":                   {"POST /late HTTP/1.1\r\nTransfer-Encoding: chunked\r\n%s\r\n3\r\na=b\r\n0\r\n\r\n", nil, http.StatusGatewayTimeout},
		"in the middle of the body":                {"POST /late HTTP/1.1\r\nContent-Length: 9\r\n%s\r\na=b", nil, http.StatusGatewayTimeout},
		"without a body":                           {"GET /late HTTP/1.1\r\n%s\r\n", nil, http.StatusGatewayTimeout},
		"the session ended": {"POST /ended HTTP/1.1\r\nContent-Length: 3\r\n%s\r\na=b", func(t *testing.T, w *world, s *session.Session) {
			if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
				t.Fatal(err)
			}
		}, http.StatusUnauthorized},
	} {
		t.Run(kind, func(t *testing.T) {
			began := make(chan struct{}, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					return
				}
				began <- struct{}{}
				io.Copy(io.Discard, r.Body) // or the end of the connection is not noticed
				<-r.Context().Done()
			}))
			t.Cleanup(server.Close)
			late := 100 * time.Millisecond
			w := newWorld(t, func(w *world, cfg *Config) {
				anybody := policy.Access{AnyUser: true}
				cfg.Routes = append(cfg.Routes,
					w.route("https://live.example.com", anybody, func(r *Route) { r.To, r.Prefix, r.Timeout = to(server.URL), "/late", &late }),
					w.route("https://live.example.com", anybody, func(r *Route) { r.To = to(server.URL) }))
			})
			cookie, s := w.knownSession("live.example.com", nil)
			other, _ := w.knownSession("live.example.com", nil)
			conn := w.network.Dial(true)
			t.Cleanup(func() { conn.Close() })
			conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
			headers := func(c *http.Cookie) string {
				return fmt.Sprintf("Host: live.example.com:%s\r\nCookie: %s=%s\r\nAccept: application/json\r\n", port, c.Name, c.Value)
			}
			fmt.Fprintf(conn, c.request, headers(cookie))
			<-began
			if c.ends != nil {
				c.ends(t, w, s)
			}
			answers := bufio.NewReader(conn)
			first, err := http.ReadResponse(answers, nil)
			if err != nil || first.StatusCode != c.status {
				t.Fatalf("got %v, %v, want %d", first, err, c.status)
			}
			io.Copy(io.Discard, first.Body)
			if first.Close {
				return // the client opens another connection
			}
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\n%s\r\n", headers(other))
			if next, err := http.ReadResponse(answers, nil); err != nil || next.StatusCode != http.StatusOK {
				t.Errorf("the next request on the connection: got %v, %v, want 200", next, err)
			}
		})
	}
}

func TestRequestsEndWithTheirSession(t *testing.T) {
	for kind, c := range map[string]struct {
		request  string // its line and further headers
		body     string // the first part
		upstream http.HandlerFunc
		status   string // of the answer; "": it began before
	}{
		"an upload": {
			"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "5\r\nfirst\r\n",
			func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }, "HTTP/1.1 401 Unauthorized\r\n",
		},
		"an upload of known length": {
			"PUT / HTTP/1.1\r\nContent-Length: 1000000\r\n", "first",
			func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }, "HTTP/1.1 401 Unauthorized\r\n",
		},
		"a late answer": {
			"GET / HTTP/1.1\r\n", "",
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "HTTP/1.1 401 Unauthorized\r\n",
		},
		"a download of known length": {
			"GET / HTTP/1.1\r\n", "",
			func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000000")
				io.WriteString(w, "first")
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}, "",
		},
	} {
		t.Run(kind, func(t *testing.T) {
			began, gone := make(chan struct{}, 1), make(chan struct{}, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.body != "" {
					io.ReadFull(r.Body, make([]byte, len("first")))
				}
				began <- struct{}{}
				c.upstream(w, r)
				gone <- struct{}{}
			}))
			t.Cleanup(server.Close)
			w := newWorld(t, func(w *world, cfg *Config) {
				cfg.Routes = append(cfg.Routes, w.route("https://live.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.To = to(server.URL) }))
			})
			cookie, s := w.knownSession("live.example.com", nil)
			conn := w.network.Dial(true)
			t.Cleanup(func() { conn.Close() })
			conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
			fmt.Fprintf(conn, "%sHost: live.example.com:%s\r\nCookie: %s=%s\r\nAccept: application/json\r\n\r\n%s", c.request, port, cookie.Name, cookie.Value, c.body)
			<-began
			answer := bufio.NewReader(conn)
			if c.status == "" {
				if head, err := answer.ReadString('\n'); err != nil || head != "HTTP/1.1 200 OK\r\n" {
					t.Fatalf("got %q, %v, want the beginning of the download", head, err)
				}
			}
			if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
				t.Fatal(err)
			}
			<-gone
			if c.status != "" {
				if got, err := answer.ReadString('\n'); err != nil || got != c.status {
					t.Errorf("got %q, %v, want %q", got, err, c.status)
				}
				return
			}
			if rest, err := io.ReadAll(answer); err == nil && len(rest) >= 1_000_000 {
				t.Error("got the whole download, want its end")
			}
		})
	}
}
