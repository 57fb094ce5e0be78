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
