package balance

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

var loopback = Network{
	Transport: func(http2 bool) http.RoundTripper {
		t := &http.Transport{}
		if http2 {
			t.Protocols = new(http.Protocols)
			t.Protocols.SetUnencryptedHTTP2(true)
		}
		return t
	},
	Dial: func(ctx context.Context, u *url.URL) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	},
}

func serve(t *testing.T, h http.HandlerFunc) Target {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return Target{Name: "a", URL: u}
}

func ask(t *testing.T, to Target, c *Check) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return loopback.prober(to, c)(ctx)
}

func TestHTTPCheck(t *testing.T) {
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		if r.URL.RequestURI() == "/live?deep=1" && r.Method == "HEAD" && r.Host == "app.internal" && r.Header.Get("X-Check") == "yes" && r.Header.Get("User-Agent") == "" {
			w.WriteHeader(204)
			return
		}
		if r.URL.Path != "/" {
			w.WriteHeader(503)
		}
		io.WriteString(w, "state: all is well")
	})
	for _, tt := range []struct {
		name  string
		check HTTPCheck
		want  string // in the error
		sure  bool
	}{
		{"plain", HTTPCheck{}, "", false},
		{"HTTP/2", HTTPCheck{HTTP2: true}, "", false},
		{"another status", HTTPCheck{Path: "/gone"}, "status 503", true},
		{"a redirect is not followed", HTTPCheck{Path: "/moved"}, "status 302", true},
		{"a retriable status", HTTPCheck{Path: "/gone", Retriable: []Range{{500, 600}}}, "status 503", false},
		{"expected", HTTPCheck{Path: "/gone", Expected: []Range{{200, 201}, {503, 504}}}, "", false},
		{"the end of a range is not in it", HTTPCheck{Path: "/gone", Expected: []Range{{200, 503}}}, "status 503", true},
		{"everything set", HTTPCheck{Path: "/live?deep=1", Method: "HEAD", Host: "app.internal", Set: http.Header{"X-Check": {"yes"}}, Remove: []string{"User-Agent"}, Expected: []Range{{204, 205}}}, "", false},
		{"the body", HTTPCheck{Receive: [][]byte{[]byte("state"), []byte("well")}}, "", false},
		{"the body in another order", HTTPCheck{Receive: [][]byte{[]byte("well"), []byte("state")}}, "another answer", false},
		{"the body is cut", HTTPCheck{Receive: [][]byte{[]byte("well")}, Room: 10}, "another answer", false},
	} {
		err := ask(t, to, &Check{HTTP: &tt.check})
		if _, sure := err.(certain); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || sure != tt.sure {
			t.Errorf("%s: got %v, certain %v; want %q, %v", tt.name, err, sure, tt.want, tt.sure)
		}
	}
}

func TestTCPCheck(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				ping := make([]byte, 4)
				if _, err := io.ReadFull(conn, ping); err == nil && string(ping) == "PING" {
					io.WriteString(conn, "+PO")
					io.WriteString(conn, "NG\r\n")
				}
			}()
		}
	}()
	to := Target{URL: &url.URL{Host: ln.Addr().String()}}
	if err := ask(t, to, &Check{TCP: &TCPCheck{}}); err != nil {
		t.Errorf("connect: %v", err)
	}
	if err := ask(t, to, &Check{TCP: &TCPCheck{Send: []byte("PING"), Receive: [][]byte{[]byte("PONG")}}}); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := ask(t, to, &Check{TCP: &TCPCheck{Send: []byte("NOPE"), Receive: [][]byte{[]byte("PONG")}}}); err == nil {
		t.Error("another word: got no error")
	}
	ln.Close()
	if err := ask(t, to, &Check{TCP: &TCPCheck{}}); err == nil {
		t.Error("nobody listens: got no error")
	}
}

func TestGRPCCheck(t *testing.T) {
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.ProtoMajor != 2 || r.URL.Path != "/grpc.health.v1.Health/Check" || r.Header.Get("Content-Type") != "application/grpc" || r.Host != "health.internal" {
			w.WriteHeader(400)
			return
		}
		w.Header().Set("Content-Type", "application/grpc")
		switch string(body) {
		case "\x00\x00\x00\x00\x05\x0a\x03app":
			io.WriteString(w, "\x00\x00\x00\x00\x02\x08\x01")
		case "\x00\x00\x00\x00\x06\x0a\x04sick":
			io.WriteString(w, "\x00\x00\x00\x00\x02\x08\x02")
		default:
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", "5")
			return
		}
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	})
	for service, want := range map[string]string{"app": "", "sick": "SERVING", "unknown": `gRPC status "5"`} {
		err := ask(t, to, &Check{GRPC: &GRPCCheck{Service: service, Authority: "health.internal"}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", service, err, want)
		}
	}
}
