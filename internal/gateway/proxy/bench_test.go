package proxy

import (
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/base/plainhttp"
	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/testing/gatewaytest"
)

// BenchmarkProxy compares, in one run: a bare tuned reverse proxy, and the
// gateway with a known session, a policy on a group, identity headers and the
// access log. Both go over loopback to the same upstream.
func BenchmarkProxy(b *testing.B) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer upstream.Close()
	target := mustURL(upstream.URL)

	b.Run("bare", func(b *testing.B) {
		bare := &httputil.ReverseProxy{Transport: NewTransport(), BufferPool: buffers, Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(target)
			pr.SetXForwarded()
		}}
		run(b, bare, "")
	})
	b.Run("gateway", func(b *testing.B) {
		handler, cookie := benchGateway(b, upstream.URL, nil)
		run(b, handler, cookie)
	})
}

// run sends requests one after the other through a server of its own.
func run(b *testing.B, h http.Handler, cookie string) {
	server := httptest.NewServer(h)
	defer server.Close()
	client := &http.Client{Transport: NewTransport()}
	req, err := http.NewRequest("GET", server.URL+"/reports/7?year=2026", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Host = "app.example.com"
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	req.Header.Set("User-Agent", "Mozilla/5.0")
	req.Header.Set("Cookie", "theme=dark; "+cookie)
	b.ReportAllocs()
	defer reportCPU(b)()
	for b.Loop() {
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 {
			b.Fatalf("got status %d, want 200", resp.StatusCode)
		}
	}
}

// benchGateway returns a gateway, observed and logged, and a cookie for it. A
// transport that is not nil takes the place of the one to the upstream.
func benchGateway(b *testing.B, upstream string, transport http.RoundTripper) (http.Handler, string) {
	b.Helper()
	w := gatewaytest.New(b)
	matched, allowed := gatewaytest.Route(b, "https://app.example.com", policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins"}}})
	provider := &fakeProvider{id: "p1"}
	g, err := New(Config{
		AuthenticateURL: mustURL("https://authenticate.example.com"), SharedSecret: secret("shared"), CookieSecret: secret("cookie"),
		Providers: authenticate.ProviderList{provider}, Sessions: w.Sessions, Tickets: w.Tickets("tickets"), Attempts: w.Attempts("attempts"), ClaimHeaders: map[string]string{"X-Pomerium-Claim-Email": "email"},
		Routes: []*Route{{Route: matched, Policy: allowed, To: []Upstream{{URL: mustURL(upstream)}}, PassIdentity: true}},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	for _, cr := range g.live.Load().chain.routes {
		if transport != nil {
			cr.relay.transport = transport
		}
	}
	cookie, _ := newSession(b, g, w.Sessions, provider, "app.example.com", map[string]any{"email": "alice@example.com", "cognito:groups": []any{"staff", "admins"}})
	log, queue, err := telemetry.OpenLog(io.Discard, "info", telemetry.JSON)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { queue.Close() })
	return (&web.Observer{Log: log, Measure: telemetry.NewMetrics().Measure}).Wrap(g), cookie.Name + "=" + cookie.Value
}

// BenchmarkChain is the gateway's own share: everything but the proxying.
func BenchmarkChain(b *testing.B) {
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	handler, cookie := benchGateway(b, "http://upstream.example.com", transport)
	req := httptest.NewRequest("GET", "https://app.example.com/reports/7?year=2026", nil)
	req.Header.Set("Cookie", cookie)
	bare := &httputil.ReverseProxy{Transport: transport, BufferPool: buffers, Rewrite: func(pr *httputil.ProxyRequest) { pr.SetXForwarded() }}
	b.Run("bare", func(b *testing.B) { serve(b, bare, req) })
	b.Run("gateway", func(b *testing.B) { serve(b, handler, req) })
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reportCPU reports the processor time of an operation, which a busy machine
// does not stretch as it does wall time.
func reportCPU(b *testing.B) func() {
	before := cpuTime()
	return func() { b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op") }
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func serve(b *testing.B, h http.Handler, req *http.Request) {
	b.ReportAllocs()
	defer reportCPU(b)()
	for b.Loop() {
		h.ServeHTTP(&nowhere{header: http.Header{}}, req)
	}
}

// nowhere is a ResponseWriter that keeps nothing.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}

func BenchmarkSignAssertion(b *testing.B) {
	signers, err := signersOf(nil, secret("shared"))
	if err != nil {
		b.Fatal(err)
	}
	a := newAssertions(signers[0], nil)
	defer a.close()
	s := &session.Session{ID: session.ID(rand.Text()), Identity: identity.Identity{UserID: "u-1", Email: "alice@example.com", Claims: identity.NewClaims(map[string][]any{})}}
	now := time.Unix(1_800_000_000, 0)
	b.Run("signed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Revision++
			if _, err := a.of(s, "app.example.com", false, nil, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.of(s, "app.example.com", false, nil, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkConnection is the whole road of a signed-in request: from the bytes on a
// connection, through the gateway and to an application, and back. The client and the
// application do no more than they must, so that what is counted is the gateway's.
func BenchmarkConnection(b *testing.B) {
	handler, cookie := benchGateway(b, "http://"+answering(b), nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := plainhttp.New(&http.Server{Handler: handler})
	go server.Serve(ln)
	defer server.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	request := []byte("GET /reports/7?year=2026 HTTP/1.1\r\nHost: app.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nCookie: theme=dark; " + cookie + "\r\n\r\n")
	answer := make([]byte, 4<<10)
	ask := func() {
		conn.Write(request)
		for n := 0; !bytes.HasSuffix(answer[:n], []byte("\r\n\r\nhello")); {
			m, err := conn.Read(answer[n:])
			if err != nil {
				b.Fatalf("%v after %q", err, answer[:n])
			}
			n += m
		}
	}
	ask()
	b.ReportAllocs()
	defer reportCPU(b)()
	for b.Loop() {
		ask()
	}
}

// answering starts an application that answers every request with the same bytes, and
// returns its address.
func answering(b *testing.B) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ln.Close() })
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nDate: Sun, 29 Nov 2026 12:00:00 GMT\r\nContent-Length: 5\r\n\r\nhello")
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for request := make([]byte, 8<<10); ; {
					if _, err := conn.Read(request); err != nil {
						return
					}
					conn.Write(answer)
				}
			}()
		}
	}()
	return ln.Addr().String()
}
