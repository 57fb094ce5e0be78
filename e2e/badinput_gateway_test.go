package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/forge"
)

// stolenSignIn opens the links of one browser's sign-in in another browser, and
// again in the same browser.
func stolenSignIn(t *testing.T, w *attacked) {
	for _, step := range []struct {
		name string
		at   func(*url.URL) bool
	}{
		{"answer of the provider", func(u *url.URL) bool { return u.Path == "/oauth2/callback" }},
		{"return to the application", func(u *url.URL) bool { return u.Path == "/.pomerium/callback/" }},
	} {
		t.Run(step.name, func(t *testing.T) {
			mallory := newBrowser(t).Until(step.at)
			page := signIn(mallory.Open(w.app+"/"), "alice", alicePassword)
			link := page.Header.Get("Location")
			if link == "" {
				t.Fatalf("the sign-in did not reach this step: at %s, status %d", page.URL, page.Status)
			}
			w.upstream.take()

			victim := newBrowser(t)
			wantRefused(t, "another browser", w, victim.Open(link))
			if victim.Cookie(w.app, "__Host-_pomerium") != "" || victim.Cookie(w.app, "_pomerium") != "" {
				t.Error("the other browser got a session")
			}
			mallory.StopAt = nil
			if u := mustURL(t, link); u.Query().Has("state") {
				q := u.Query()
				q.Set("state", forge.Text(q.Get("state")))
				u.RawQuery = q.Encode()
				wantRefused(t, "state changed", w, mallory.Open(u.String()))
			}
			if step.name == "return to the application" {
				if page := mallory.Open(link); page.Status != http.StatusOK {
					t.Errorf("the browser that started the sign-in: got %d at %s, want the application", page.Status, page.URL)
				}
			}
			mallory.Open(link)
			w.upstream.take()
			wantRefused(t, "another browser, later", w, newBrowser(t).Open(link))
		})
	}
}

// wantRefused checks that a person was refused or asked to sign in, and that no
// request has reached the application.
func wantRefused(t *testing.T, what string, w *attacked, page *browser.Page) {
	t.Helper()
	if !asksToSignIn(page) && page.Status/100 != 4 {
		t.Errorf("%s: got %d at %s, want a refusal:\n%.300s", what, page.Status, page.URL, page.Body)
	}
	w.upstream.wantNothing(t, what)
}

