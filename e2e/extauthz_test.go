package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// TestExtAuthz asks as Envoy does, with Envoy's own messages over a real gRPC client.
func TestExtAuthz(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := newSystem(t, sqlite(t), echoRoute(newUpstream(t)), fmt.Sprintf("forward_auth: {address: '127.0.0.1:%d', trusted_proxies: [127.0.0.1]}\n", port))
	envoy := newEnvoy(t, port, "127.0.0.1")
	const cookie = "__Host-_pomerium"
	as := func(username, password string) string {
		return cookie + "=" + s.signedIn(t, username, password).Cookie(s.app+"/", cookie)
	}
	check := func(headers map[string]string) *auth.CheckResponse {
		t.Helper()
		answer, err := envoy.Check(bounded(t), s.envoyAsks(headers))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}

	allowed := check(map[string]string{"cookie": "theme=dark; " + as("alice", alicePassword), "accept": "text/html", "x-email": "root@example.com", "x-pomerium-claim-role": "root"})
	ok := allowed.GetOkResponse()
	if codes.Code(allowed.GetStatus().GetCode()) != codes.OK || ok == nil {
		t.Fatalf("alice: got %v, want her let in", allowed)
	}
	set := valuesOf(ok.GetHeaders())
	if set.Get("X-Email") != "alice@example.com" || strings.Count(set.Get("X-Pomerium-Jwt-Assertion"), ".") != 2 || set.Get("Cookie") != "theme=dark" {
		t.Errorf("alice: the application is to get %v, want who she is, and no session of hers", set)
	}
	for _, h := range ok.GetHeaders() {
		if h.GetAppendAction() != core.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD {
			t.Errorf("%s does not take the place of the client's: %v", h.GetHeader().GetKey(), h.GetAppendAction())
		}
	}
	if !slices.ContainsFunc(ok.GetHeadersToRemove(), func(name string) bool { return strings.EqualFold(name, "x-pomerium-claim-role") }) {
		t.Errorf("got %v removed, want the client's claim among them", ok.GetHeadersToRemove())
	}

	visitor := check(map[string]string{"accept": "text/html", "sec-fetch-mode": "navigate"})
	to := valuesOf(visitor.GetDeniedResponse().GetHeaders()).Get("Location")
	if codes.Code(visitor.GetStatus().GetCode()) == codes.OK || visitor.GetDeniedResponse().GetStatus().GetCode() != http.StatusFound || !strings.HasPrefix(to, s.app+"/.pomerium/") {
		t.Errorf("a visitor: got %v, want a redirect to the sign-in", visitor)
	}
	bob := check(map[string]string{"cookie": as("bob", bobPassword), "accept": "text/html"})
	if codes.Code(bob.GetStatus().GetCode()) == codes.OK || bob.GetDeniedResponse().GetStatus().GetCode() != http.StatusForbidden || !strings.Contains(bob.GetDeniedResponse().GetBody(), "bob@example.com") {
		t.Errorf("bob: got %v, want the page that refuses him", bob)
	}

	if got, err := newEnvoy(t, port, "127.0.0.2").Check(bounded(t), s.envoyAsks(nil)); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a proxy that is not named: got %v and the error %v, want PERMISSION_DENIED", got, err)
	}
}

// newEnvoy returns a client of Envoy's service at a port, which calls from an address.
func newEnvoy(t *testing.T, port int, from string) auth.AuthorizationClient {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := grpc.NewClient(fmt.Sprintf("passthrough:///127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return auth.NewAuthorizationClient(conn)
}

// envoyAsks returns what Envoy says of a request for a page of the application.
func (s *system) envoyAsks(headers map[string]string) *auth.CheckRequest {
	return &auth.CheckRequest{Attributes: &auth.AttributeContext{
		Source: &auth.AttributeContext_Peer{Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
			Address: "203.0.113.7", PortSpecifier: &core.SocketAddress_PortValue{PortValue: 40000},
		}}}},
		Request: &auth.AttributeContext_Request{Http: &auth.AttributeContext_HttpRequest{
			Id: "1", Method: http.MethodGet, Scheme: "https", Host: strings.TrimPrefix(s.app, "https://"), Path: "/page?a=b", Protocol: "HTTP/2", Headers: headers,
		}},
	}}
}

func valuesOf(headers []*core.HeaderValueOption) http.Header {
	all := http.Header{}
	for _, h := range headers {
		all.Add(h.GetHeader().GetKey(), h.GetHeader().GetValue())
	}
	return all
}
