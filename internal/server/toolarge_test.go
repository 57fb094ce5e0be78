package server_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"

	"gatehouse/internal/server"
)

// everyHost is a host of each part.
var everyHost = []string{"id.example.com", "staff.auth.example.com", "authenticate.example.com", "app.example.com", "unknown.example.com"}

func manyCookies(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("app%d=%s", i, strings.Repeat("x", 4000)))
	}
	return strings.Join(all, "; ")
}

func startExample(t *testing.T) *server.Server {
	return start(t, load(t, t.TempDir(), secretOne, admins))
}

func fetch(s *server.Server, method, url, accept, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Accept", accept)
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// Whoever has too many cookies gets a page on every host, and loses them.
func TestTooManyCookiesGetAPage(t *testing.T) {
	s := startExample(t)
	for _, host := range everyHost {
		w := fetch(s, "GET", "https://"+host+"/x?y=1", "text/html", manyCookies(40))
		if w.Code != http.StatusRequestHeaderFieldsTooLarge || !strings.Contains(w.Body.String(), "was told to delete them") || !strings.Contains(w.Body.String(), `href="/x?y=1"`) {
			t.Errorf("%s: got %d, %.200s; want 431 with a page that helps", host, w.Code, w.Body)
		}
		if got := w.Header().Get("Clear-Site-Data"); got != `"cookies"` {
			t.Errorf("%s: Clear-Site-Data is %q, want the cookies", host, got)
		}
	}
	w := fetch(s, "POST", "https://id.example.com/", "*/*", manyCookies(40))
	if w.Code != http.StatusRequestHeaderFieldsTooLarge || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a program: got %d, %.100s; want 431 in plain text", w.Code, w.Body)
	}
}

// A link with a long address signed people out if it cleared their cookies.
func TestALongAddressForgetsNoCookies(t *testing.T) {
	s := startExample(t)
	for _, cookies := range []string{"__Host-_pomerium=3; __Host-_gatehouse_browser=1", manyCookies(20)} {
		for _, scheme := range []string{"https", "http"} {
			w := fetch(s, "GET", scheme+"://app.example.com/x?y="+strings.Repeat("y", 140<<10), "text/html", cookies)
			if w.Code != http.StatusRequestHeaderFieldsTooLarge || !strings.Contains(w.Body.String(), "address is too long") {
				t.Errorf("%s: got %d, %.200s; want 431 with a page about the address", scheme, w.Code, w.Body)
			}
			if w.Header().Get("Clear-Site-Data") != "" || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s: cookies are cleared: %.300v", scheme, w.Header())
			}
		}
	}
}

// Another header that is too large signed people out, who had one small cookie.
func TestAnotherLargeHeaderForgetsNoCookies(t *testing.T) {
	s := startExample(t)
	for name, cookies := range map[string]string{"a small cookie": "__Host-_pomerium=3", "many cookies": manyCookies(40)} {
		r := httptest.NewRequest("GET", "https://app.example.com/", nil)
		r.Header.Set("Cookie", cookies)
		r.Header.Set("X-Large", strings.Repeat("x", 140<<10))
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusRequestHeaderFieldsTooLarge || w.Header().Get("Clear-Site-Data") != "" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d, %.300v; want 431 that leaves the cookies", name, w.Code, w.Header())
		}
	}
}

// The longest address of a page of ours does not hide that the cookies are at fault.
func TestCookiesJustUnderTheLimitAreForgotten(t *testing.T) {
	w := fetch(startExample(t), "GET", "https://staff.auth.example.com/login?state="+strings.Repeat("s", 2700), "text/html", manyCookies(32)+"; y="+strings.Repeat("y", 1200))
	if w.Code != http.StatusRequestHeaderFieldsTooLarge || w.Header().Get("Clear-Site-Data") == "" {
		t.Errorf("got %d, %v; want 431 that clears the cookies", w.Code, w.Header())
	}
}