// forgedGatewaySessions sends forged and revoked session cookies to the gateway.
func forgedGatewaySessions(t *testing.T, w *attacked) {
	alice := w.signedIn(t, "alice", alicePassword)
	name := "__Host-_pomerium"
	value := alice.Cookie(w.app, name)
	if value == "" {
		t.Fatalf("alice has no session cookie at %s", w.app)
	}
	if got := get(t, w.app+"/", "Cookie: "+name+"="+value); got.status != http.StatusOK {
		t.Errorf("the unchanged cookie: got %d, want 200", got.status)
	}
	w.upstream.take()
	authenticate := strings.Replace(w.app, "app.", "authenticate.", 1)
	for what, try := range map[string]struct{ at, cookie string }{
		"changed":                      {w.app, forge.Text(value)},
		"cut":                          {w.app, value[:len(value)-2]},
		"longer":                       {w.app, value + "A"},
		"empty":                        {w.app, ""},
		"of another application":       {w.wiki, value},
		"of the authenticate host":     {w.app, alice.Cookie(authenticate, name)},
		"a token":                      {w.app, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."},
		"very long":                    {w.app, strings.Repeat("A", 8000)},
		"at the place of another name": {w.wiki, value + "; _pomerium=" + value},
	} {
		got := get(t, try.at+"/", "Cookie: "+name+"="+try.cookie)
		if to := got.header.Get("Location"); got.status != http.StatusFound || !strings.HasPrefix(to, authenticate+"/.pomerium/sign_in?") {
			t.Errorf("%s: got %d to %q, want a redirect to sign-in", what, got.status, to)
		}
		w.upstream.wantNothing(t, what)
	}
	for what, header := range map[string]string{
		"bearer":          "Authorization: Bearer Pomerium-" + forge.Text(value),
		"Pomerium scheme": "Authorization: Pomerium " + forge.Text(value),
		"own header":      "X-Pomerium-Authorization: " + forge.Text(value),
	} {
		if got := get(t, w.app+"/", header); got.status == http.StatusOK {
			t.Errorf("a forged credential as %s: got 200", what)
		}
		w.upstream.wantNothing(t, what)
	}
	t.Run("after sign-out", func(t *testing.T) {
		if out := alice.For(t).Open(w.app + "/.pomerium/sign_out"); len(out.Forms()) > 0 {
			out.Submit()
		}
		w.upstream.take()
		if got := get(t, w.app+"/", "Cookie: "+name+"="+value); got.status != http.StatusFound {
			t.Errorf("the cookie of the signed-out session: got %d, want a redirect to sign-in", got.status)
		}
		w.upstream.wantNothing(t, "the cookie from before")
	})
}

// forgedLinks changes the link with which the gateway redirects to sign-in.
func forgedLinks(t *testing.T, w *attacked) {
	link := get(t, w.app+"/x").header.Get("Location")
	good := mustURL(t, link).Query()
	base, _, _ := strings.Cut(link, "?")
	set := func(name string, values ...string) string {
		q := url.Values{}
		for k, v := range good {
			q[k] = v
		}
		q[name] = values
		return base + "?" + q.Encode()
	}
	for what, address := range map[string]string{
		"another target":        set("pomerium_redirect_uri", "https://evil.example.net/"),
		"another path":          set("pomerium_redirect_uri", w.app+"/y"),
		"two targets":           set("pomerium_redirect_uri", good.Get("pomerium_redirect_uri"), "https://evil.example.net/"),
		"another callback":      set("pomerium_callback_uri", "https://evil.example.net/.pomerium/callback/"),
		"longer life":           set("pomerium_expiry", fmt.Sprint(time.Now().Add(24*time.Hour).Unix())),
		"another browser":       set("gatehouse_browser", "AAAA"),
		"a parameter more":      set("pomerium_programmatic", "true"),
		"a letter of signature": set("pomerium_signature", forge.Text(good.Get("pomerium_signature"))),
		"no signature":          set("pomerium_signature"),
		"two signatures":        set("pomerium_signature", good.Get("pomerium_signature"), "x"),
		"at another path":       strings.Replace(link, "/sign_in", "/sign_out", 1) + "&pomerium_redirect_uri=https%3A%2F%2Fevil.example.net",
		"nothing":               base,
		"a program's, far away": w.app + "/.pomerium/api/v1/login?pomerium_redirect_uri=https%3A%2F%2Fevil.example.net%2F",
	} {
		got := get(t, address)
		if to := got.header.Get("Location"); strings.Contains(to, "evil.example.net") || strings.Contains(got.body, "evil.example.net/?") {
			t.Errorf("%s: redirect to %s, want a refusal", what, to)
		}
		if what != "at another path" && got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d to %q, want 400", what, got.status, got.header.Get("Location"))
		}
	}
	if got := get(t, link); got.status != http.StatusFound {
		t.Errorf("the unchanged link: got %d, want 302", got.status)
	}
	// Sign-out must not redirect to an address from the query either.
	b := newBrowser(t).Until(func(u *url.URL) bool { return u.Hostname() == "evil.example.net" })
	out := b.Open(w.app + "/.pomerium/sign_out?pomerium_redirect_uri=https%3A%2F%2Fevil.example.net%2F")
	if to := out.Header.Get("Location"); strings.Contains(to, "evil.example.net") {
		t.Errorf("sign-out redirects to %s", to)
	}
}

