package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/server"
)

// What could not be sent is listed, newest first, without what it says.
func TestUndeliveredMessagesAreListed(t *testing.T) {
	text := "data_dir: " + t.TempDir() + "\ndirectory: {url: 'https://id.example.com'}\n"
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, "keys", "create", "--config", path)
	c, err := config.Load(settings.Source{Path: path, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	kept, done, err := server.OpenMessages(t.Context(), c, server.Patience{})
	if err != nil {
		t.Fatal(err)
	}
	for range messagesPage + 1 {
		m := &message.Message{Medium: message.Email, To: "alice@example.com", Body: "Your code is 123456", Pool: "us-east-1_A", Username: "ali\x1bce", Purpose: "confirm_sign_up"}
		if err := kept.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	done()
	out, _ := execute(t, "messages", "list", "--config", path)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	want := regexp.MustCompile(`^201 +\d{4}-\d\d-\d\d \d\d:\d\d +EMAIL +alice@example\.com +us-east-1_A +ali\?ce +confirm_sign_up$`)
	if len(lines) != messagesPage+2 || !want.MatchString(lines[1]) || strings.Contains(out, "123456") {
		t.Errorf("%d lines, the first %q; want %d lines, newest first, without the code", len(lines), lines[1], messagesPage+2)
	}
}
