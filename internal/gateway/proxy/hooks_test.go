package proxy

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

// Another front: it signs in elsewhere, has paths, identities, decisions and
// headers of its own.
func TestAnotherFrontTakesPart(t *testing.T) {
	service := &session.Session{ID: "service", Identity: identity.Identity{UserID: "robot"}, Provider: "p1", Expires: time.Now().Add(time.Hour)}
	w := newWorld(t, func(w *world, c *Config) {
		c.Hooks = Hooks{
			Serve: func(rw http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/cdn-cgi/access/certs" {
					return false
				}
				rw.WriteHeader(204)
				return true
			},
			Identify: func(r *http.Request, _ *Route) (*session.Session, error) {
				switch r.Header.Get("Cf-Access-Client-Id") {
				case "good":
					return service, nil
				case "bad":
					return nil, ErrForm
				case "broken":
					return nil, errors.New("something inside")
				}
				return nil, nil
			},
			Decide: func(r *http.Request, _ *Route, _ *policy.Request) (policy.Decision, bool) {
				return policy.Decision{}, r.URL.Path == "/refused"
			},
			SignIn: func(rw http.ResponseWriter, _ *http.Request, _ *Route, wanted *url.URL) (string, error) {
				rw.Header().Set("Cf-Access-Aud", "aud")
				return "https://team.example.com/cdn-cgi/access/login?redirect_url=" + url.QueryEscape(wanted.RequestURI()), nil
			},
			Headers: func(h http.Header, _ *http.Request, _ *Route, s *session.Session) error {
				if s != nil {
					h.Set("Cf-Access-Jwt-Assertion", "ours")
				}
				return nil
			},
		}
	})
	b := w.browser().step()
	wantStatus(t, b.get("https://app.example.com/cdn-cgi/access/certs"), 204)
	resp := b.get("https://app.example.com/x?y=1")
	if to := resp.Header.Get("Location"); resp.StatusCode != 302 || to != "https://team.example.com/cdn-cgi/access/login?redirect_url=%2Fx%3Fy%3D1" || resp.Header.Get("Cf-Access-Aud") != "aud" {
		t.Errorf("got %d to %s, want the other front's sign-in", resp.StatusCode, to)
	}
	wantStatus(t, b.get("https://app.example.com/", "Cf-Access-Client-Id", "good", "Cf-Access-Jwt-Assertion", "forged"), 200)
	got := w.got()
	if got.Header.Get("Cf-Access-Jwt-Assertion") != "ours" || got.Header.Get("Cf-Access-Client-Id") != "" {
		t.Errorf("got headers %v, want the front's assertion and no credential", got.Header)
	}
	wantStatus(t, b.get("https://app.example.com/refused", "Cf-Access-Client-Id", "good"), 403)
	wantStatus(t, b.get("https://app.example.com/", "Cf-Access-Client-Id", "bad"), 403)
	if resp := b.get("https://app.example.com/", "Cf-Access-Client-Id", "broken"); resp.StatusCode != 500 || !fault.As(ErrForm).Is(ErrForm) {
		t.Errorf("got %d, want 500", resp.StatusCode)
	} else {
		wantStatus(t, resp, 500, "on our side")
	}
}
