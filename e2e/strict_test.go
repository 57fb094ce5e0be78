package e2e

import (
	"context"
	"strings"
	"testing"
)

// TestStrictCookies signs in with the strictest cookies and a long address. The
// hosts are different sites for a browser, so it sends no strict cookie on the way
// back from the provider.
func TestStrictCookies(t *testing.T) {
	t.Parallel()
	s := newSystem(t, sqlite(t), echoRoute(newUpstream(t)), "cookie_same_site: strict\n")
	b := newWindow(t)
	wanted := s.app + "/search?q=" + strings.Repeat("long%20", 1200)
	b.open(wanted)
	b.signIn("alice", alicePassword)
	b.until(func() bool { return b.url() == wanted && strings.Contains(b.text(), "The application") })
	if c := b.cookie(mustURL(t, s.app).Hostname(), "__Host-_pomerium"); c == nil || c.SameSite != "Strict" {
		t.Errorf("got the session cookie %+v, want it strict", c)
	}
	b.open(s.app + "/")
	b.at(s.app + "/")
	b.see("The application")
}

// until waits for what a page does by itself.
func (b *window) until(done func() bool) {
	b.t.Helper()
	err := b.within(func(ctx context.Context) error {
		for !done() {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatalf("the browser stays at %s: %v\n%s", b.url(), err, b.text())
	}
}
