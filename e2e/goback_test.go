package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Browsers keep the pages of a window as they were, and show them again without a
// request when the next person goes back.
func TestNobodyGoesBackToThePageOfAPersonWhoHasSignedOut(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "", echoRoute(newUpstream(t)), "")
	b := newWindow(t)
	b.open(s.app + "/first")
	b.signIn("alice", alicePassword)
	b.see("alice@example.com")
	b.open(s.app + "/second")
	b.see("alice@example.com")
	b.open(s.app + "/.pomerium/sign_out")
	b.see("You are signed out")
	b.goBack()
	b.see("Sign in")
}

// goBack goes to the page before, as the browser's button does.
func (b *window) goBack() int {
	b.t.Helper()
	return b.arrive("go back", chromedp.NavigateBack())
}
