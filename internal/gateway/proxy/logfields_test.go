package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/clientcert"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/operator"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/certtest"
)

// logWorld is a world whose log has the fields of Pomerium that a file chooses.
func logWorld(t *testing.T, access, authorize []string) (*world, *browser.Browser, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	w := newWorld(t, func(_ *world, c *Config) { c.AccessFields, c.AuthorizeFields, c.Log = access, authorize, logger })
	return w, browserOn(browser.NewNetwork(t, (&web.Observer{Log: logger}).Wrap(w.gateway))), log
}

// lines returns the log's lines with a message, without what every line has.
func lines(t *testing.T, log *lockedBuffer, message string) (all []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log.text()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["msg"] == message {
			delete(line, "time")
			delete(line, "level")
			delete(line, "msg")
			all = append(all, line)
		}
	}
	return all
}

func TestTheLogHasTheChosenFields(t *testing.T) {
	access := []string{"authority", "method", "path", "query", "referer", "response-code", "response-code-details", "size", "user-agent", "forwarded-for", "ip", "upstream-cluster", "headers.Accept-Language", "headers.Authorization", "headers.Sec-WebSocket-Protocol"}
	w, b, log := logWorld(t, access, []string{"host", "user", "email"})
	cookie, _ := w.knownSession("app.example.com", map[string]any{"email": "alice@example.com"})
	b.Open("https://app.example.com/a%20b?x=1&pomerium_session=secret", "Cookie", cookie.String(), "User-Agent", "probe/1", "Referer", "https://app.example.com/from?code=secret",
		"Accept-Language", "de", "Authorization", "Bearer secret", "Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io.c2VjcmV0", "X-Forwarded-For", "203.0.113.9").Want(200)
	want := []map[string]any{{
		"authority": "app.example.com:8443", "method": "GET", "path": "/a%20b", "query": "x=1", "referer": "https://app.example.com/from", "response-code": 200.0,
		"response-code-details": "via_upstream", "size": float64(len("hello from upstream")), "user-agent": "probe/1", "forwarded-for": "203.0.113.9,127.0.0.1", "ip": "127.0.0.1",
		"upstream-cluster": "route-" + routeID(w.cfg.Routes[0]), "headers.Accept-Language": "de", "headers.Authorization": "[redacted]", "headers.Sec-WebSocket-Protocol": "[redacted]",
	}}
	if diff := cmp.Diff(want, lines(t, log, "http-request")); diff != "" {
		t.Errorf("http-request (-want +got):\n%s", diff)
	}
	want = []map[string]any{{"host": "app.example.com", "user": "u-1", "email": "alice@example.com", "allow": true, "allow-why-true": []any{"user-ok"}, "deny": false, "deny-why-false": []any{}}}
	if diff := cmp.Diff(want, lines(t, log, "authorize check")); diff != "" {
		t.Errorf("authorize check (-want +got):\n%s", diff)
	}
	if len(lines(t, log, "request")) > 0 {
		t.Error("the usual line is there as well")
	}
}

