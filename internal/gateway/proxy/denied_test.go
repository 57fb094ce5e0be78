package proxy

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/browser"
)

// A person who may not enter reads what to do, and not which group to get into. The
// people who run the site find the rule in the log, by the request number.
func TestARefusalTellsAStrangerNothingThatOpensTheDoor(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://open.example.com", policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins"}}}, func(r *Route) { r.ShowErrorDetails = true }))
	})
	log := &lockedBuffer{}
	observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(log, nil))}
	b := browserOn(browser.NewNetwork(t, observer.Wrap(w.gateway)))
	page := signInAt(b, "https://admin.example.com/x").Want(403, "cognito:groups must contain what this rule names; yours has staff", "claim-unauthorized", "Give them the request number").WantNot("admins")
	if to := page.Link("Your applications"); !strings.HasSuffix(to, "/.pomerium/routes") {
		t.Errorf("the page leads to %q, want the portal", to)
	}
	id := page.Header.Get("X-Request-Id")
	page.Want(403, id)
	var line map[string]any
	for text := range strings.Lines(log.text()) {
		if strings.Contains(text, id) && json.Unmarshal([]byte(text), &line) != nil {
			t.Fatalf("the log has %s", text)
		}
	}
	if line["because"] != "cognito:groups must contain admins; yours has staff" || line["allow-why-false"] != "claim-unauthorized" {
		t.Errorf("the log says %v, want the rule", line)
	}
	b.Open("https://open.example.com/").Want(403, "cognito:groups must contain admins; yours has staff")
}

// What administrators wrote for people who are refused is plain text, and is shown only
// where they want details to be shown.
func TestARefusalShowsWhatAdministratorsWrote(t *testing.T) {
	access := policy.Access{Sub: []policy.Sub{
		{Guidance: policy.Guidance{Explanation: "For **admins** & <b>only</b>.", Remediation: "Ask us.\n\nOr [go](javascript:alert)."}, IDPClaims: map[string][]any{"cognito:groups": {"admins"}}},
		{Guidance: policy.Guidance{Explanation: "Nobody is denied."}, PPL: map[string]any{"deny": map[string]any{"or": []any{map[string]any{"user": "nobody"}}}}},
	}}
	needsCertificate := policy.Access{AnyUser: true, Sub: []policy.Sub{
		{Guidance: policy.Guidance{Remediation: "Get one at <the> desk."}, PPL: map[string]any{"deny": map[string]any{"or": []any{map[string]any{"invalid_client_certificate": true}}}}},
	}}
	details := func(r *Route) { r.ShowErrorDetails = true }
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://quiet.example.com", access, nil), w.route("https://open.example.com", access, details),
			w.route("https://cert.example.com", needsCertificate, details), w.route("https://quietcert.example.com", needsCertificate, nil))
	})
	open := func(host string, header ...string) *browser.Page {
		cookie, _ := w.knownSession(host, map[string]any{"cognito:groups": []any{"staff"}})
		return w.browser().Open("https://"+host+"/", append([]string{"Cookie", cookie.String()}, header...)...)
	}
	open("quiet.example.com").Want(403).WantNot("For **admins**", "Ask us")
	refused := open("open.example.com").Want(403, "<p>Ask us.</p>", "<p>Or [go](javascript:alert).</p>").WantNot("Nobody is denied")
	if !strings.Contains(refused.Body, "<p>For **admins** &amp; &lt;b&gt;only&lt;/b&gt;.</p>") {
		t.Errorf("the page is not plain text: %s", refused.Body)
	}
	open("open.example.com", "Accept", "text/plain").Want(403, "For **admins** & <b>only</b>. Ask us. Or [go](javascript:alert).")
	open("cert.example.com").Want(495, "Get one at <the> desk.")
	open("quietcert.example.com").Want(495, "add it to your browser").WantNot("desk")
	open("open.example.com", "Accept", "application/json").Want(403, `"guidance":[{"explanation":"For **admins** \u0026 \u003cb\u003eonly\u003c/b\u003e.","remediation":`)
	var portal portalLists
	cookie, _ := w.knownSession("open.example.com", map[string]any{"cognito:groups": []any{"staff"}})
	page := w.browser().Open("https://open.example.com/.pomerium/api/v1/routes", "Cookie", cookie.String()).Want(200)
	if err := json.Unmarshal([]byte(page.Body), &portal); err != nil || len(portal.Closed) != 1 || !slices.Equal(portal.Closed[0].Guidance, []policy.Guidance{access.Sub[0].Guidance}) {
		t.Errorf("the portal says %s (%v)", page.Body, err)
	}
	w.browser().Open("https://open.example.com/.pomerium/routes", "Cookie", cookie.String()).Want(200, "For **admins** & <b>only</b>. Ask us.").WantNot("Nobody is denied")
}

// Page, program and log name the same reasons.
func TestARefusalForAProgramHasTheReasons(t *testing.T) {
	w := newWorld(t, nil)
	cookie, _ := w.knownSession("admin.example.com", map[string]any{"cognito:groups": []any{"staff"}})
	page := w.browser().Open("https://admin.example.com/", "Cookie", cookie.String(), "Accept", "application/json").Want(403).WantNot("admins")
	var got struct{ Codes, Reasons []string }
	if err := json.Unmarshal([]byte(page.Body), &got); err != nil || !slices.Equal(got.Codes, []string{"claim-unauthorized"}) || len(got.Reasons) != 1 {
		t.Errorf("got %s (%v), want the reason's name and words", page.Body, err)
	}
}
