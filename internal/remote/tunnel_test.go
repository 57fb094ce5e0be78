package remote

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/websocket"
)

func TestTargets(t *testing.T) {
	for _, tt := range []struct{ text, gateway, authority, in string }{
		{"redis.example.com:6379", "", "redis.example.com:6379", "https://redis.example.com"},
		{"REDIS.example.com:06379", "", "redis.example.com:6379", "https://redis.example.com"},
		{"redis.internal:6379", "https://proxy.example.com:8443/", "redis.internal:6379", "https://proxy.example.com:8443"},
		{"tcp+https://redis.example.com:6379", "", "redis.example.com:6379", "https://redis.example.com"},
		{"tcp+https://proxy.example.com/redis.internal:6379", "", "redis.internal:6379", "https://proxy.example.com"},
		{"tcp+https://proxy.example.com:8443/redis.internal:6379", "", "redis.internal:6379", "https://proxy.example.com:8443"},
		{"tcp+https://db.example.com", "", "db.example.com:443", "https://db.example.com"},
		{"tcp+https://proxy.example.com:8443/db.internal", "", "db.internal:443", "https://proxy.example.com:8443"},
		{"[fd00::1]:22", "", "[fd00::1]:22", "https://[fd00::1]"},
		{"redis.localhost:6379", "http://redis.localhost:9229", "redis.localhost:6379", "http://redis.localhost:9229"},
		{"redis.example.com", "", "", ""}, {"redis.example.com:", "", "", ""}, {":6379", "", "", ""}, {"", "", "", ""}, {"https://redis.example.com:6379", "", "", ""},
		{"redis.example.com:0", "", "", ""}, {"a b:1", "", "", ""}, {"redis.example.com:6379", "http://proxy.example.com", "", ""}, {"tcp+http://redis.example.com:6379", "", "", ""},
	} {
		got, err := ParseTarget(tt.text, tt.gateway)
		switch {
		case err != nil && tt.authority != "":
			t.Errorf("%s: %v", tt.text, err)
		case err == nil && (got.Authority != tt.authority || got.Gateway.String() != tt.in):
			t.Errorf("%s: got %s at %s, want %s at %s", tt.text, got.Authority, got.Gateway, tt.authority, tt.in)
		}
	}
}

// tunneling is a gateway that tunnels to itself: it answers each line in capitals, and
// goodbye at the end.
type tunneling struct {
	*fakeGateway
	refuse  int           // the status for everybody; 0: none
	hangs   chan struct{} // a target that connects when it is closed; nil: at once
	body    string        // of a refusal
	before  int           // the status by which a proxy in front refuses CONNECT; 0: there is none; 1: it hangs up
	got     []string
	reached chan struct{} // an element for each target that hangs
}

func (g *tunneling) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, socket := strings.CutPrefix(r.URL.Path, pathSocket)
	switch {
	case r.Method == http.MethodConnect && g.before == 1:
		panic(http.ErrAbortHandler)
	case r.Method == http.MethodConnect && g.before != 0:
		w.WriteHeader(g.before)
		return
	case r.Method == http.MethodConnect:
		target = r.Host
	case !socket:
		g.fakeGateway.ServeHTTP(w, r)
		return
	}
	w.Header().Set(headerMark, "true")
	g.mu.Lock()
	g.got = append(g.got, r.Method+" "+target+" "+r.Header.Get("Authorization"))
	g.mu.Unlock()
	switch {
	case g.refuse != 0:
		w.WriteHeader(g.refuse)
		io.WriteString(w, g.body)
	case !g.knows(r):
		w.Header().Set("Location", "https://authenticate.example.com/")
		w.WriteHeader(http.StatusFound)
	default:
		if g.hangs != nil {
			g.reached <- struct{}{}
			<-g.hangs
		}
		open := openPlain
		if socket {
			open = openSocket
		}
		conn, err := open(w, r)
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "WELCOME\n")
		lines := bufio.NewReader(conn)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				fmt.Fprintln(conn, "GOODBYE")
				return
			}
			fmt.Fprint(conn, strings.ToUpper(line))
		}
	}
}

func openPlain(w http.ResponseWriter, _ *http.Request) (io.ReadWriteCloser, error) {
	raw, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprint(raw, "HTTP/1.1 200 Connection established\r\n\r\n")
	return &joined{raw, buf.Reader}, err
}

func openSocket(w http.ResponseWriter, r *http.Request) (io.ReadWriteCloser, error) {
	if err := websocket.CheckRequest(r); err != nil {
		return nil, err
	}
	return websocket.Accept(w, r)
}

// newTunnel returns a tunnel through a gateway with TLS.
func newTunnel(t *testing.T) (*Tunnel, *tunneling) {
	t.Helper()
	g, fake := newGateway(t)
	gateway := &tunneling{fakeGateway: fake}
	server := httptest.NewTLSServer(gateway)
	t.Cleanup(server.Close)
	u, err := ParseGateway(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	g.URL, g.HTTP = u, server.Client()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return &Tunnel{Gateway: g, Target: "redis.example.com:6379", TLS: &tls.Config{RootCAs: roots}, Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }}, gateway
}

