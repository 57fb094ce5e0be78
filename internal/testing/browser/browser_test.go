package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/browser"
)

// site has two hosts. The first asks for a name and sends it to the second.
func site(w http.ResponseWriter, r *http.Request) {
	switch r.Host + r.URL.Path {
	case "one.example.com/":
		fmt.Fprint(w, `<form action="/name"><input name="token" value="&amp;1"><input name="who"><button name="go" value="on"></button></form><a href="/nowhere">Away</a>`)
	case "one.example.com/name":
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.FormValue("who") + r.FormValue("go"), Path: "/", Secure: true})
		http.Redirect(w, r, "https://two.example.com/hello?token="+url.QueryEscape(r.FormValue("token")), http.StatusFound)
	case "two.example.com/hello":
		fmt.Fprintf(w, "<main>token %s, from one %t, TLS %t, from %s", r.FormValue("token"), r.Header.Get("Cookie") != "", r.TLS != nil, r.RemoteAddr)
	default:
		http.Error(w, "no such page", http.StatusNotFound)
	}
}

func TestABrowserFillsInAFormAndFollowsRedirectsToAnotherHost(t *testing.T) {
	b := browser.NewNetwork(t, http.HandlerFunc(site)).Browser()
	form := b.Open("https://one.example.com/").Want(200)
	page := form.Submit("who", "alice").Want(200, "token &1, from one false, TLS true, from 127.0.0.1:").WantNot("mallory")
	if got := page.URL.String(); got != "https://two.example.com/hello?token=%261" {
		t.Errorf("the browser is at %s, want the second host", got)
	}
	if got := b.Cookie("https://one.example.com/x", "who"); got != "aliceon" {
		t.Errorf("cookie of the first host: got %q, want aliceon", got)
	}
	if got := b.Cookie("http://one.example.com/", "who"); got != "" {
		t.Errorf("a Secure cookie goes to http: %q", got)
	}
	if len(b.Trail) != 1 || b.Trail[0].Host != "two.example.com" {
		t.Errorf("trail: got %v, want the second host", b.Trail)
	}
	form.Submit("who", "bob").Want(200) // an old page still works
	form.Follow("Away").WantRefused().Want(404, "no such page")
}

func TestABrowserStopsBeforeARedirect(t *testing.T) {
	b := browser.NewNetwork(t, http.HandlerFunc(site)).Browser()
	form := b.Step().Open("https://one.example.com/")
	if to := form.Submit("who", "alice").WantRedirect("https://two.example.com/hello?"); to.Query().Get("token") != "&1" {
		t.Errorf("redirect to %s, want the token in it", to)
	}
	if b.Cookie("https://one.example.com/", "who") != "aliceon" {
		t.Error("the browser that follows redirects does not have the cookies of the one that stays")
	}
}

func TestABrowserAddsItsPort(t *testing.T) {
	var hosts []string
	b := browser.NewNetwork(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hosts = append(hosts, r.Host+r.RequestURI) })).Browser()
	b.Port = "8443"
	for _, b := range []*browser.Browser{b, b.Step(), b.For(t)} {
		b.Open("https://one.example.com/a%2Fb?x=%20")
		b.Open("https://one.example.com:9000/")
	}
	want := strings.Repeat(" one.example.com:8443/a%2Fb?x=%20 one.example.com:9000/", 3)
	if got := " " + strings.Join(hosts, " "); got != want {
		t.Errorf("the requests went to%s, want%s", got, want)
	}
}

func TestASubtestsBrowserHasTheCookies(t *testing.T) {
	b := browser.NewNetwork(t, http.HandlerFunc(site)).Browser()
	b.Open("https://one.example.com/").Submit("who", "alice").Want(200)
	t.Run("subtest", func(t *testing.T) {
		cookies := b.For(t).Cookies("https://one.example.com/")
		if len(cookies) != 1 || cookies[0].Name != "who" || cookies[0].Value != "aliceon" {
			t.Errorf("got cookies %v, want who=aliceon", cookies)
		}
		b.For(t).Open("https://one.example.com/").WantMarkup(`value="&amp;1"`)
	})
}

// recorder is a test that fails in place of the real one.
type recorder struct {
	testing.TB
	fatal string
}

func (r *recorder) Fatal(args ...any) {
	r.fatal = fmt.Sprint(args...)
	runtime.Goexit()
}

func TestARequestThatTakesTooLongFailsTheTest(t *testing.T) {
	n := browser.NewNetwork(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	failed, ended := &recorder{TB: t}, make(chan struct{})
	b := n.Browser().For(failed)
	b.Timeout = time.Millisecond
	go func() {
		defer close(ended)
		b.Step().Open("https://one.example.com/")
	}()
	<-ended
	if !strings.Contains(failed.fatal, "Client.Timeout exceeded") {
		t.Errorf("got the failure %q, want one of the timeout", failed.fatal)
	}
}

func TestARequestWithoutTLSAndALargeBody(t *testing.T) {
	n := browser.NewNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, len(body), err, r.TLS != nil)
	}))
	for range 3 { // the connection is used again
		resp, err := n.Client().Post("http://any.example.com:8080/", "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if want := fmt.Sprint(1<<20, nil, false); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
