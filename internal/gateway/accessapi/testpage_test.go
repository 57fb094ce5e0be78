package accessapi

import (
	"testing"

	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/gateway/access"
)

func TestGolden(t *testing.T) { pagetest.Golden(t, Gallery()) }

// A test is a real sign-in that makes no session.
func TestTestOfAProvider(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://team.example.com/cdn-cgi/access/test").Want(200, "Test Amazon Cognito example", pathTest+"/"+w.provider.ID, w.api.team+pathCallback)
	resp := b.Open("https://team.example.com/cdn-cgi/access/test/" + w.provider.ID)
	resp.Want(200, "The connection works", "alice@example.com", "cognito:groups", "Claims that are not passed on", "allowed_idp_claims:")
	resp.WantMarkup("[&#34;admins&#34;]", "<dt>department</dt><dd><code>finance", "claim/cognito:groups&#34;: admins")
	resp.WantNot("the-client-secret")
	if b.Cookie("https://team.example.com/", cookieToken) != "" {
		t.Error("the test made a session")
	}
	b.Step().Open("https://app.example.com/").Want(302)
	b.Open("https://team.example.com/cdn-cgi/access/test/none").Want(404)
	// The provider's answer works once.
	b.Open(resp.URL.String()).Want(400)
}

func TestTestNamesTheStep(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(*world)
		status int
		says   []string
	}{
		"refused": {func(w *world) { w.idp.refuse = "invalid_scope" }, 403, []string{"Failed: take the provider’s answer", "invalid_scope", "not &lt;b&gt;you", "openid email profile"}},
		"wrong secret": {func(w *world) { w.idp.secret = "other" }, 403, []string{"Failed: exchange the code for tokens", "401 Unauthorized", "invalid_client",
			"because", "config.client_secret", "set, but not shown", "/token"}},
		"no keys":        {func(w *world) { w.idp.noKeys = true }, 403, []string{"Failed: load the provider’s signing keys", "404 Not Found", "config.certs_url"}},
		"signature":      {func(w *world) { w.idp.badKey = true }, 502, []string{"Failed: check the signature", "config.certs_url"}},
		"wrong audience": {func(w *world) { w.idp.claims["aud"] = "other" }, 502, []string{"Failed: check issuer, audience", "config.client_id"}},
		"no e-mail":      {func(w *world) { w.idp.claims["email"] = nil }, 403, []string{"Failed: find the e-mail address", "config.email_claim_name", "config.scopes"}},
		"token URL": {func(w *world) { w.replace(func(c *access.OIDC) { c.TokenURL = "http://127.0.0.1:1/" }) }, 503,
			[]string{"Failed: exchange the code", "config.token_url", "http://127.0.0.1:1/"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			c.bend(w)
			resp := w.browser().Open("https://team.example.com/cdn-cgi/access/test/" + w.provider.ID)
			resp.Want(c.status, "The connection does not work").WantMarkup(c.says...).WantNot("the-client-secret")
		})
	}
}

// Another browser can't use the provider's answer to a test.
func TestTestInAnotherBrowser(t *testing.T) {
	w := newWorld(t, nil)
	back := stopAt(pathCallback, w.browser()).Open("https://team.example.com/cdn-cgi/access/test/" + w.provider.ID).Header.Get("Location")
	w.browser().Open(back).Want(400, "Sign-in interrupted")
}

func TestYAMLText(t *testing.T) {
	for in, want := range map[string]string{
		"admins": "admins", "claim/cognito:groups": `"claim/cognito:groups"`, "on": `"on"`, "007": `"007"`, "": `""`, "a b": `"a b"`, "alice@example.com": "alice@example.com", "@x": `"@x"`, "Yes": `"Yes"`,
	} {
		if got := yamlText(in); got != want {
			t.Errorf("yamlText(%q) = %s, want %s", in, got, want)
		}
	}
}
