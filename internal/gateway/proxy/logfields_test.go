package proxy

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/testing/browser"
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
