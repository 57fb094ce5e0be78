package server_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/server"
)

// A reload leaves one line, also one that is refused.
func TestReloadsAreAudited(t *testing.T) {
	dir, log := t.TempDir(), &bytes.Buffer{}
	s, err := server.New(t.Context(), server.Options{Config: load(t, dir, secretOne, admins), Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := strings.Count(log.String(), `"msg":"audit"`); n != 0 {
		t.Errorf("after the start: got %d lines, want none", n)
	}
	if err := s.Reload(t.Context(), load(t, dir, secretOne, "allow_any_authenticated_user: true")); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context(), withTeam(t, dir, "team.example.com", admins)); err == nil {
		t.Fatal("the team domain changed without a restart")
	}
	var lines []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, `"msg":"audit"`) {
			lines = append(lines, line)
		}
	}
	if len(lines) != 2 || !strings.Contains(lines[0], `"actor":"configuration","actor_id":"test.yaml","action":"reload","target":"","outcome":"done"`) || !strings.Contains(lines[1], `"outcome":"not-done"`) {
		t.Errorf("got %q, want one line for each reload", lines)
	}
}
