package proxy

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/gateway/authenticate"
)

func TestCommonPaths(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	for _, host := range []string{"https://app.example.com", "https://authenticate.example.com"} {
		for _, path := range []string{"/ping", "/healthz"} {
			wantStatus(t, b.get(host+path), 200, "OK")
			wantStatus(t, b.do("HEAD", w.address(host+path), nil), 200)
			wantStatus(t, b.do("POST", w.address(host+path), nil), 405)
		}
		wantStatus(t, b.get(host+"/.well-known/pomerium"), 200,
			`"issuer":"`+w.address(host)+`/"`, `"jwks_uri":"`+w.address(host)+`/.well-known/pomerium/jwks.json"`,
			`"authentication_callback_endpoint":"`+w.address("https://authenticate.example.com")+`/oauth2/callback"`, `"frontchannel_logout_uri"`)
	}
	resp := b.get("https://app.example.com/.well-known/pomerium/jwks.json")
	wantStatus(t, resp, 200, `"kty":"EC"`)
	if strings.Contains(text(resp), `"d":`) {
		t.Error("the private key is published")
	}
	wantStatus(t, b.get("https://app.example.com/.well-known/pomerium/jwks.json", "If-None-Match", resp.Header.Get("ETag")), 304)
	wantStatus(t, b.get("https://authenticate.example.com/robots.txt"), 200, "Disallow: /")
	if resp := b.step().get("https://authenticate.example.com/"); resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/.pomerium/" {
		t.Errorf("got %d to %s, want the user page", resp.StatusCode, resp.Header.Get("Location"))
	}
	if w.got() != nil {
		t.Error("one of the gateway's own paths reached the upstream")
	}
}

// Every error that can reach the edge has its answer.
func TestEveryOwnErrorIsPlaced(t *testing.T) {
	for _, err := range []error{
		ErrNoRoute, ErrMethod, ErrBadPath, ErrUnderscore, ErrRewrite, ErrSignIn, ErrCertificate, ErrUpgrade, authenticate.ErrSessions, ErrNoProvider, ErrLink, authenticate.ErrTarget, ErrForm, ErrNoProgramTarget, ErrProgramTarget,
		ErrUpstreamDown, ErrUpstreamSlow, ErrUpstreamBroken, ErrUpstreamTrust, authenticate.ErrProviderGone,
	} {
		if a := answerOf(err); a.status == 500 {
			t.Errorf("%v: got 500, want a place in the table", err)
		}
	}
}
