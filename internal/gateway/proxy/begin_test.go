package proxy

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

// saidIn returns the members of a JSON answer.
func saidIn(t *testing.T, body string) (said map[string]string) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return said
}

// A script gets an address at which its page signs the person in, and the person is
// back at the page.
func TestAScriptIsToldWhereToSignIn(t *testing.T) {
	w := newWorld(t, nil)
	const page = "https://app.example.com:" + port + "/board?id=7"
	b := w.browser()
	for _, how := range [][]string{
		{"Accept", "application/json", "Sec-Fetch-Mode", "cors"},
		{"Accept", "*/*", "X-Requested-With", "XMLHttpRequest"},
		{"Accept", "application/json, text/plain, */*"},
	} {
		answer := b.Step().Open("https://app.example.com/api/items", append(how, "Referer", page)...).Want(401)
		link := answer.Header.Get(headerSignIn)
		if !strings.HasPrefix(link, "https://app.example.com:"+port+pathBegin+"?") || saidIn(t, answer.Body)["sign_in_url"] != link {
			t.Fatalf("%v: got %q and %s", how, link, answer.Body)
		}
		if got := answer.Header.Get("Www-Authenticate"); got != "Bearer" {
			t.Errorf("%v: WWW-Authenticate = %q", how, got)
		}
		if len(answer.Header["Set-Cookie"]) > 0 {
			t.Errorf("%v: the answer sets %v", how, answer.Header["Set-Cookie"])
		}
	}
	if w.Upstream.Got() != nil {
		t.Error("the upstream got a request")
	}
	link := b.Step().Open("https://app.example.com/api/items", "Accept", "application/json", "Referer", page).Header.Get(headerSignIn)
	fresh := w.browser()
	if got := signInAt(fresh, link).Want(200, "hello").URL; got.Path != "/board" || got.RawQuery != "id=7" {
		t.Errorf("the person ends at %s, want the page", got)
	}
	// Signed in already, as another window may have done meanwhile: back at once.
	fresh.Step().Open(link).WantRedirect(page)
}

func TestThePageOfAScript(t *testing.T) {
	w := newWorld(t, nil)
	base := "https://app.example.com:" + port
	for referer, want := range map[string]string{
		"":                base + "/",
		base + "/x?y=1#z": base + "/x?y=1",
		base:              base + "/",
		"https://admin.example.com:" + port + "/": base + "/",
		"https://evil.example.net/":               base + "/",
		"http://app.example.com:" + port + "/x":   base + "/",
		"https://app.example.com/x":               base + "/", // another port
		"https://a@app.example.com:" + port + "/": base + "/",
		base + "/.pomerium/sign_out":              base + "/",
		base + "/?" + strings.Repeat("a", 3000):   base + "/",
		"javascript:alert(1)":                     base + "/",
	} {
		link, err := url.Parse(w.browser().Step().Open("https://app.example.com/api", "Accept", "application/json", "Referer", referer).Want(401).Header.Get(headerSignIn))
		if err != nil || link.Query().Get(paramRedirect) != want {
			t.Errorf("Referer %.60q: got %v, %v; want %s", referer, link, err, want)
		}
	}
}

// The address leads nowhere but to a page of its own host.
func TestBeginLeadsToPagesOfItsHostAlone(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	for _, target := range []string{
		"", "/x", "//evil.example.net/", "https://evil.example.net/", "https://admin.example.com:" + port + "/", "http://app.example.com:" + port + "/",
		"https://app.example.com:" + port + "@evil.example.net/", "https://app.example.com:" + port + "/.pomerium/sign_out", "javascript:alert(1)",
		"https://app.example.com:" + port + `\@evil.example.net/`,
	} {
		b.Step().Open("https://app.example.com" + pathBegin + "?" + url.Values{paramRedirect: {target}}.Encode()).Want(400)
	}
	b.Send("POST", "https://app.example.com"+pathBegin, nil).Want(404)
}

func TestWithoutAProviderThereIsNoAddressToSignInAt(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Providers = nil
		c.Routes = append(c.Routes, w.route("https://b.example.com", policy.Access{AnyUser: true}, nil))
	})
	page := w.browser().Open("https://b.example.com/", "Accept", "application/json").Want(401)
	if page.Header.Get(headerSignIn) != "" || saidIn(t, page.Body)["sign_in_url"] != "" {
		t.Errorf("got %s", page.Body)
	}
}
