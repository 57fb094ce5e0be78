package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// strangeHosts sends requests for hosts that are not configured, or that only
// look like a configured host.
func strangeHosts(t *testing.T, w *attacked) {
	app := host(w.app)
	port := fmt.Sprint(w.port)
	for what, tt := range map[string]struct {
		host  string
		lines []string
		want  []int
	}{
		"an unknown host":                       {"evil.example.net", get1, []int{421}},
		"a longer name":                         {"app.localhost.evil.example.net:" + port, get1, []int{421}},
		"a name before":                         {"evil.app.localhost:" + port, get1, []int{421}},
		"an address":                            {"127.0.0.1:" + port, get1, []int{421}},
		"a user part":                           {"app.localhost@evil.example.net", get1, []int{400, 421}},
		"a path":                                {"app.localhost/evil", get1, []int{400, 421}},
		"a space":                               {"app.localhost evil", get1, []int{400}},
		"no Host header":                        {"", get1, []int{400}},
		"two Host headers":                      {app, []string{get1[0], "Host: evil.example.net"}, []int{400}},
		"another host in the request line":      {app, []string{"GET https://evil.example.net/ HTTP/1.1"}, []int{421}},
		"a known host only in the request line": {"evil.example.net", []string{"GET https://" + app + "/ HTTP/1.1"}, []int{302}},
		"capital letters":                       {"APP.LocalHost:" + port, get1, []int{302}},
		"a dot at the end":                      {"app.localhost.:" + port, get1, []int{302, 421}},
		"the domain of an unknown pool":         {"nobody.auth.localhost:" + port, get1, []int{404, 421}},
		"an empty prefix":                       {".auth.localhost:" + port, get1, []int{400, 404, 421}},
	} {
		got := w.raw(t, tt.host, tt.lines...)
		if !contains(tt.want, got.StatusCode) {
			t.Errorf("%s: got %d, want one of %v", what, got.StatusCode, tt.want)
		}
		if to := got.Header.Get("Location"); strings.Contains(to, "evil") {
			t.Errorf("%s: leads to %s", what, to)
		}
		w.upstream.wantNothing(t, what)
	}

	// No caller is trusted to override the host with another header.
	for _, header := range []string{"X-Forwarded-Host: evil.example.net", "X-Host: evil.example.net", "Forwarded: host=evil.example.net", "X-Original-Host: evil.example.net", "X-Rewrite-URL: /public"} {
		got := get(t, w.app+"/", header)
		if to := got.header.Get("Location"); got.status != http.StatusFound || strings.Contains(to, "evil") {
			t.Errorf("%s: got %d to %s, want a redirect to sign-in", header, got.status, to)
		}
		discovery := get(t, w.issuer(staffPool)+"/.well-known/openid-configuration", header)
		if strings.Contains(discovery.body, "evil") || !strings.Contains(discovery.body, `"issuer":"`+w.issuer(staffPool)+`"`) {
			t.Errorf("%s: the discovery document says %s", header, discovery.body)
		}
	}
	w.upstream.wantNothing(t, "a forged host")

	// Each part of the installation answers only at its own hosts.
	for what, address := range map[string]string{
		"the API at an application":     w.app + "/",
		"the API at a pool's domain":    w.domainURL("staff") + "/",
		"the API at the authenticate":   strings.Replace(w.app, "app.", "authenticate.", 1) + "/",
		"the API at a public route":     w.wiki + "/",
		"the API at a pool's own paths": w.issuer(staffPool) + "/",
	} {
		got := send(t, http.MethodPost, address, `{"ClientId":"`+staffApp+`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"alice","PASSWORD":"`+alicePassword+`"}}`,
			"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth")
		if strings.Contains(got.body, "AccessToken") {
			t.Errorf("%s: got %d, want a refusal", what, got.status)
		}
	}
	if got := get(t, w.domainURL("staff")+"/"+otherPool+"/login"); got.status == http.StatusOK {
		t.Error("one pool's domain shows the sign-in page of another")
	}

	// Paths that could be read as other paths.
	for _, path := range []string{"/%2e%2e/", "/x/..%2f..%2fadmin", "/a%5cb", "/%00", "//x", "/x//y"} {
		got := w.raw(t, app, "GET "+path+" HTTP/1.1")
		if got.StatusCode != http.StatusBadRequest && got.StatusCode/100 != 3 {
			t.Errorf("path %s: got %d, want 400 or a redirect", path, got.StatusCode)
		}
		w.upstream.wantNothing(t, path)
	}
}

var get1 = []string{"GET / HTTP/1.1"}

func contains(all []int, one int) bool {
	for _, n := range all {
		if n == one {
			return true
		}
	}
	return false
}

// oversized sends requests that are too large.
func oversized(t *testing.T, w *attacked) {
	got := w.call(t, "SignUp", `{"ClientId":"`+staffApp+`","Username":"mallory","Password":"`+strings.Repeat("A", 5<<20)+`"}`)
	if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "RequestEntityTooLargeException") {
		t.Errorf("a call of 5 MiB: got %d %.200s, want 413", got.status, got.body)
	}
	form := "grant_type=refresh_token&client_id=" + staffApp + "&refresh_token=" + strings.Repeat("A", 1<<20)
	got = send(t, http.MethodPost, w.issuer(staffPool)+"/oauth2/token", form, "Content-Type: application/x-www-form-urlencoded")
	wantOAuthError(t, got, "invalid_request")
	page := newBrowser(t).Open(w.authorizeURL(nil))
	if got := signIn(page, "alice", strings.Repeat("A", 1<<20)); got.Status/100 != 4 {
		t.Errorf("a form of 1 MiB: got %d, want a refusal", got.Status)
	}
	for what, lines := range map[string][]string{
		"a long header":       {"GET / HTTP/1.1", "X-Long: " + strings.Repeat("A", 300<<10)},
		"many headers":        append([]string{"GET / HTTP/1.1"}, repeated("X-Many: "+strings.Repeat("A", 100), 3000)...),
		"a long request line": {"GET /" + strings.Repeat("A", 300<<10) + " HTTP/1.1"},
	} {
		for _, base := range []string{w.app, w.public, w.url} {
			if got := w.raw(t, host(base), lines...); got.StatusCode != http.StatusRequestHeaderFieldsTooLarge && got.StatusCode != http.StatusRequestURITooLong {
				t.Errorf("%s at %s: got %d, want 431", what, base, got.StatusCode)
			}
		}
		w.upstream.wantNothing(t, what)
	}
	// An attacker can smuggle a request with two lengths, or with a length and
	// chunks.
	for what, lines := range map[string][]string{
		"two lengths":         {"POST / HTTP/1.1", "Content-Length: 4", "Content-Length: 5"},
		"length and chunks":   {"POST / HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked"},
		"an unknown encoding": {"POST / HTTP/1.1", "Transfer-Encoding: xchunked"},
		"a negative length":   {"POST / HTTP/1.1", "Content-Length: -1"},
		"space before colon":  {"GET / HTTP/1.1", "X-Email : mallory"},
		"a folded header":     {"GET / HTTP/1.1", " X-Email: mallory"},
	} {
		if got := w.raw(t, host(w.public), lines...); got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusNotImplemented {
			t.Errorf("%s: got %d, want 400", what, got.StatusCode)
		}
		w.upstream.wantNothing(t, what)
	}
	if got := get(t, w.public+"/"); got.status != http.StatusOK {
		t.Errorf("a plain request afterwards: got %d, want 200", got.status)
	}
	w.upstream.take()
}

func repeated(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}
