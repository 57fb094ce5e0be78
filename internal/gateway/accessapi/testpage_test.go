package accessapi

import (
	"testing"

	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/forge"
)

func TestGolden(t *testing.T) { pagetest.Golden(t, Gallery()) }

// A test is a real sign-in that makes no session.
func TestTestOfAProvider(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open(w.testLink()).Want(200, "Test Amazon Cognito example", pathTest+"/"+w.provider.ID, w.api.team+pathCallback)
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
			b := w.browser()
			b.Open(w.testLink())
			resp := b.Open("https://team.example.com/cdn-cgi/access/test/" + w.provider.ID)
			resp.Want(c.status, "The connection does not work").WantMarkup(c.says...).WantNot("the-client-secret")
		})
	}
}

// Another browser can't use the provider's answer to a test.
func TestTestInAnotherBrowser(t *testing.T) {
	w := newWorld(t, nil)
	b, other := w.browser(), w.browser()
	b.Open(w.testLink())
	other.Open(w.testLink())
	back := stopAt(pathCallback, b).Open("https://team.example.com/cdn-cgi/access/test/" + w.provider.ID).Header.Get("Location")
	other.Open(back).Want(400, "Sign-in interrupted")
}

// testLink returns a link as "gatehouse access test" prints it.
func (w *world) testLink() string { return TestLink(w.cfg.Team, w.cfg.Box, w.Now()) }

// The test pages show settings. Nobody opens them without a link that is younger
// than an hour, neither before a test nor at its end.
func TestTheTestPagesAreForAdministrators(t *testing.T) {
	w := newWorld(t, nil)
	const list = "https://team.example.com/cdn-cgi/access/test"
	one := list + "/" + w.provider.ID
	refused := func(b *browser.Browser, address string) {
		t.Helper()
		b.Open(address).Want(403, "gatehouse access test").WantNot(w.provider.Name, "client", w.idp.URL)
	}
	link := w.testLink()
	for _, address := range []string{list, one, list + "/none", forge.Text(link), list + "?link=", list + "?link=x", list + "?link=" + w.cfg.Box.SealText([]byte("99999999999"), "another context")} {
		refused(w.browser(), address)
	}
	signedIn := w.browser()
	signedIn.Open("https://app.example.com/").Want(200)
	refused(signedIn, list)

	b := w.browser()
	page := b.Open(link).Want(200, "Amazon Cognito example")
	if page.URL.RawQuery != "" {
		t.Errorf("the page is at %s, want the link's text out of the address", page.URL)
	}
	w.idp.set(func() { w.idp.secret = "other" })
	back := stopAt(pathCallback, b).Open(one).Location().String()
	w.Advance(TestLinkLife)
	refused(b, list)
	refused(b, link)
	refused(b, back)
	b.Open(w.testLink()).Want(200)
	b.Open(one).Want(403, "The connection does not work", "/token")
}

// On a loopback address in development everybody is an administrator.
func TestTheTestPagesInDevelopment(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.AnyToken = true })
	w.browser().Open("https://team.example.com/cdn-cgi/access/test").Want(200, "Amazon Cognito example")
	w.browser().Open("https://team.example.com/cdn-cgi/access/test/"+w.provider.ID).Want(200, "The connection works")
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