// want reads lines.
func want(t *testing.T, r *bufio.Reader, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if got, err := r.ReadString('\n'); err != nil || got != line+"\n" {
			t.Fatalf("got %q and the error %v, want %q", got, err, line)
		}
	}
}

func TestATunnelSignsInWhenTheGatewayAsks(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	for step := range 2 {
		conn, err := tunnel.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(conn)
		fmt.Fprintln(conn, "hello")
		want(t, r, "WELCOME", "HELLO")
		conn.(*joined).CloseWrite()
		want(t, r, "GOODBYE")
		conn.Close()
		if gateway.asked != 1 {
			t.Errorf("connection %d: got %d sign-ins, want one", step, gateway.asked)
		}
	}
	// After a sign-out the kept credential is of no use.
	clear(gateway.known)
	gateway.next = token("second", time.Hour)
	conn, err := tunnel.Dial(t.Context())
	if err != nil || gateway.asked != 2 {
		t.Fatalf("got %d sign-ins and the error %v, want another one", gateway.asked, err)
	}
	conn.Close()
	if last := gateway.got[len(gateway.got)-1]; last != "CONNECT redis.example.com:6379 Pomerium "+gateway.next {
		t.Errorf("got %q, want the target and the new credential", last)
	}
}

func TestWhyThereIsNoTunnel(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	for _, tt := range []struct {
		status int
		body   string
		want   string
	}{
		{403, "You do not have access.", "you are signed in, and the gateway does not allow you this target: You do not have access."},
		{404, "", "has no route for redis.example.com:6379"},
		{405, "", "tunnels no connections"}, {421, "", "tunnels no connections"},
		{503, "down\x1b[31m", "can't reach the target redis.example.com:6379 at the moment: down [31m"},
		{500, "<html>", "answers 500: 500 Internal Server Error"},
		{302, "", "asks for a sign-in again and again"},
	} {
		gateway.refuse, gateway.body = tt.status, tt.body
		conn, err := tunnel.Dial(t.Context())
		if err == nil {
			conn.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d: got %v, want %q", tt.status, err, tt.want)
		}
	}
	tunnel.TLS = &tls.Config{}
	if _, err := tunnel.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") || !strings.Contains(err.Error(), "--ca") {
		t.Errorf("an unknown authority: got %v, want an error about the certificate that says --ca", err)
	}
	tunnel.URL = &url.URL{Scheme: "https", Host: "127.0.0.1:1"}
	if _, err := tunnel.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "--gateway") {
		t.Errorf("no gateway there: got %v, want an error that says --gateway", err)
	}
}

// A proxy in front of the gateway knows nothing of CONNECT, in one of many ways.
func TestATunnelTakesTheSecondWayWhereCONNECTIsRefused(t *testing.T) {
	for _, before := range []int{1, 400, 403, 404, 405, 501, 502, 200} {
		tunnel, gateway := newTunnel(t)
		gateway.before = before
		if before == 200 {
			gateway.before, tunnel.WebSocket = 405, true
		}
		for range 2 {
			conn, err := tunnel.Dial(t.Context())
			if err != nil {
				t.Errorf("%d: %v", before, err)
				break
			}
			fmt.Fprintln(conn, "hello")
			r := bufio.NewReader(conn)
			want(t, r, "WELCOME", "HELLO")
			conn.(interface{ CloseWrite() error }).CloseWrite()
			want(t, r, "GOODBYE")
			conn.Close()
		}
		const socket = "GET redis.example.com:6379 "
		if want := []string{socket, socket + "Pomerium " + gateway.next, socket + "Pomerium " + gateway.next}; !slices.Equal(gateway.got, want) || gateway.asked != 1 {
			t.Errorf("%d: got %q and %d sign-ins, want %q and one", before, gateway.got, gateway.asked, want)
		}
	}
}

func TestWhatTheGatewayRefusesIsNotAskedForTwice(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	gateway.refuse = 403
	if _, err := tunnel.Dial(t.Context()); !errors.Is(err, ErrNotAllowed) || len(gateway.got) != 1 {
		t.Errorf("got %v after %q, want one question and ErrNotAllowed", err, gateway.got)
	}
	// Behind a proxy, the second refusal is the gateway's own.
	gateway.before = 405
	if _, err := tunnel.Dial(t.Context()); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("got %v, want ErrNotAllowed", err)
	}
}

