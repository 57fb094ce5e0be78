package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/server"
)

// execute runs a command and returns what it printed.
func execute(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("gatehouse %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), errs.String()
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	text := "data_dir: " + t.TempDir() + "\ndirectory: {url: 'https://id.example.com'}\n"
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(settings.Source{Path: path, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	if _, made, err := server.OpenKeys(t.Context(), c, server.Patience{}); err != nil {
		t.Fatal(err)
	} else {
		made()
	}
	running, done, err := server.OpenSessions(t.Context(), c, server.Patience{})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	begin := func(email, subject, issuer string) *session.Session {
		_, s, err := running.Create(t.Context(), session.SignIn{
			Identity: identity.Identity{Email: email}, Renewal: session.Renewal{Origin: session.Origin{Issuer: issuer, Subject: subject}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const here, there = "https://one.example.com", "https://two.example.com"
	one, two := begin("alice@example.com", "a-1", here), begin("alice@example.com", "a-1", here)
	other, bob := begin("Alice@example.com", "a-2", there), begin("bob\x1b[2J@example.com", "b-1", here)
	living := func(want ...*session.Session) {
		t.Helper()
		list, _ := execute(t, "sessions", "list", "--config", path)
		for _, s := range []*session.Session{one, two, other, bob} {
			lives := false
			for _, w := range want {
				lives = lives || w == s
			}
			if strings.Contains(list, string(s.ID)) != lives {
				t.Errorf("the list has session %s of %s: %t, want %t\n%s", s.ID, s.Subject, !lives, lives, list)
			}
		}
		if strings.Contains(list, "\x1b") {
			t.Errorf("the list holds a control character: %q", list)
		}
	}
	revoke := func(want string, args ...string) {
		t.Helper()
		if _, said := execute(t, append([]string{"sessions", "revoke", "--config", path}, args...)...); !strings.HasPrefix(said, "gatehouse: ended "+want+" in the SQLite database ") {
			t.Errorf("revoke %q said %q, want that %s ended", args, said, want)
		}
	}
	list, _ := execute(t, "sessions", "list", "--config", path)
	if want := []string{"alice@example.com a-1 " + here, "Alice@example.com a-2 " + there, "bob?[2J@example.com"}; !containsAll(strings.Join(strings.Fields(list), " "), want) {
		t.Errorf("got the list\n%s\nwant it to have %q", list, want)
	}
	revoke("1 session", string(one.ID))
	revoke("1 session", "--person", "a-1")
	living(other, bob)
	revoke("1 session", "--person", "ALICE@example.com")
	living(bob)
	revoke("1 session", "--all")
	living()
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
