package server_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/server"
)

const tcpRoutes = `
  - from: tcp+https://redis.example.com:6379
    to: tcp://127.0.0.1:1
    allowed_domains: [example.com]
  - from: tcp+https://proxy.example.com/db.internal:5432
    to: tcp://127.0.0.1:1
    allow_public_unauthenticated_access: true
`

// withTCP returns a configuration with two routes for TCP.
func withTCP(t *testing.T) *config.Config {
	t.Helper()
	text := strings.NewReplacer("{secret}", secretOne, "{access}", admins).Replace(file)
	text = strings.Replace(text, "\nroutes:\n", "\nroutes:"+tcpRoutes, 1)
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("data_dir: " + t.TempDir() + "\n" + text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func connect(s *server.Server, authority string) int {
	r := httptest.NewRequest(http.MethodConnect, "http://target.example.com", nil)
	r.URL, r.Host = &url.URL{Host: authority}, authority
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code
}

// A CONNECT names a host that is perhaps none of ours: the target of a path in from.
func TestCONNECTComesToTheGateway(t *testing.T) {
	s := start(t, withTCP(t))
	for authority, want := range map[string]int{
		"redis.example.com:6379": 302, "db.internal:5432": 503, // nothing listens
		"db.internal:5433": 404, "169.254.169.254:80": 404, "nothing.example.net:443": 404, "app.example.com:443": 404, "a b:1": 400,
	} {
		if got := connect(s, authority); got != want {
			t.Errorf("%s: got %d, want %d", authority, got, want)
		}
	}
	if got := connect(s, "id.example.com:443"); got < 400 {
		t.Errorf("the directory: got %d, want a refusal", got)
	}
	without := start(t, load(t, t.TempDir(), secretTwo, admins))
	for authority, want := range map[string]int{"app.example.com:443": 405, "db.internal:5432": 421} {
		if got := connect(without, authority); got != want {
			t.Errorf("without routes for TCP, %s: got %d, want %d", authority, got, want)
		}
	}
}

func TestExplainARouteForTCP(t *testing.T) {
	c := withTCP(t)
	alice := map[string]any{"sub": "u", "email": "alice@example.com"}
	for text, want := range map[string]policy.Outcome{"tcp+https://redis.example.com:6379": policy.Allow, "tcp+https://proxy.example.com/db.internal:5432": policy.Allow} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		a, err := server.Explain(c, server.Question{URL: u, Claims: alice})
		if err != nil || a.Route == nil || a.Decision.Outcome != want {
			t.Errorf("%s: got %+v and the error %v, want %v", text, a, err, want)
		}
	}
	for _, text := range []string{"tcp+https://redis.example.com:22", "https://redis.example.com:6379", "tcp+https://proxy.example.com:5432"} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := server.Explain(c, server.Question{URL: u}); err != nil || a.Route != nil {
			t.Errorf("%s: got %+v and the error %v, want no route", text, a, err)
		}
	}
}

// What a client sends without waiting for the answer was meant for the target. A
// stranger may have chosen it: it must not be read as a request.
func TestNothingIsReadAfterARefusedCONNECT(t *testing.T) {
	for name, addr := range map[string]string{"with routes for TCP": serving(t, "policy:"+tcpRoutes), "without": serving(t, "")} {
		for _, target := range []string{"redis.example.com:6379", "nothing.example.net:443", "app.example.com:443", "redis.example.com"} {
			conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.com\r\n\r\n", target)
			answers, _ := io.ReadAll(io.LimitReader(conn, 100<<10)) // a reset is an end, too
			conn.Close()
			if n := strings.Count(string(answers), "HTTP/1.1 "); n != 1 || strings.HasPrefix(string(answers), "HTTP/1.1 2") || !strings.Contains(string(answers), "Connection: close") {
				t.Errorf("%s, %s: got %d answers, want one refusal that ends the connection:\n%.300s", name, target, n, answers)
			}
		}
	}
}

// Behind a proxy that ends TLS, too, a client may go on after the upstream's last word.
func TestATunnelWithoutTLSIsHalfClosed(t *testing.T) {
	for _, header := range []string{"", "PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n"} {
		upstream, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer upstream.Close()
		heard := make(chan string, 1)
		go func() {
			conn, err := upstream.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			conn.(*net.TCPConn).CloseWrite()
			text, _ := io.ReadAll(conn)
			heard <- string(text)
		}()
		addr := serving(t, fmt.Sprintf("insecure_server: true\nuse_proxy_protocol: %t\npolicy: [{from: tcp+https://x.example.com:1, to: 'tcp://%s', allow_public_unauthenticated_access: true}]", header != "", upstream.Addr()))
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
		fmt.Fprint(conn, header+"CONNECT x.example.com:1 HTTP/1.1\r\nHost: x.example.com:1\r\n\r\n")
		if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
			t.Fatalf("%q: got %q and the error %v, want 200 and the upstream's end", header, answer, err)
		}
		fmt.Fprint(conn, "the rest")
		conn.(*net.TCPConn).CloseWrite()
		if got := <-heard; got != "the rest" {
			t.Errorf("%q: the upstream got %q, want what came after its last word", header, got)
		}
	}
}

// A program must not take the end of a tunnel that failed for the target's last word,
// whatever is between the gateway and the network's connection.
func TestATunnelThatFailsEndsWithAReset(t *testing.T) {
	upstream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	go func() {
		for {
			conn, err := upstream.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadFull(conn, make([]byte, 5))
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	const proxied = "PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n"
	tests := map[string]struct {
		keys, header string
		secure       bool
	}{
		"plain":              {keys: "insecure_server: true\n"},
		"plain behind PROXY": {keys: "insecure_server: true\nuse_proxy_protocol: true\n", header: proxied},
		"TLS":                {secure: true},
		"TLS behind PROXY":   {keys: "use_proxy_protocol: true\n", header: proxied, secure: true},
	}
	for name, tt := range tests {
		addr := serving(t, fmt.Sprintf("%spolicy: [{from: tcp+https://x.example.com:1, to: 'tcp://%s', allow_public_unauthenticated_access: true}]", tt.keys, upstream.Addr()))
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
		fmt.Fprint(conn, tt.header)
		if tt.secure {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		}
		fmt.Fprint(conn, "CONNECT x.example.com:1 HTTP/1.1\r\nHost: x.example.com:1\r\n\r\n")
		head := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
		if _, err := io.ReadFull(conn, head); err != nil || !strings.HasPrefix(string(head), "HTTP/1.1 200 ") {
			t.Fatalf("%s: got %q and the error %v, want 200", name, head, err)
		}
		fmt.Fprint(conn, "hello")
		if rest, err := io.ReadAll(conn); len(rest) > 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: got %q and the error %v, want a reset", name, rest, err)
		}
	}
}
