package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// echoGRPC answers each message at once, and ends with trailers.
func echoGRPC(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 2 || r.Header.Get("Te") != "trailers" {
		w.WriteHeader(http.StatusHTTPVersionNotSupported)
		return
	}
	h := w.Header()
	h.Set("Content-Type", r.Header.Get("Content-Type"))
	if r.URL.Path == "/app.Service/Refuse" { // Trailers-Only
		h.Set("Grpc-Status", "9")
		h.Set("Grpc-Message", "not%20now")
		return
	}
	h.Set("Trailer", "Grpc-Status, X-Rest")
	w.(http.Flusher).Flush()
	buf := make([]byte, 64)
	for {
		n, err := r.Body.Read(buf)
		w.Write([]byte(strings.ToUpper(string(buf[:n]))))
		w.(http.Flusher).Flush()
		if err != nil {
			break
		}
	}
	h.Set("Grpc-Status", "0")
	h.Set("X-Rest", "done")
}

// grpcUpstreams are one upstream without TLS, and one with.
func grpcUpstreams(t *testing.T) (clear, secure []Upstream, cas *x509.CertPool) {
	t.Helper()
	plain := httptest.NewUnstartedServer(http.HandlerFunc(echoGRPC))
	plain.Config.Protocols = new(http.Protocols)
	plain.Config.Protocols.SetUnencryptedHTTP2(true)
	plain.Start()
	t.Cleanup(plain.Close)
	withTLS := httptest.NewUnstartedServer(http.HandlerFunc(echoGRPC))
	withTLS.EnableHTTP2 = true
	withTLS.StartTLS()
	t.Cleanup(withTLS.Close)
	cas = x509.NewCertPool()
	cas.AddCert(withTLS.Certificate())
	return to("h2c://" + plain.Listener.Addr().String()), to(withTLS.URL), cas
}

// grpcClient speaks HTTP/2 with TLS to a gateway.
type grpcClient struct {
	t *testing.T
	*http.Client
}

func newGRPCClient(t *testing.T, w *world) *grpcClient {
	t.Helper()
	server := httptest.NewUnstartedServer(w.gateway)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &grpcClient{t, &http.Client{Transport: transport}}
}

// call begins a call.
func (c *grpcClient) call(host, method, contentType string, body io.Reader) *http.Response {
	c.t.Helper()
	return c.begin(func(http.Header) {}, host, method, contentType, body)
}

// begin begins a call with further headers.
func (c *grpcClient) begin(more func(http.Header), host, method, contentType string, body io.Reader) *http.Response {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), "POST", "https://"+host+method, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Te", "trailers")
	more(r.Header)
	resp, err := c.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func TestGRPCStreamsBothWaysAndHasTrailers(t *testing.T) {
	clear, secure, cas := grpcUpstreams(t)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://clear.example.com", policy.Access{Public: true}, func(r *Route) { r.To = clear }),
			w.route("https://secure.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.TLS.CAs = secure, cas }),
		)
	})
	client := newGRPCClient(t, w)
	for _, host := range []string{"clear.example.com", "secure.example.com"} {
		for _, kind := range []string{"application/grpc", "application/grpc-web+proto"} {
			talk(t, client, host, kind)
		}
		resp := client.call(host, "/app.Service/Refuse", "application/grpc", strings.NewReader("x"))
		if resp.Header.Get("Grpc-Status") != "9" || resp.Header.Get("Grpc-Message") != "not%20now" {
			t.Errorf("%s: got %v, want the upstream's refusal", host, resp.Header)
		}
	}
}

// talk sends two messages, each after the answer to the one before.
func talk(t *testing.T, client *grpcClient, host, kind string) {
	t.Helper()
	body, messages := io.Pipe()
	resp := client.call(host, "/app.Service/Talk", kind, body)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != kind || resp.ProtoMajor != 2 {
		t.Fatalf("%s: got %s %d %v", host, resp.Proto, resp.StatusCode, resp.Header)
	}
	for _, word := range []string{"hello", "again"} {
		io.WriteString(messages, word)
		got := make([]byte, len(word))
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != strings.ToUpper(word) {
			t.Fatalf("%s: got %q, %v, want the answer to %s while the request is open", host, got, err, word)
		}
	}
	messages.Close()
	if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || err != nil {
		t.Errorf("%s: got %q, %v, want the end", host, rest, err)
	}
	if resp.Trailer.Get("Grpc-Status") != "0" || resp.Trailer.Get("X-Rest") != "done" {
		t.Errorf("%s: got the trailers %v", host, resp.Trailer)
	}
}

func TestTheGatewayRefusesInTheFormOfGRPC(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server does not notice that nobody waits any more
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://nobody.example.com", policy.Access{}, nil),
			w.route("https://gone.example.com", policy.Access{Public: true}, func(r *Route) { r.To = to("h2c://" + gone.Addr().String()) }),
			w.route("https://silent.example.com", policy.Access{Public: true}, func(r *Route) { r.To, r.Timeout = to(silent.URL), duration(10*time.Millisecond) }),
		)
	})
	client := newGRPCClient(t, w)
	for _, tt := range []struct{ host, kind, code string }{
		{"app.example.com", "application/grpc", "16"},
		{"app.example.com", "application/grpc-web-text", "16"},
		{"nobody.example.com", "application/grpc+proto", "7"},
		{"unknown.example.com", "application/grpc", "12"},
		{"gone.example.com", "application/grpc", "14"},
		{"silent.example.com", "application/grpc", "4"},
	} {
		resp := client.call(tt.host, "/app.Service/Do", tt.kind, strings.NewReader("x"))
		wantType := "application/grpc"
		if strings.HasPrefix(tt.kind, "application/grpc-web") {
			wantType = tt.kind
		}
		if resp.StatusCode != 200 || resp.Header.Get("Grpc-Status") != tt.code || resp.Header.Get("Grpc-Message") == "" || resp.Header.Get("Content-Type") != wantType {
			t.Errorf("%s: got %d %v, want the gRPC status %s as %s", tt.host, resp.StatusCode, resp.Header, tt.code, wantType)
		}
	}
}

