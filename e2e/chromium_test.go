package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// chromium is one browser program for the whole run. Each [window] has a
// profile of its own in it, so they share no cookie.
var chromium struct {
	sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
}

// browserFlags keep the program to itself: it speaks to the hosts of the
// scenarios alone.
var browserFlags = []chromedp.ExecAllocatorOption{
	chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
	chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-quic", true), chromedp.Flag("mute-audio", true),
	chromedp.Flag("disable-features", "Translate,MediaRouter,OptimizationHints,PasswordLeakDetection"), chromedp.Flag("password-store", "basic"),
}

func openChromium(t *testing.T) context.Context {
	t.Helper()
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	options := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(tool(t, "chromium"))}, browserFlags...)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	chromium.ctx = ctx
	chromium.cancel = func() {
		chromedp.Cancel(ctx) // ends it in order and waits
		cancel()
		cancelAllocator()
	}
	return ctx
}

func closeChromium() {
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.cancel != nil {
		chromium.cancel()
	}
}

// window is a person at Chromium with a profile of their own.
type window struct {
	t   *testing.T
	ctx context.Context
}

func newWindow(t *testing.T) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(openChromium(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	b := &window{t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("a window was at %s:\n%.600s", b.url(), b.text())
		}
	})
	return b
}

// within runs f with a bound on its time.
func (b *window) within(f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return f(ctx)
}

// open goes to an address and returns the status of the page where that ended.
func (b *window) open(url string) int {
	b.t.Helper()
	return b.arrive("open "+url, chromedp.Navigate(url))
}

// press presses the button with this label, and waits for the next page.
func (b *window) press(label string) int {
	b.t.Helper()
	return b.arrive("press "+label, chromedp.Click(fmt.Sprintf("//button[normalize-space()=%q]", label)))
}

// follow follows the link with this label.
func (b *window) follow(label string) int {
	b.t.Helper()
	return b.arrive("follow "+label, chromedp.Click(fmt.Sprintf("//a[normalize-space()=%q]", label)))
}

// openLink follows the first link whose address begins with this.
func (b *window) openLink(prefix string) int {
	b.t.Helper()
	return b.arrive("follow a link to "+prefix, chromedp.Click(chromedp.CSS(fmt.Sprintf("a[href^=%q]", prefix))))
}

func (b *window) arrive(what string, by chromedp.Action[chromedp.Void]) int {
	b.t.Helper()
	var status int64
	err := b.within(func(ctx context.Context) error {
		r, err := chromedp.RunResponse(ctx, by)
		if r != nil {
			status = r.Status
		}
		return err
	})
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return int(status)
}

// fill types into the visible field with this name, in place of what is there.
// The script finds the field, since chromedp's own SendKeys races with the
// events of a page that changes; the keys are real ones.
func (b *window) fill(name, value string) {
	b.t.Helper()
	script := fmt.Sprintf("(f => { f.focus(); f.select(); return document.activeElement === f })(document.querySelector('input[name=%q]:not([type=hidden])'))", name)
	focused, err := evaluate[bool](b, script)
	if err == nil && focused {
		err = b.within(func(ctx context.Context) error { return chromedp.Do(ctx, chromedp.KeyEvent(value)) })
	}
	if err != nil || !focused {
		b.t.Fatalf("fill %s at %s: %v", name, b.url(), err)
	}
}

// signIn fills in the pool's sign-in page.
func (b *window) signIn(username, password string) int {
	b.t.Helper()
	b.see("Sign in")
	b.fill("username", username)
	b.fill("password", password)
	return b.press("Sign in")
}

// url returns the address that the browser shows.
func (b *window) url() string {
	s, _ := evaluate[string](b, "location.href")
	return s
}

// text returns what can be read on the page.
func (b *window) text() string {
	s, _ := evaluate[string](b, "document.body ? document.body.innerText : ''")
	return s
}

// textOf returns the text of the first element that a CSS selector finds.
func (b *window) textOf(selector string) string {
	b.t.Helper()
	s, err := evaluate[string](b, fmt.Sprintf("document.querySelector(%q).textContent", selector))
	if err != nil {
		b.t.Fatalf("read %s at %s: %v\n%s", selector, b.url(), err, b.text())
	}
	return s
}

func evaluate[T any](b *window, script string) (v T, err error) {
	err = b.within(func(ctx context.Context) error {
		v, err = chromedp.Run(ctx, chromedp.Evaluate[T](script))
		return err
	})
	return v, err
}

// see fails unless the page says all of these texts.
func (b *window) see(texts ...string) {
	b.t.Helper()
	page := b.text()
	for _, want := range texts {
		if !strings.Contains(page, want) {
			b.t.Fatalf("the page at %s does not say %q; it says:\n%s", b.url(), want, page)
		}
	}
}

// at fails unless the browser is at an address that begins with this.
func (b *window) at(prefix string) {
	b.t.Helper()
	if got := b.url(); !strings.HasPrefix(got, prefix) {
		b.t.Fatalf("the browser is at %s, want %s…\n%s", got, prefix, b.text())
	}
}

// cookies returns all cookies of the profile.
func (b *window) cookies() []*network.Cookie {
	b.t.Helper()
	res, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID})
	if err != nil {
		b.t.Fatal(err)
	}
	return res.Cookies
}

// cookie returns the cookie of this name on this host, nil if there is none.
func (b *window) cookie(host, name string) *network.Cookie {
	b.t.Helper()
	for _, c := range b.cookies() {
		if c.Domain == host && c.Name == name {
			return c
		}
	}
	return nil
}
