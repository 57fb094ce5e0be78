package browser

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Browser is a person at a browser without script. It keeps cookies and follows
// redirects. Not safe for concurrent use.
type Browser struct {
	// StopAt is asked before a redirect is followed. If it returns true, the
	// redirect itself is the page. Nil: every redirect is followed.
	StopAt func(*url.URL) bool
	// Port is added to an address without a port that a test opens. Empty: the
	// address stays as it is.
	Port string
	// Timeout ends a request, with its redirects, that takes longer. 0: only the
	// test's end does.
	Timeout time.Duration
	// Trail has every address that a redirect led to, also where it stopped.
	Trail []*url.URL

	t         testing.TB
	jar       *cookiejar.Jar
	transport http.RoundTripper
}

// maxRedirects is how many redirects a browser follows. Then it stops there.
const maxRedirects = 20

// New returns a browser without cookies that sends its requests by transport.
func New(t testing.TB, transport http.RoundTripper) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, jar: jar, transport: transport}
}

// Step returns the same browser, with the same cookies, that follows no
// redirect.
func (b *Browser) Step() *Browser { return b.Until(func(*url.URL) bool { return true }) }

// Until returns the same browser, with the same cookies, with another StopAt.
func (b *Browser) Until(stopAt func(*url.URL) bool) *Browser {
	same := b.For(b.t)
	same.StopAt = stopAt
	return same
}

// For returns the same browser, with the same cookies, for a subtest. What fails
// is then a failure of the subtest.
func (b *Browser) For(t testing.TB) *Browser {
	same := *b
	same.t, same.Trail = t, nil
	return &same
}

// Open opens an address. Headers are names and values by turns.
func (b *Browser) Open(address string, headers ...string) *Page {
	b.t.Helper()
	return b.Send(http.MethodGet, address, nil, headers...)
}

// Post sends a form. Headers are names and values by turns.
func (b *Browser) Post(address string, form url.Values, headers ...string) *Page {
	b.t.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)
	return b.Send(http.MethodPost, address, strings.NewReader(form.Encode()), headers...)
}

// Send sends a request with the headers of a browser, and with those given,
// which are names and values by turns. The name "Host" sets the request's host.
func (b *Browser) Send(method, address string, body io.Reader, headers ...string) *Page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.withPort(address), body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,*/*;q=0.8")
	for i := 0; i+1 < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	return b.Do(r)
}

func (b *Browser) withPort(address string) string {
	b.t.Helper()
	u := mustURL(b.t, address)
	if b.Port == "" || u.Port() != "" {
		return address
	}
	u.Host += ":" + b.Port
	return u.String()
}

// Do sends a request, follows redirects and reads the whole answer.
func (b *Browser) Do(r *http.Request) *Page {
	b.t.Helper()
	client := &http.Client{Transport: b.transport, Jar: b.jar, CheckRedirect: b.checkRedirect, Timeout: b.Timeout}
	resp, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("read the answer to %s %s: %v", r.Method, r.URL, err)
	}
	return &Page{Status: resp.StatusCode, Header: resp.Header, Body: string(body), URL: resp.Request.URL, Request: resp.Request, browser: b, t: b.t}
}

func (b *Browser) checkRedirect(r *http.Request, via []*http.Request) error {
	b.Trail = append(b.Trail, r.URL)
	if b.StopAt != nil && b.StopAt(r.URL) || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Cookie returns the value of the cookie that the browser would send to an
// address, "" if it has none.
func (b *Browser) Cookie(address, name string) string {
	b.t.Helper()
	for _, c := range b.Cookies(address) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// Cookies returns the names and values of the cookies that the browser would
// send to an address.
func (b *Browser) Cookies(address string) []*http.Cookie {
	b.t.Helper()
	return b.jar.Cookies(mustURL(b.t, address))
}

// ClearCookies takes all cookies out of the browser, as a person does in its
// settings. Browsers that Step and Until made keep theirs.
func (b *Browser) ClearCookies() {
	b.t.Helper()
	b.jar = New(b.t, b.transport).jar
}

// SetCookies puts cookies into the browser, as an answer from the address does.
func (b *Browser) SetCookies(address string, cookies ...*http.Cookie) {
	b.t.Helper()
	b.jar.SetCookies(mustURL(b.t, address), cookies)
}

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
