package proxy

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"gatehouse/internal/gateway/extauthz"
)

// checkRequest returns a CheckRequest about a request of 203.0.113.7.
func checkRequest(method, host, target string, headers ...string) []byte {
	http := field(2, method) + field(4, target) + field(5, host)
	for i := 0; i < len(headers); i += 2 {
		http += field(3, field(1, headers[i])+field(2, headers[i+1]))
	}
	source := field(1, field(1, field(2, "203.0.113.7")))
	return []byte(field(1, field(1, source)+field(4, field(2, http))))
}

func field(number protowire.Number, value string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value))
}

// fieldsAt returns the values of a field of a CheckResponse, by its path of numbers.
func fieldsAt(message []byte, path ...protowire.Number) (all []string) {
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeTag(message)
		message = message[size:]
		size = protowire.ConsumeFieldValue(n, kind, message)
		if n == path[0] && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message)
			if len(path) == 1 {
				all = append(all, string(value))
			} else {
				all = append(all, fieldsAt(value, path[1:]...)...)
			}
		} else if n == path[0] && len(path) == 1 {
			v, _ := protowire.ConsumeVarint(message)
			all = append(all, string(rune(v)))
		}
		message = message[size:]
	}
	return all
}

// newEnvoy returns a client that speaks gRPC without TLS, as Envoy does.
func newEnvoy(t *testing.T, handler http.Handler) func(body []byte) (answer []byte, status string) {
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	transport := &http.Transport{Protocols: srv.Config.Protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return func(body []byte) ([]byte, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+extauthz.CheckPath, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/grpc")
		r.Header.Set("Te", "trailers")
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		frame, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/grpc" {
			t.Fatalf("got %d, %v, %v", resp.StatusCode, resp.Header, err)
		}
		if len(frame) == 0 {
			return nil, resp.Header.Get("Grpc-Status")
		}
		answer, err := extauthz.Unframe(bytes.NewReader(frame))
		if err != nil {
			t.Fatal(err)
		}
		return answer, resp.Trailer.Get("Grpc-Status")
	}
}

func TestEnvoyAsksByGRPC(t *testing.T) {
	w := newNeighbours(t, func(_ *world, c *Config) {
		c.ForwardAuth.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	ask := newEnvoy(t, w.gateway.ForwardAuth())
	cookie := w.cookieAt("app.example.com")

	got, status := ask(extauthz.Frame(checkRequest("GET", "app.example.com", "/x?y=1", ":path", "/public", "cookie", "theme=dark; "+cookie, "x-groups", "admins", "x-pomerium-claim-role", "root", "accept", "text/html")))
	if code := fieldsAt(got, 1, 1); status != "0" || len(code) != 1 || code[0] != "\x00" || fieldsAt(got, 2) != nil {
		t.Errorf("an allowed request: got status %s, message %q; want OK", status, got)
	}
	names, values := fieldsAt(got, 3, 2, 1, 1), fieldsAt(got, 3, 2, 1, 2)
	want := map[string]string{"X-Groups": "staff,dev", "X-Pomerium-Claim-Email": "alice@example.com", "Cookie": "theme=dark"}
	for i, name := range names {
		if v, ok := want[name]; ok && values[i] != v {
			t.Errorf("got %s %q, want %q", name, values[i], v)
		}
		delete(want, name)
	}
	if len(want) > 0 || !slices.Contains(names, headerAssertion) || !slices.Equal(fieldsAt(got, 3, 5), []string{"X-Pomerium-Claim-Role"}) {
		t.Errorf("got the headers %q and removed %q; want those of the identity", names, fieldsAt(got, 3, 5))
	}

	got, status = ask(extauthz.Frame(checkRequest("GET", "app.example.com", "/x?y=1", "accept", "text/html")))
	names, values = fieldsAt(got, 2, 2, 1, 1), fieldsAt(got, 2, 2, 1, 2)
	if i := slices.Index(names, "Location"); status != "0" || fieldsAt(got, 1, 1)[0] != "\x07" || fieldsAt(got, 2, 1, 1)[0] != string(rune(302)) || i < 0 || !strings.HasPrefix(values[i], "https://app.example.com:8443/.pomerium/begin?") {
		t.Errorf("a visitor: got status %s, message %q; want a redirect to the sign-in", status, got)
	}

	got, _ = ask(extauthz.Frame(checkRequest("GET", "admin.example.com", "/", "accept", "text/html", "cookie", w.cookieAt("admin.example.com"))))
	if body := fieldsAt(got, 2, 3); fieldsAt(got, 2, 1, 1)[0] != string(rune(403)) || len(body) != 1 || !strings.Contains(body[0], "alice@example.com") {
		t.Errorf("who is not allowed: got %q, want the page that says so", got)
	}
	for name, message := range map[string][]byte{"a path with a break": checkRequest("GET", "public.example.com", "/\r\nx"), "no path": checkRequest("GET", "public.example.com", "x"), "another host": checkRequest("GET", "public.example.com, app.example.com", "/")} {
		if got, _ := ask(extauthz.Frame(message)); len(fieldsAt(got, 2)) != 1 || fieldsAt(got, 3) != nil {
			t.Errorf("%s: got %q, want a refusal", name, got)
		}
	}
	// A header that HTTP can't carry, no client, no message: the call fails, and Envoy refuses.
	unknown := field(1, field(4, field(2, field(2, "GET")+field(4, "/")+field(5, "public.example.com"))))
	for name, body := range map[string][]byte{"a broken header": extauthz.Frame(checkRequest("GET", "public.example.com", "/", "x-a", "b\nc")), "no client": extauthz.Frame([]byte(unknown)), "nothing": nil, "half a frame": {0, 0, 0, 0, 9, 1}} {
		if got, status := ask(body); got != nil || status == "0" || status == "" {
			t.Errorf("%s: got status %q, message %q; want a failed call", name, status, got)
		}
	}
}

func TestOnlyTheNamedEnvoysMayAskByGRPC(t *testing.T) {
	w := newNeighbours(t, nil)
	ask := newEnvoy(t, w.gateway.ForwardAuth()) // its address is not that of the proxies
	if got, status := ask(extauthz.Frame(checkRequest("GET", "public.example.com", "/"))); got != nil || status != "7" {
		t.Errorf("got status %q, message %q; want PERMISSION_DENIED", status, got)
	}
}
