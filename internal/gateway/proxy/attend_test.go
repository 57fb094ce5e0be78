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
		headers string
		timeout time.Duration
	}{
		"event stream":                    {},
		"event stream of a limited route": {timeout: time.Hour},
		"websocket":                       {headers: upgrade},
		"websocket of a limited route":    {headers: upgrade, timeout: time.Hour},
	} {
		t.Run(kind, func(t *testing.T) {
			upstream, gone := streaming(t)
			w := newWorld(t, func(w *world, c *Config) {
				c.Routes = append(c.Routes, w.route("https://live.example.com", policy.Access{AnyUser: true}, func(r *Route) {
					r.To, r.Upgrades, r.Timeout = upstream, []string{"websocket"}, duration(tt.timeout)
				}))
			})
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
