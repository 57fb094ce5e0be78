package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/policy"
)

// lineTo says hello through a tunnel, and wants the upstream's answer.
func lineTo(t *testing.T, conn io.Writer, r *bufio.Reader) {
	t.Helper()
	fmt.Fprint(conn, "hello\n")
	if got, err := r.ReadString('\n'); err != nil || got != "HELLO\n" {
		t.Fatalf("got %q and the error %v, want HELLO", got, err)
	}
}

// A tunnel may be silent for hours: over HTTP/1.1 its handler, and the stack of that, do
// not stay for it. Its log line comes at its end.
func TestATunnelGoesOnAfterItsHandler(t *testing.T) {
	const host, target = "redis.example.com", "redis.example.com:6379"
	w := newTunnelWorld(t, nil)
	credential, _ := w.credential(host)
	tests := map[string]struct {
		status string
		open   func(*testing.T) io.ReadWriteCloser
	}{
		"CONNECT": {`"status":200`, func(t *testing.T) io.ReadWriteCloser {
			status, conn, _ := w.send("CONNECT " + target + " HTTP/1.1\nHost: " + target + "\n" + withCredential(credential) + "\n\n")
			if status != http.StatusOK {
				t.Fatalf("got %d", status)
			}
			return conn
		}},
		"WebSocket": {`"status":101`, func(*testing.T) io.ReadWriteCloser { return w.open(host, target, credential) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			conn := tt.open(t)
			<-w.handled
			select {
			case line := <-w.log.lines:
				t.Errorf("the tunnel is open, and the log has %s", line)
			default:
			}
			r := bufio.NewReader(conn)
			lineTo(t, conn, r)
			lineTo(t, conn, r)
			conn.Close()
			line := <-w.log.lines
			for _, want := range []string{tt.status, `"tunnel_received":12`, `"decision":"allow"`} {
				if !strings.Contains(line, want) {
					t.Errorf("the log lacks %s: %s", want, line)
				}
			}
		})
	}
}

// What an upstream is counted for one tunnel ends once.
func TestTheLimitOfConnectionsHoldsAfterATunnelHasEnded(t *testing.T) {
	const host, target = "limited.example.com", "limited.example.com:22"
	one := 1
	w := newTunnelWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://"+host, policy.Access{AnyUser: true}, func(r *Route) {
			r.Tunnels, r.To, r.Balancing = []string{target}, c.Routes[len(c.Routes)-1].To, Balancing{Limits: balance.Limits{Requests: &one}}
		}))
	})
	credential, _ := w.credential(host)
	ask := socketAt(host, target, withCredential(credential))
	for range 3 {
		conn := w.open(host, target, credential)
		lineTo(t, conn, bufio.NewReader(conn))
		if status := w.refusal(ask); status != http.StatusServiceUnavailable {
			t.Errorf("beside an open tunnel: got %d, want %d", status, http.StatusServiceUnavailable)
		}
		<-w.log.lines // of the refusal
		conn.Close()
		<-w.log.lines // of the tunnel
	}
}
