package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// Another host of the domain plants so many cookies that every request for a page is
// too large. One click later the person can sign in.
func TestPlantedCookiesCostOneClick(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "", echoRoute(newUpstream(t)), "")
	b := newWindow(t)
	b.open(s.app + "/first")
	page := b.url()
	for _, path := range []string{"/", "/login"} {
		b.plant(page, path, 75)
		if got := b.open(page); got != 431 {
			t.Fatalf("with planted cookies for %s: status %d, want 431", path, got)
		}
		b.see("Your browser sends too much")
		if got := b.follow("Open the page again"); got == 431 {
			t.Errorf("after a click the page is still closed")
		}
		for _, c := range b.cookies() {
			if strings.HasPrefix(c.Name, "planted") {
				t.Fatalf("the cookie %s for %s%s is still there", c.Name, c.Domain, c.Path)
			}
		}
	}
	b.open(s.app + "/first")
	b.signIn("alice", alicePassword)
	b.see("alice@example.com")
}

// plant sets cookies for all hosts beside the page's, as each of them can.
func (b *window) plant(page, path string, n int) {
	b.t.Helper()
	u, err := url.Parse(page)
	if err != nil {
		b.t.Fatal(err)
	}
	host := u.Hostname()
	if _, parent, ok := strings.Cut(host, "."); ok && strings.Contains(parent, ".") {
		host = parent
	}
	params := storage.SetCookiesParams{BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID}
	for i := range n {
		params.Cookies = append(params.Cookies, &network.CookieParam{
			Name: fmt.Sprintf("planted%d", i), Value: strings.Repeat("x", 4000), Domain: "." + host, Path: path, Secure: true,
		})
	}
	if _, err := chromedp.CallBrowser(b.ctx, storage.SetCookies, params); err != nil {
		b.t.Fatal(err)
	}
}
