package proxy

import (
	"net/http"
	"testing"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

func TestCommonPaths(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	for _, host := range []string{"https://app.example.com", "https://authenticate.example.com"} {
		for _, path := range []string{"/ping", "/healthz"} {
			b.Open(host+path).Want(200, "OK")
			b.Send("HEAD", host+path, nil).Want(200)
			b.Send("POST", host+path, nil).Want(405)
		}
		b.Open(host+"/.well-known/pomerium").Want(200,
			`"issuer":"`+address(host)+`/"`, `"jwks_uri":"`+address(host)+`/.well-known/pomerium/jwks.json"`,
			`"authentication_callback_endpoint":"`+address("https://authenticate.example.com")+`/oauth2/callback"`, `"frontchannel_logout_uri"`)
	}
	resp := b.Open("https://app.example.com/.well-known/pomerium/jwks.json").Want(200, `"kty":"EC"`)
	resp.WantNot(`"d":`) // the private key
	b.Open("https://app.example.com/.well-known/pomerium/jwks.json", "If-None-Match", resp.Header.Get("ETag")).Want(304)
	b.Open("https://authenticate.example.com/robots.txt").Want(200, "Disallow: /")
	if resp := b.Step().Open("https://authenticate.example.com/"); resp.Status != http.StatusFound || resp.Header.Get("Location") != "/.pomerium/" {
		t.Errorf("got %d to %s, want the user page", resp.Status, resp.Header.Get("Location"))
	}
	if w.Upstream.Got() != nil {
		t.Error("one of the gateway's own paths reached the upstream")
	}
}

// Every error that can reach the edge has its answer.
func TestEveryOwnErrorIsPlaced(t *testing.T) {
	for _, err := range []error{
		ErrNoRoute, ErrMethod, ErrBadPath, ErrUnderscore, ErrRewrite, ErrSignIn, ErrCertificate, ErrUpgrade, session.ErrUnavailable, ErrNoProvider, ErrLink, authenticate.ErrTarget, ErrForm, ErrLogoutToken, ErrNoProgramTarget, ErrProgramTarget,
		ErrUpstreamDown, ErrUpstreamSlow, ErrUpstreamBroken, ErrUpstreamTrust, authenticate.ErrProviderGone,
	} {
		if a := answerOf(err); a.status == 500 {
			t.Errorf("%v: got 500, want a place in the table", err)
		}
	}
}