// The client of a call chooses how long it may take. An upstream that gives up then has
// not failed: others still reach it.
func TestTheDeadlineOfACallIsNoFailureOfTheUpstream(t *testing.T) {
	arrived := make(chan string, 10)
	upstreams := make([]Upstream, 2)
	for i := range upstreams {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error {
			arrived <- ln.Addr().String()
			<-s.Context().Done()
			return s.Context().Err()
		}))
		go server.Serve(ln)
		t.Cleanup(server.Stop)
		upstreams[i] = to("h2c://" + ln.Addr().String())[0]
	}
	w := newWorld(t, public(func(r *Route) { r.To, r.Balancing.Outliers = upstreams, ejectAtOnce }))
	client := newGRPCClient(t, w)
	seen := map[string]int{}
	for range 4 {
		resp := client.begin(func(h http.Header) { h.Set("Grpc-Timeout", "30m") }, "x.example.com", "/app.Service/Do", "application/grpc", strings.NewReader("\x00\x00\x00\x00\x00"))
		io.Copy(io.Discard, resp.Body)
		if got := resp.Header.Get("Grpc-Status") + resp.Trailer.Get("Grpc-Status"); got != "4" {
			t.Errorf("got the gRPC status %q (%s), want 4: its time is over", got, resp.Header.Get("Grpc-Message"))
		}
		seen[<-arrived]++
	}
	for address, n := range seen {
		if n != 2 {
			t.Errorf("%s got %d calls, want 2: no upstream is left out", address, n)
		}
	}
}

// deadlines keeps the deadlines of reading that are set.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

func TestAStreamOutlivesTheTimeForReadingItsRequest(t *testing.T) {
	d := &deadlines{ResponseWriter: httptest.NewRecorder()}
	open := &requestBody{client: http.NewResponseController(d)}
	open.answered()
	if len(d.set) != 1 || !d.set[0].IsZero() {
		t.Errorf("got the deadlines %v, want none any more", d.set)
	}
	for name, b := range map[string]*requestBody{"read to its end": {end: io.EOF}, "cut": {cut: true}, "nil": nil} {
		d.set = nil
		if b != nil {
			b.client = http.NewResponseController(d)
		}
		if b.answered(); len(d.set) > 0 {
			t.Errorf("%s: got the deadlines %v, want it left alone", name, d.set)
		}
	}
}

// A call that the gateway ended after its answer had begun reached the client as INTERNAL.
func TestACallThatTheGatewayEndsSaysWhy(t *testing.T) {
	clear, _, _ := grpcUpstreams(t)
	for name, tt := range map[string]struct {
		kind  string
		limit time.Duration // of silence
		end   bool          // of the session
		code  string        // "": the stream is cut
	}{
		"the session ended":          {"application/grpc+proto", time.Minute, true, "16"},
		"gRPC-Web":                   {"application/grpc-web+proto", time.Minute, true, ""},
		"it was silent for too long": {"application/grpc", 300 * time.Millisecond, false, "4"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world, c *Config) {
				c.Routes = append(c.Routes, w.route("https://live.example.com", policy.Access{AnyUser: true}, func(r *Route) {
					r.To, r.IdleTimeout = clear, &tt.limit
				}))
			})
			client := newGRPCClient(t, w)
			cookie, s := w.knownSession("live.example.com", nil)
			body, messages := io.Pipe()
			defer messages.Close()
			go io.WriteString(messages, "hello")
			resp := client.begin(func(h http.Header) { h.Set("Cookie", cookie.Name+"="+cookie.Value) }, "live.example.com:"+port, "/app.Service/Talk", tt.kind, body)
			got := make([]byte, len("HELLO"))
			if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != "HELLO" {
				t.Fatalf("got %q and the error %v, want the beginning of the answer", got, err)
			}
			if tt.end {
				if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := io.ReadAll(resp.Body)
			status, message := resp.Trailer.Get("Grpc-Status"), resp.Trailer.Get("Grpc-Message")
			if (err != nil) != (tt.code == "") || status != tt.code || (message == "") != (tt.code == "") {
				t.Errorf("got the error %v and the trailers %v, want the gRPC status %q", err, resp.Trailer, tt.code)
			}
		})
	}
}

// An upstream that broke off a stream was not noticed until the client sent something.
func TestAnUpstreamThatBreaksOffAStreamEndsItAtOnce(t *testing.T) {
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.(http.Flusher).Flush()
		io.ReadFull(r.Body, make([]byte, len("hello"))) // comes after the head of the answer
		panic(http.ErrAbortHandler)
	}))
	upstream.Config.Protocols = new(http.Protocols)
	upstream.Config.Protocols.SetUnencryptedHTTP2(true)
	upstream.Start()
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To, r.Timeout = to("h2c://"+upstream.Listener.Addr().String()), duration(0) }))
	body, messages := io.Pipe()
	defer messages.Close()
	resp := newGRPCClient(t, w).call("x.example.com", "/app.Service/Talk", "application/grpc", body)
	io.WriteString(messages, "hello")
	if got, err := io.ReadAll(resp.Body); err == nil || resp.Trailer.Get("Grpc-Status") != "" {
		t.Errorf("got %q and the trailers %v, want that the stream is cut", got, resp.Trailer)
	}
}
