package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/forge"
)

func exchangeForm(code string, change url.Values) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {staffApp}, "code": {code}, "redirect_uri": {appCallback}}
	for name, values := range change {
		form[name] = values
	}
	return form
}

const verifier = "a-verifier-of-the-client-that-is-long-enough-to-be-one"

func challenge() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
}

// stolenCodes exchanges authorization codes with the wrong client, redirect URI
// or verifier, and more than once.
func stolenCodes(t *testing.T, w *attacked) {
	alice := newBrowser(t).Until(toApplication)
	signIn(alice.Open(w.authorizeURL(nil)), "alice", alicePassword)
	for _, tt := range []struct {
		name    string
		request url.Values // of the authorization
		change  url.Values // of the exchange
		spoil   func(string) string
		want    string
	}{
		{name: "another client", change: url.Values{"client_id": {staffSecond}}, want: "invalid_grant"},
		{name: "a client of another pool", change: url.Values{"client_id": {otherApp}}, want: "invalid_client"},
		{name: "a client with a secret, without it", change: url.Values{"client_id": {staffGateway}}, want: "invalid_client"},
		{name: "a client with a secret, a wrong one", change: url.Values{"client_id": {staffGateway}, "client_secret": {forge.Text(staffGatewaySecret)}}, want: "invalid_client"},
		{name: "another registered redirect_uri", change: url.Values{"redirect_uri": {"http://localhost:3000/second"}}, want: "unauthorized_client"},
		{name: "no redirect_uri", change: url.Values{"redirect_uri": nil}, want: "invalid_request"},
		{name: "wrong verifier", request: challenge(), change: url.Values{"code_verifier": {forge.Text(verifier)}}, want: "invalid_grant"},
		{name: "no verifier", request: challenge(), want: "invalid_grant"},
		{name: "the challenge as verifier", request: challenge(), change: url.Values{"code_verifier": {challenge().Get("code_challenge")}}, want: "invalid_grant"},
		{name: "a letter changed", spoil: forge.Text, want: "invalid_grant"},
		{name: "cut", spoil: func(s string) string { return s[:len(s)-1] }, want: "invalid_grant"},
		{name: "empty", spoil: func(string) string { return "" }},
		{name: "two codes", change: url.Values{"code": {"one", "two"}}, want: "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code := codeIn(t, alice.For(t).Open(w.authorizeURL(tt.request)))
			if tt.spoil != nil {
				code = tt.spoil(code)
			}
			got := w.exchange(t, exchangeForm(code, tt.change))
			wantOAuthError(t, got, tt.want)
		})
	}
	t.Run("used twice", func(t *testing.T) {
		code := codeIn(t, alice.For(t).Open(w.authorizeURL(challenge())))
		form := exchangeForm(code, url.Values{"code_verifier": {verifier}})
		first := w.exchange(t, form)
		refresh := decode[struct {
			RefreshToken string `json:"refresh_token"`
		}](t, first.body).RefreshToken
		if first.status != http.StatusOK || refresh == "" {
			t.Fatalf("the first exchange: got %d %s, want tokens", first.status, first.body)
		}
		wantOAuthError(t, w.exchange(t, form), "invalid_grant")
		// The first caller may have been the thief. RFC 6749 §4.1.2.
		wantOAuthError(t, w.exchange(t, url.Values{"grant_type": {"refresh_token"}, "client_id": {staffApp}, "refresh_token": {refresh}}), "invalid_grant")
	})
}

func wantOAuthError(t *testing.T, got answer, want string) {
	t.Helper()
	name := decode[struct {
		Error string `json:"error"`
	}](t, got.body).Error
	if got.status != http.StatusBadRequest || name == "" || want != "" && name != want {
		t.Errorf("got %d %s, want 400 %s", got.status, got.body, want)
	}
}

