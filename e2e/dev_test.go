package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestDev follows the first five minutes with Gatehouse: one command and no
// configuration. It runs only on SQLite, because dev has its own database.
func TestDev(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	base := fmt.Sprintf("http://localhost:%d", port)
	started := time.Now()
	p := gatehouse(t, nil, "dev", "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--data", t.TempDir())
	p.listening(port)
	if got := get(t, base+"/readyz"); got.status != 200 {
		t.Errorf("/readyz: got %d %s, want 200", got.status, got.body)
	}
	// The aim is two seconds, on a machine that is not busy.
	took := time.Since(started)
	t.Logf("first start to ready: %v", took.Round(time.Millisecond))
	if took > 10*time.Second {
		t.Errorf("first start to ready took %v, want at most 10 s", took)
	}

	links := startPage(t, base)
	t.Run("demo app", func(t *testing.T) { opensDemo(t, links) })
	t.Run("outbox", func(t *testing.T) { readsOutbox(t, base) })
	t.Run("any access key", func(t *testing.T) { takesAnyKey(t, base) })
	t.Run("start again", func(t *testing.T) {
		p.stop()
		again := gatehouse(t, nil, p.cmd.Args[1:]...)
		again.listening(port)
		b := newWindow(t)
		b.open(links["The demo app"])
		b.signIn("alice", "Alice-2026!")
		b.see("alice@example.com")
	})
}

// startPage opens every link of the start page and returns the links by title.
func startPage(t *testing.T, base string) map[string]string {
	t.Helper()
	b := newWindow(t)
	b.open(base + "/")
	b.see("Gatehouse is running", "alice", "Alice-2026!", "bob", "Bob-2026!")
	links, err := evaluate[map[string]string](b, "Object.fromEntries([...document.querySelectorAll('main a')].map(a => [a.textContent.trim(), a.href]))")
	if err != nil {
		t.Fatal(err)
	}
	byTitle := map[string]string{}
	for text, href := range links {
		if status := b.open(href); status != 200 {
			t.Errorf("the link %q of the start page leads to status %d at %s", text, status, b.url())
		}
		title, _, _ := strings.Cut(text, "\n")
		byTitle[title] = href
	}
	for _, want := range []string{"The demo app", "The outbox"} {
		if byTitle[want] == "" {
			t.Fatalf("the start page does not link %q; it has %v", want, byTitle)
		}
	}
	return byTitle
}

func opensDemo(t *testing.T, links map[string]string) {
	alice := newWindow(t)
	alice.open(links["The demo app"])
	if status := alice.signIn("alice", "Alice-2026!"); status != 200 {
		t.Errorf("status for alice: got %d, want 200", status)
	}
	alice.at(links["The demo app"])
	alice.see("Hello, alice@example.com", "signature has been checked", "admins")

	bob := newWindow(t)
	bob.open(links["The demo app"])
	if status := bob.signIn("bob", "Bob-2026!"); status != 403 {
		t.Errorf("status for bob: got %d, want 403", status)
	}
	bob.see("You don’t have access", "bob@example.com", "admins")
}

// readsOutbox signs up with the code that the outbox page shows.
func readsOutbox(t *testing.T, base string) {
	b := newWindow(t)
	b.open(strings.Replace(base, "localhost", "hello.localhost", 1) + "/")
	b.follow("Sign up")
	b.fill("username", "erin")
	b.fill("requiredAttributes[email]", "erin@example.com")
	b.fill("password", "Erin-2026!")
	b.fill("confirmPassword", "Erin-2026!")
	b.press("Sign up")
	b.see("Confirm your account")

	operator := newWindow(t)
	operator.open(base + "/console/outbox")
	operator.see("erin")
	b.fill("code", codeDigits.FindString(operator.text()))
	b.press("Confirm")
	b.see("You don’t have access", "erin@example.com") // signed in, but not in the group
}

func takesAnyKey(t *testing.T, base string) {
	aws := newAWS(t, base, "export AWS_ACCESS_KEY_ID=whoever\nexport AWS_SECRET_ACCESS_KEY=whatever\n")
	pools := decode[struct{ UserPools []struct{ Id string } }](t, aws.run("list-user-pools", "--max-results", "10"))
	if len(pools.UserPools) != 1 {
		t.Fatalf("user pools: got %v, want one", pools.UserPools)
	}
	users := decode[struct{ Users []struct{ Username string } }](t, aws.run("list-users", "--user-pool-id", pools.UserPools[0].Id, "--filter", `username ^= "al"`))
	if len(users.Users) != 1 || users.Users[0].Username != "alice" {
		t.Errorf("users whose name begins with al: got %v, want alice", users.Users)
	}
}
