package managedlogin_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/forge"
)

// bare is a browser whose cookies the test writes itself.
type bare struct {
	t       *testing.T
	w       *world
	secure  bool
	planted []string // name=value, which another host of the domain has set
	own     []string // what our pages have set
	last    bool     // the planted cookies come after ours
}

// send sends a request, and keeps the cookies of the answer.
func (b *bare) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, origin+path, strings.NewReader(form.Encode()))
	cookies := append(append([]string{}, b.planted...), b.own...)
	if b.last {
		cookies = append(append([]string{}, b.own...), b.planted...)
	}
	r.Header.Set("Cookie", strings.Join(cookies, "; "))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.secure {
		r.TLS = &tls.ConnectionState{}
	}
	mux, w := http.NewServeMux(), httptest.NewRecorder()
	b.w.server.Load().Mount(mux)
	mux.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.own = append(b.own, c.Name+"="+c.Value)
	}
	return w
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]*)"`)

func tokenOf(page string) string {
	m := csrfField.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

const plantable = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// A cookie that another host of the domain has set, for whatever path, stops none
// of the pages, and nobody signs in with a form that it made.
func TestPlantedCookiesStopNoPage(t *testing.T) {
	w := newWorld(t, nil)
	for _, secure := range []bool{false, true} {
		for _, last := range []bool{false, true} {
			for _, planted := range [][]string{
				{"XSRF-TOKEN=x"}, {"XSRF-TOKEN="}, {"XSRF-TOKEN=" + plantable}, {"XSRF-TOKEN=x", "XSRF-TOKEN=y", "XSRF-TOKEN=" + plantable}, {`XSRF-TOKEN="`},
			} {
				for _, path := range paths {
					b := &bare{t: t, w: w, secure: secure, planted: planted, last: last}
					page := b.send("GET", path+w.query(), nil)
					answer := b.send("POST", path+w.query(), url.Values{"_csrf": {tokenOf(page.Body.String())}, "username": {alice}, "password": {good}})
					if page.Code != 200 || answer.Code == http.StatusForbidden {
						t.Errorf("TLS %v, planted %q (last %v), %s: page %d, form %d", secure, planted, last, path, page.Code, answer.Code)
					}
				}
			}
		}
	}
}

func TestPlantedCookieDecidesNothingWithTLS(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	form := url.Values{"_csrf": {plantable}, "username": {alice}, "password": {good}}
	b := &bare{t: t, w: w, secure: true, planted: []string{"XSRF-TOKEN=" + plantable}}
	if got := b.send("POST", "/login"+w.query(), form); got.Code != http.StatusForbidden {
		t.Errorf("a browser that has no cookie of ours: %d, want 403", got.Code)
	}
	if got := b.send("POST", "/login"+w.query(), form); got.Code != http.StatusForbidden {
		t.Errorf("a browser that has our cookie: %d, want 403", got.Code)
	}
}

// Programs that were written for Cognito send back the cookie with Cognito's name.
func TestProgramsSendTheCookieWithCognitosName(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	b := &bare{t: t, w: w, secure: true}
	page := b.send("GET", "/login"+w.query(), nil)
	token := tokenOf(page.Body.String())
	r := httptest.NewRequest("POST", "https://login.example.com/login"+w.query(), strings.NewReader(url.Values{"_csrf": {token}, "username": {alice}, "password": {good}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", "XSRF-TOKEN="+token)
	mux, answer := http.NewServeMux(), httptest.NewRecorder()
	w.server.Load().Mount(mux)
	mux.ServeHTTP(answer, r)
	if to := answer.Header().Get("Location"); answer.Code != 302 || !strings.HasPrefix(to, callback+"?code=") {
		t.Errorf("got %d to %q, want a code", answer.Code, to)
	}
}

func TestPlantedSessions(t *testing.T) {
	for _, secure := range []bool{false, true} {
		w := newWorld(t, nil)
		w.user(alice, good)
		w.user("mallory@example.com", good)
		handle, _, err := w.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: w.Pool, User: w.MustFind("mallory@example.com"), Provider: userpool.ProviderCognito})
		must(t, err)
		name := "cognito"
		if secure {
			name = "__Host-cognito"
		}
		b := &bare{t: t, w: w, secure: secure, planted: []string{"cognito=" + forge.Text(handle.Reveal())}}
		signIn := func() *httptest.ResponseRecorder {
			page := b.send("GET", "/login"+w.query("prompt", "login"), nil)
			return b.send("POST", "/login"+w.query(), url.Values{"_csrf": {tokenOf(page.Body.String())}, "username": {alice}, "password": {good}})
		}
		signedIn := func() bool {
			return strings.Contains(b.send("GET", "/login"+w.query(), nil).Body.String(), "Continue as "+alice)
		}
		if got := signIn(); got.Code != 302 || !signedIn() {
			t.Errorf("TLS %v: a planted handle that opens nothing: %d, signed in %v", secure, got.Code, signedIn())
		}
		b.planted = []string{name + "=" + handle.Reveal()}
		if page := b.send("GET", "/login"+w.query(), nil).Body.String(); strings.Contains(page, "Continue as") {
			t.Errorf("TLS %v: with sessions of two people somebody is signed in", secure)
		}
		if got := signIn(); got.Code != 302 || !signedIn() {
			t.Errorf("TLS %v: a planted session of somebody else: %d, signed in %v", secure, got.Code, signedIn())
		}
	}
}