// What answers is no gateway that knows the second way: the first refusal says more.
func TestTheSecondWayLeadsNowhere(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no gateway": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"Pomerium":   func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(headerMark, "true"); w.WriteHeader(404) },
		"another WebSocket": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Upgrade", "websocket")
			w.WriteHeader(101)
		},
		"nothing that speaks": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		tunnel, _ := newTunnel(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodConnect {
				w.WriteHeader(405)
				return
			}
			answer(w, r)
		}))
		t.Cleanup(server.Close)
		u, err := ParseGateway(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		tunnel.URL = u
		if conn, err := tunnel.Dial(t.Context()); conn != nil || err == nil || !strings.Contains(err.Error(), "tunnels no connections") {
			t.Errorf("%s: got %v, want that it tunnels no connections", name, err)
		}
	}
}

func TestATunnelGoesThroughTheProxyOfTheEnvironment(t *testing.T) {
	tunnel, _ := newTunnel(t)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization")+r.Header.Get("Authorization"))
		target, err := net.Dial("tcp", r.Host)
		if err != nil || r.Header.Get("Proxy-Authorization") == "" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		defer target.Close()
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(target, buf)
		io.Copy(conn, target)
	}))
	t.Cleanup(proxy.Close)
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	tunnel.Proxy = func(r *http.Request) (*url.URL, error) { return u, nil }
	if _, err := tunnel.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "the proxy "+u.Redacted()+" answers 407") {
		t.Errorf("without a password: got %v, want 407 of the proxy", err)
	}
	u.User = url.UserPassword("a", "secret")
	conn, err := tunnel.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	want(t, bufio.NewReader(conn), "WELCOME")
	for _, line := range asked[1:] {
		if line != "CONNECT "+tunnel.URL.Host+" Basic YTpzZWNyZXQ=" {
			t.Errorf("the proxy got %q, want the gateway as the target and no credential for it", line)
		}
	}
	wantNoCertificateAtAProxy(t, tunnel)
	u.Scheme = "socks5"
	if _, err := tunnel.Dial(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want an error without the password", err)
	}
}

func TestATunnelServesManyPrograms(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- tunnel.Serve(ctx, listener, func(error) {}) }()
	var open []net.Conn
	for i := range 3 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
		fmt.Fprintf(conn, "hello %d\n", i)
		want(t, bufio.NewReader(conn), "WELCOME", fmt.Sprintf("HELLO %d", i))
	}
	if gateway.asked != 1 {
		t.Errorf("got %d sign-ins, want one for all", gateway.asked)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("got %v, want no error at the end", err)
	}
	for _, conn := range open {
		if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("got %v, want the end", err)
		}
	}
}

// A target that does not connect held up all other programs.
func TestATargetThatHangsHoldsNobodyUp(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	first, err := tunnel.Dial(t.Context()) // signs in
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	gateway.hangs, gateway.reached = make(chan struct{}), make(chan struct{}, 3)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- tunnel.Serve(ctx, listener, func(error) {}) }()
	for range 3 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for range 3 { // all ask although none is connected; the test's own limit ends a fault
		<-gateway.reached
	}
	close(gateway.hangs)
	cancel()
	<-served
}

// Many that are refused at once wait for one sign-in.
func TestOneSignInServesAllThatWait(t *testing.T) {
	tunnel, gateway := newTunnel(t)
	failed := make(chan error, 5)
	for range 5 {
		go func() {
			conn, err := tunnel.Dial(t.Context())
			if err == nil {
				conn.Close()
			}
			failed <- err
		}()
	}
	for range 5 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if gateway.asked != 1 {
		t.Errorf("got %d sign-ins, want one", gateway.asked)
	}
}

// What the program sent last arrives, and what the target says to it.
func TestJoiningEndsWithTheTarget(t *testing.T) {
	tunnel, _ := newTunnel(t)
	conn, err := tunnel.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var out strings.Builder
	if err := Join(strings.NewReader("hello\n"), &out, conn); err != nil || out.String() != "WELCOME\nHELLO\nGOODBYE\n" {
		t.Errorf("got %q and the error %v, want all three lines", out.String(), err)
	}
}

// wantNoCertificateAtAProxy checks that a proxy with TLS is not offered what proves this
// machine to the gateway.
func wantNoCertificateAtAProxy(t *testing.T, tunnel *Tunnel) {
	t.Helper()
	proven := make(chan int, 9)
	proxy := httptest.NewUnstartedServer(http.NotFoundHandler())
	proxy.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, VerifyConnection: func(s tls.ConnectionState) error {
		proven <- len(s.PeerCertificates)
		return nil
	}}
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	settings := tunnel.TLS.Clone()
	settings.RootCAs.AddCert(proxy.Certificate())
	settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &proxy.TLS.Certificates[0], nil }
	other := &Tunnel{Gateway: tunnel.Gateway, Target: tunnel.Target, TLS: settings, Proxy: func(*http.Request) (*url.URL, error) { return u, nil }}
	if _, err := other.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "answers 404") {
		t.Errorf("got %v, want the proxy's refusal", err)
	}
	if n := <-proven; n > 0 {
		t.Errorf("the proxy got %d certificates, want none", n)
	}
}
