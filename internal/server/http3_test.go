package server_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// serving runs a server with a route to an upstream that says who asked it, and
// returns its address.
func serving(t *testing.T, keys string) string {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.Path, r.Header.Get("X-Forwarded-For"), body)
	}))
	t.Cleanup(upstream.Close)
	file := "data_dir: " + t.TempDir() + "\naddress: 127.0.0.1:0\nhealth_check_addr: ''\n" + keys + "\nroutes:\n  - {from: https://app.example.com, to: '" + upstream.URL + "', allow_public_unauthenticated_access: true}\n  - {from: https://closed.example.com, to: '" + upstream.URL + "', allow_any_authenticated_user: true}\n"
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), server.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	l, err := server.Listen(c, "address")
	if err != nil {
		t.Fatal(err)
	}
	running, err := s.Start(c, l, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancelCause(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- running.Wait(ctx) }()
	t.Cleanup(func() {
		end(server.ErrAtOnce)
		if err := <-ended; err != nil {
			t.Errorf("the end: %v", err)
		}
		l.Close()
	})
	return l.Addr().String()
}

// overQUIC is a client that speaks HTTP/3 to an address.
func overQUIC(t *testing.T, addr string) *http.Client {
	transport := &http3.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		Dial: func(ctx context.Context, _ string, tc *tls.Config, qc *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, addr, tc, qc)
		},
	}
	t.Cleanup(func() { transport.Close() })
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// overTLS is a client that speaks one of some protocols to an address.
func overTLS(t *testing.T, addr string, http1, http2 bool) *http.Client {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		},
	}
	transport.Protocols.SetHTTP1(http1)
	transport.Protocols.SetHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// read returns the protocol and the text of an answer.
func read(t *testing.T, resp *http.Response, err error) (proto, body string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Proto, string(text)
}

func TestHTTP3(t *testing.T) {
	addr := serving(t, "codec_type: http3")
	resp, err := overTLS(t, addr, true, true).Get("https://app.example.com/a")
	if proto, body := read(t, resp, err); proto != "HTTP/2.0" || body != "GET /a 127.0.0.1 " {
		t.Errorf("over TLS: got %s %q", proto, body)
	}
	_, port, _ := net.SplitHostPort(addr)
	if got := resp.Header.Get("Alt-Svc"); got != `h3=":`+port+`"; ma=86400` {
		t.Errorf("got Alt-Svc %q, want the port %s", got, port)
	}
	client := overQUIC(t, addr)
	resp, err = client.Post("https://app.example.com/b", "text/plain", strings.NewReader("hello"))
	if proto, body := read(t, resp, err); proto != "HTTP/3.0" || body != "POST /b 127.0.0.1 hello" {
		t.Errorf("over QUIC: got %s %q, want the upstream to know the client", proto, body)
	}
	if resp.Header.Get("X-Request-Id") == "" || resp.Header.Get("Connection") != "" {
		t.Errorf("got the headers %v, want those of every answer, and none of a connection", resp.Header)
	}
	resp, err = client.Get("https://closed.example.com/")
	if read(t, resp, err); resp.StatusCode != http.StatusFound {
		t.Errorf("a route that asks for sign-in: got %d, want 302", resp.StatusCode)
	}
	resp, err = client.Get("https://nobody.example.net/")
	if read(t, resp, err); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a host that nobody has: got %d, want 421", resp.StatusCode)
	}
}

func TestOneProtocolAlone(t *testing.T) {
	for codec, want := range map[string][2]string{"auto": {"HTTP/1.1", "HTTP/2.0"}, "http1": {"HTTP/1.1", ""}, "http2": {"", "HTTP/2.0"}} {
		addr := serving(t, "codec_type: "+codec)
		for i, client := range []*http.Client{overTLS(t, addr, true, false), overTLS(t, addr, false, true)} {
			got := ""
			if resp, err := client.Get("https://app.example.com/"); err == nil {
				got, _ = read(t, resp, err)
				if alt := resp.Header.Get("Alt-Svc"); alt != "" {
					t.Errorf("%s: got Alt-Svc %q, want none", codec, alt)
				}
			}
			if got != want[i] {
				t.Errorf("%s: got %q, want %q", codec, got, want[i])
			}
		}
	}
}