func TestWhoAnswered(t *testing.T) {
	w, b, log := logWorld(t, []string{"response-code-details"}, nil)
	b = b.Step()
	b.Open("https://app.example.com/").Want(302)
	cookie, _ := w.knownSession("admin.example.com", map[string]any{"cognito:groups": []any{"staff"}})
	b.Open("https://admin.example.com/", "Cookie", cookie.String()).Want(403)
	b.Open("https://app.example.com/.well-known/pomerium").Want(200)
	b.Open("https://unknown.example.com/").Want(404)
	var got []any
	for _, line := range lines(t, log, "http-request") {
		got = append(got, line["response-code-details"])
	}
	if want := []any{"ext_authz_denied", "ext_authz_denied", "direct_response", "route_not_found"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	checks := lines(t, log, "authorize check") // a file that chooses the fields of requests alone still has the decisions
	if len(checks) != 2 || checks[1]["because"] != "cognito:groups must contain admins; yours has staff" || checks[1]["user"] != "u-1" || checks[1]["allow"] != false {
		t.Errorf("got the decisions %v, want both, with what the rule asks", checks)
	}
}

// Whatever fields a file chooses, no secret is among them.
func TestTheChosenFieldsHaveNoSecret(t *testing.T) {
	_, b, log := logWorld(t, append(config.AccessFields(), "headers.Cookie"), append(config.AuthorizeFields(), "id-token"))
	signInAt(b, "https://app.example.com/x").Want(200)
	for _, line := range append(lines(t, log, "http-request"), lines(t, log, "authorize check")...) {
		for name, value := range line {
			text, _ := json.Marshal(value)
			for _, secret := range []string{"the-id-token", "the-access-token", "code=", "state=", "ticket", "signature", "_pomerium="} {
				if strings.Contains(string(text), secret) {
					t.Errorf("%s has %s", name, text)
				}
			}
		}
	}
}

// The configuration accepts as having a value what has one.
func TestTheFieldsOfTheConfigurationHaveValues(t *testing.T) {
	for name, tt := range map[string]struct {
		accepted []string
		known    map[string]func(*logged) any
	}{"access": {config.AccessFields(), accessFields}, "authorize": {config.AuthorizeFields(), authorizeFields}} {
		slices.Sort(tt.accepted)
		if diff := cmp.Diff(tt.accepted, slices.Sorted(maps.Keys(tt.known))); diff != "" {
			t.Errorf("%s: -accepted +with a value:\n%s", name, diff)
		}
	}
}

func TestTheLogTellsOfACertificateAndOfWhatIsNotTold(t *testing.T) {
	ours := certtest.Authority(t)
	log := &lockedBuffer{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	var keys *operator.Engine
	w := newWorld(t, func(w *world, c *Config) {
		keys = operator.New(operator.Config{Store: w.Store, Sealer: sealer, Now: w.Now})
		c.Accounts, c.Now, c.Log = keys, w.Now, logger
		c.AccessFields, c.AuthorizeFields = []string{"client-certificate"}, []string{"removed-groups-count", "service-account-id", "user"}
		c.Routes = append(c.Routes, w.route("https://some.example.com", policy.Access{AnyUser: true}, func(r *Route) {
			r.GroupsFilter, r.Certificates = NewGroupsFilter("staff"), trustIn(t, clientcert.Config{CAs: ours.PEM()})
		}))
	})
	account, token, err := keys.CreateAccount(t.Context(), "backup", operator.Facts{Groups: []string{"staff"}}, w.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	cookie, _ := w.knownSession("some.example.com", map[string]any{"groups": []any{"staff", "a", "b"}})
	h := (&web.Observer{Log: logger}).Wrap(w.gateway)
	for _, header := range []http.Header{{"Cookie": {cookie.Name + "=" + cookie.Value}}, {"Authorization": {"Bearer " + token.Reveal()}}} {
		r := httptest.NewRequest("GET", "https://some.example.com:"+port+"/x", nil)
		r.Header, r.TLS = header, &tls.ConnectionState{PeerCertificates: []*x509.Certificate{ours.Client("a.example.com", "").Cert}}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	facts := map[string]any{"issuer": "CN=authority", "subjectAltName": []any{"DNS:a.example.com"}}
	if diff := cmp.Diff([]map[string]any{{"client-certificate": facts}, {"client-certificate": facts}}, lines(t, log, "http-request")); diff != "" {
		t.Errorf("http-request (-want +got):\n%s", diff)
	}
	decision := map[string]any{"allow": true, "allow-why-true": []any{"user-ok"}, "deny": false, "deny-why-false": []any{}}
	person, program := maps.Clone(decision), maps.Clone(decision)
	person["user"], person["removed-groups-count"] = "u-1", 2.0
	program["user"], program["service-account-id"] = "service-account/backup", account.ID
	if diff := cmp.Diff([]map[string]any{person, program}, lines(t, log, "authorize check")); diff != "" {
		t.Errorf("authorize check (-want +got):\n%s", diff)
	}
}