// forgedIdentity sends headers that could deceive an application about the user.
func forgedIdentity(t *testing.T, w *attacked) {
	alice := w.signedIn(t, "alice", alicePassword)
	cookie := "__Host-_pomerium=" + alice.Cookie(w.app, "__Host-_pomerium")
	w.upstream.take()
	const forged = "mallory-was-here"
	reserved := []string{
		"X-Pomerium-Jwt-Assertion", "x-pomerium-jwt-assertion", "X-POMERIUM-JWT-ASSERTION", "X-Pomerium-Jwt-Assertion-For", "X-Pomerium-Claim-Email",
		"x-pomerium-claim-Groups", "X-Pomerium-Claim-Anything", "X-Email", "x-EMAIL", "Cf-Access-Jwt-Assertion", "Cf-Access-Authenticated-User-Email",
		"cf-access-user", "X-Pomerium-Authorization", "X-Pomerium.Claim.Email", "X~Email", "X-Pomerium-Claim!Email",
	}
	// Send each header alone, all together, and named in Connection. A proxy might
	// drop its own header if Connection names it.
	var all []string
	for _, name := range reserved {
		w.wantOwnIdentity(t, cookie, forged, name+": "+forged)
		w.wantOwnIdentity(t, cookie, forged, name+": "+forged, "Connection: "+name)
		w.wantOwnIdentity(t, cookie, forged, name+": "+forged, name+": "+forged+"-again")
		all = append(all, name+": "+forged)
	}
	w.wantOwnIdentity(t, cookie, forged, append(all, "Connection: close, X-Email, X-Pomerium-Jwt-Assertion, X-Forwarded-Proto", "Keep-Alive: X-Email", "Proxy-Connection: X-Email")...)

	// Some servers read these names like our headers.
	for _, name := range []string{"X_Email", "X_Pomerium_Jwt_Assertion", "X-Pomerium_Claim-Email", "x_pomerium_claim_email"} {
		for _, base := range []string{w.app, w.public} {
			if got := w.raw(t, host(base), "GET / HTTP/1.1", "Cookie: "+cookie, name+": "+forged); got.StatusCode != http.StatusBadRequest {
				t.Errorf("%s at %s: got %d, want 400", name, base, got.StatusCode)
			}
			w.upstream.wantNothing(t, name)
		}
	}

	// On a public route the application must get no identity.
	w.raw(t, host(w.public), append([]string{"GET / HTTP/1.1"}, all...)...)
	for _, r := range w.upstream.take() {
		if text := fmt.Sprint(r.Header); strings.Contains(text, forged) {
			t.Errorf("without sign-in the application received: %s", text)
		}
	}
}

// wantOwnIdentity sends headers in the session of alice. The application must
// receive the identity of alice and nothing of the forged one.
func (w *attacked) wantOwnIdentity(t *testing.T, cookie, forged string, headers ...string) {
	t.Helper()
	got := w.raw(t, host(w.app), append([]string{"GET / HTTP/1.1", "Cookie: " + cookie}, headers...)...)
	seen := w.upstream.take()
	if got.StatusCode == http.StatusBadRequest && len(seen) == 0 {
		return // the whole request was refused
	}
	if got.StatusCode != http.StatusOK || len(seen) != 1 {
		t.Errorf("%q: got status %d and %d requests, want 200 and 1 request", headers, got.StatusCode, len(seen))
		return
	}
	h := seen[0].Header
	if text := fmt.Sprint(h); strings.Contains(text, forged) || strings.Contains(text, strings.TrimPrefix(cookie, "__Host-_pomerium=")) {
		t.Errorf("%q: the application received the forged identity in %s", headers, text)
	}
	if h.Get("X-Email") != "alice@example.com" || strings.Count(h.Get("X-Pomerium-Jwt-Assertion"), ".") != 2 || h.Get("X-Pomerium-Claim-Groups") != "admins" {
		t.Errorf("%q: the application did not receive the identity of alice: %v", headers, h)
	}
}

func host(base string) string { return strings.TrimPrefix(base, "https://") }

// raw sends a request line and header lines unchanged and returns the response
// without its body. It adds a Host header unless host is empty.
func (w *attacked) raw(t *testing.T, host string, lines ...string) *http.Response {
	t.Helper()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", fmt.Sprintf("127.0.0.1:%d", w.port), &tls.Config{RootCAs: suite.authority.pool, ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if host != "" {
		lines = append([]string{lines[0], "Host: " + host}, lines[1:]...)
	}
	// The server may answer before it has read everything. Therefore an error in
	// writing does not fail the test.
	fmt.Fprint(conn, strings.Join(lines, "\r\n")+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the answer to %.200q: %v", lines, err)
	}
	resp.Body.Close()
	return resp
}