// Without TLS, browsers ignore Clear-Site-Data: a few clicks end whatever another
// host of the domain has planted, for whatever path, under whatever name.
func TestPlantedCookiesAreForgottenWithoutTLS(t *testing.T) {
	s := startExample(t)
	attacks := map[string]struct {
		count, clicks int
		line          func(i int) string
	}{
		"for the page's path": {34, 1, func(i int) string { return fmt.Sprintf("p%d=%s; Path=/login", i, strings.Repeat("x", 4000)) }},
		"for every path":      {34, 1, func(i int) string { return fmt.Sprintf("p%d=%s; Path=/", i, strings.Repeat("x", 4000)) }},
		"as much as there is": {180, 4, func(i int) string { return fmt.Sprintf("p%d=%s; Path=/login", i, strings.Repeat("x", 4000)) }},
		"one name, two paths": {40, 1, func(i int) string {
			return fmt.Sprintf("p%d=%s; Path=%s", i/2, strings.Repeat("x", 4000), []string{"/", "/login"}[i%2])
		}},
		"with long names": {34, 10, func(i int) string { return fmt.Sprintf("%s%d=x; Path=/login", strings.Repeat("n", 4000), i) }},
	}
	for _, domain := range []string{"example.com", "auth.example.com", "staff.auth.example.com"} {
		for name, a := range attacks {
			b := newPlainBrowser(t, s)
			for i := range a.count {
				b.plant("http://"+domain+"/login", a.line(i)+"; Domain="+domain)
			}
			const page = "http://staff.auth.example.com/login?client_id=unknown"
			if got := b.open(page); got != http.StatusRequestHeaderFieldsTooLarge {
				t.Fatalf("%s at %s: the first answer is %d: the attack does not work", name, domain, got)
			}
			clicks := 1
			for b.open(page) == http.StatusRequestHeaderFieldsTooLarge && clicks < 200 {
				clicks++
			}
			if clicks > a.clicks {
				t.Errorf("%s at %s: the page comes after %d clicks, want %d", name, domain, clicks, a.clicks)
			}
		}
	}
}

// plainBrowser is a browser that knows no Clear-Site-Data.
type plainBrowser struct {
	t   *testing.T
	s   *server.Server
	jar *cookiejar.Jar
}

func newPlainBrowser(t *testing.T, s *server.Server) *plainBrowser {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		t.Fatal(err)
	}
	return &plainBrowser{t: t, s: s, jar: jar}
}

// plant keeps the cookie of a line Set-Cookie.
func (b *plainBrowser) plant(from, line string) {
	b.keep(from, http.Header{"Set-Cookie": {line}})
}

func (b *plainBrowser) keep(from string, h http.Header) {
	b.t.Helper()
	u, err := url.Parse(from)
	if err != nil {
		b.t.Fatal(err)
	}
	b.jar.SetCookies(u, (&http.Response{Header: h}).Cookies())
}

func (b *plainBrowser) open(page string) int {
	r := httptest.NewRequest("GET", page, nil)
	r.Header.Set("Accept", "text/html")
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	b.keep(page, w.Header())
	return w.Code
}

// All that a browser can send gets the page, on both versions of HTTP, and not the
// bare answer of net/http. More than that gets no more memory.
func TestAllThatABrowserCanSendGetsAPage(t *testing.T) {
	c := load(t, t.TempDir(), secretOne, admins)
	s := start(t, c)
	for _, h2 := range []bool{true, false} {
		front := httptest.NewUnstartedServer(nil)
		front.Config, front.EnableHTTP2 = s.HTTPServer(c), h2
		front.Listener = server.CountingHeaders(front.Listener)
		front.StartTLS()
		client := front.Client()
		client.Timeout = time.Minute
		client.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true
		for n, want := range map[int]string{180: `"cookies"`, 250: ""} {
			r, err := http.NewRequest("GET", front.URL+"/login", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", manyCookies(n))
			answer, err := client.Do(r)
			if err != nil {
				if want == "" { // the connection may end before the request is written
					continue
				}
				t.Fatalf("HTTP/2 %v, %d cookies: %v", h2, n, err)
			}
			answer.Body.Close()
			if got := answer.Header.Get("Clear-Site-Data"); answer.StatusCode != 431 || got != want {
				t.Errorf("HTTP/2 %v, %d cookies: got %d, Clear-Site-Data %q, want 431 and %q", h2, n, answer.StatusCode, got, want)
			}
		}
		front.Close()
	}
}
