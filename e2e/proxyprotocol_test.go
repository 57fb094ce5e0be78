package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// TestPROXYProtocol speaks to a gateway behind a load balancer that names the client.
// The policy decides by that address, and the application gets it.
func TestPROXYProtocol(t *testing.T) {
	t.Parallel()
	s := newRobots(t, "use_proxy_protocol: true", fmt.Sprintf(`
  - {from: "https://app.{host}", to: %q, policy: [{allow: {and: [{source_ip: 203.0.113.0/24}, {accept: true}]}}]}
`, newUpstream(t).URL))
	client := &net.TCPAddr{IP: net.ParseIP("203.0.113.7"), Port: 40000}
	other := &net.TCPAddr{IP: net.ParseIP("198.51.100.7"), Port: 40000}
	for _, tt := range []struct {
		name   string
		header *proxyproto.Header
		want   string // in the answer; "": the connection ends without one
	}{
		{"version 1", proxyproto.HeaderProxyFromAddrs(1, client, client), `"203.0.113.7"`},
		{"version 2", proxyproto.HeaderProxyFromAddrs(2, client, client), `"203.0.113.7"`},
		{"an address that may not", proxyproto.HeaderProxyFromAddrs(2, other, client), "403 Forbidden"},
		{"no header", nil, ""},
	} {
		if got := s.behind(t, tt.header); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: got %.300q, want %q", tt.name, got, tt.want)
		}
	}
}

// behind asks for a page of the application, as a load balancer does that sends the
// header first, and returns the status and the body.
func (s *robots) behind(t *testing.T, header *proxyproto.Header) string {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if header != nil {
		if _, err := header.WriteTo(conn); err != nil {
			t.Fatal(err)
		}
	}
	secure := tls.Client(conn, &tls.Config{RootCAs: suite.authority.pool, ServerName: "app.localhost", NextProtos: []string{"http/1.1"}})
	fmt.Fprintf(secure, "GET / HTTP/1.1\r\nHost: app.localhost:%d\r\nX-Forwarded-For: 192.0.2.1\r\nAccept: text/plain\r\n\r\n", s.port)
	resp, err := http.ReadResponse(bufio.NewReader(secure), nil)
	if err != nil {
		return ""
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status + " " + strings.ReplaceAll(string(body), "&#34;", `"`)
}