// strangeTargets requests redirects to addresses that are not registered. The
// user is signed in, so that a registered address would get a redirect at once.
func strangeTargets(t *testing.T, w *attacked) {
	for _, tt := range []struct{ name, target string }{
		{"another host", "https://evil.example.net/callback"},
		{"a path more", appCallback + "/x"},
		{"a slash more", appCallback + "/"},
		{"a query more", appCallback + "?next=https://evil.example.net"},
		{"a fragment", appCallback + "#x"},
		{"a climbing path", "http://localhost:3000/x/../callback"},
		{"an encoded path", "http://localhost:3000/%63allback"},
		{"another port", "http://localhost:3001/callback"},
		{"another scheme", "https://localhost:3000/callback"},
		{"capital letters", "http://LOCALHOST:3000/callback"},
		{"user part", "http://localhost:3000@evil.example.net/callback"},
		{"a backslash", `http://localhost:3000\@evil.example.net/callback`},
		{"no scheme", "//evil.example.net/callback"},
		{"a script", "javascript:alert(1)"},
		{"a space before", " " + appCallback},
		{"a line break", appCallback + "\r\nSet-Cookie: x=y"},
		{"a NUL", appCallback + "\x00"},
		{"empty", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			alice := newBrowser(t).Until(func(u *url.URL) bool { return u.Host != mustURL(t, w.url).Host })
			signIn(alice.Open(w.authorizeURL(nil)), "alice", alicePassword)
			for what, address := range map[string]string{
				"authorize":              w.authorizeURL(url.Values{"redirect_uri": {tt.target}}),
				"authorize, beside ours": w.authorizeURL(url.Values{"redirect_uri": {appCallback, tt.target}}),
				"authorize, no prompt":   w.authorizeURL(url.Values{"redirect_uri": {tt.target}, "prompt": {"none"}}),
				"authorize, other fault": w.authorizeURL(url.Values{"redirect_uri": {tt.target}, "response_type": {"nonsense"}}),
				"authorize, no client":   w.authorizeURL(url.Values{"redirect_uri": {tt.target}, "client_id": {"nobody"}}),
				"authorize, other pool":  w.authorizeURL(url.Values{"client_id": {otherApp}}),
				"logout":                 w.logoutURL(url.Values{"client_id": {staffApp}, "logout_uri": {tt.target}}),
				"logout, beside ours":    w.logoutURL(url.Values{"client_id": {staffApp}, "logout_uri": {appSignedOut, tt.target}}),
				"logout, to sign in":     w.logoutURL(url.Values{"client_id": {staffApp}, "redirect_uri": {tt.target}, "response_type": {"code"}}),
				"logout, OpenID":         w.logoutURL(url.Values{"client_id": {staffApp}, "post_logout_redirect_uri": {tt.target}}),
			} {
				page := alice.Open(address)
				if tt.target == "" && strings.HasPrefix(what, "logout") {
					continue // without a target, a page says that the user is signed out
				}
				wantErrorPage(t, what, page)
			}
		})
	}
}

func (w *attacked) logoutURL(q url.Values) string {
	return w.issuer(staffPool) + "/logout?" + q.Encode()
}

func wantErrorPage(t *testing.T, what string, page *browser.Page) {
	t.Helper()
	if to := page.Header.Get("Location"); to != "" {
		t.Errorf("%s: got %d and a redirect to %s, want an error page", what, page.Status, to)
		return
	}
	if page.Status != http.StatusBadRequest || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s: got %d %s at %s, want a page with 400", what, page.Status, page.Header.Get("Content-Type"), page.URL)
	}
}

// forgedPoolSessions sends forged and revoked session cookies to a pool.
func forgedPoolSessions(t *testing.T, w *attacked) {
	alice := newBrowser(t).Until(toApplication)
	signIn(alice.Open(w.authorizeURL(nil)), "alice", alicePassword)
	codeIn(t, alice.Open(w.authorizeURL(nil))) // the unchanged cookie must work
	for _, c := range alice.Cookies(w.issuer(staffPool)) {
		for name, value := range map[string]string{
			"changed": forge.Text(c.Value), "cut": c.Value[:len(c.Value)-1], "empty": "", "long": strings.Repeat("A", 4000), "NUL": "%00", "doubled": c.Value + c.Value,
		} {
			page := newBrowser(t).Until(toApplication).Open(w.authorizeURL(nil), "Cookie", c.Name+"="+value)
			if !asksToSignIn(page) {
				t.Errorf("cookie %s, %s: got %d to %q, want the sign-in page", c.Name, name, page.Status, page.Header.Get("Location"))
			}
		}
	}
	t.Run("after sign-out", func(t *testing.T) {
		var kept []string
		for _, c := range alice.Cookies(w.issuer(staffPool)) {
			kept = append(kept, c.Name+"="+c.Value)
		}
		alice.For(t).Open(w.logoutURL(url.Values{"client_id": {staffApp}, "logout_uri": {appSignedOut}}))
		page := newBrowser(t).Until(toApplication).Open(w.authorizeURL(nil), "Cookie", strings.Join(kept, "; "))
		if !asksToSignIn(page) {
			t.Errorf("cookies from before the sign-out: got %d to %q, want the sign-in page", page.Status, page.Header.Get("Location"))
		}
	})
	t.Run("forged form", func(t *testing.T) {
		b := newBrowser(t).Until(toApplication)
		form := b.Open(w.authorizeURL(nil)).Forms()[0]
		form.Values.Set("username", "alice")
		form.Values.Set("password", alicePassword)
		for name, got := range map[string]*browser.Page{
			"from another site": b.Post(form.Action, form.Values, "Origin", "https://evil.example.net"),
			"cross-site":        b.Post(form.Action, form.Values, "Sec-Fetch-Site", "cross-site"),
			"without cookie":    newBrowser(t).Until(toApplication).Post(form.Action, form.Values),
		} {
			if got.Header.Get("Location") != "" || strings.Contains(got.Header.Get("Set-Cookie"), "cognito") {
				t.Errorf("%s: got %d to %q, want a refusal", name, got.Status, got.Header.Get("Location"))
			}
		}
	})
}
