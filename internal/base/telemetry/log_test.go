package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/base/telemetry"
)

func TestLevels(t *testing.T) {
	tests := []struct {
		level string
		lines string // which of the lines of trace, debug, info, warn, error come out
	}{
		{"trace", "tdiwe"}, {"debug", "diwe"}, {"info", "iwe"}, {"", "iwe"}, {"INFO", "iwe"}, {"warn", "we"}, {"warning", "we"},
		{"error", "e"}, {"critical", ""}, {"fatal", ""}, {"panic", ""}, {"off", ""}, {"none", ""}, {"Disabled", ""},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		least, err := telemetry.ParseLevel(tt.level)
		if err != nil {
			t.Errorf("%s: %v", tt.level, err)
			continue
		}
		log, err := telemetry.NewLogger(&out, least, telemetry.Text)
		if err != nil {
			t.Fatal(err)
		}
		for name, level := range map[string]slog.Level{"t": slog.LevelDebug - 4, "d": slog.LevelDebug, "i": slog.LevelInfo, "w": slog.LevelWarn, "e": slog.LevelError} {
			out.Reset()
			log.Log(t.Context(), level, "m")
			if got, want := out.Len() > 0, strings.Contains(tt.lines, name); got != want {
				t.Errorf("level %q: line of %v written = %v, want %v", tt.level, level, got, want)
			}
		}
	}
}

func TestFormats(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for format, isJSON := range map[telemetry.Format]bool{"": true, telemetry.JSON: true, telemetry.Text: false, telemetry.Auto: true} {
		var out bytes.Buffer
		log, err := telemetry.NewLogger(&out, slog.LevelInfo, format)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("hello", "who", "alice\nforged line")
		if got := json.Valid(out.Bytes()); got != isJSON {
			t.Errorf("format %q: JSON = %v, want %v: %s", format, got, isJSON, out.String())
		}
		if n := strings.Count(out.String(), "\n"); n != 1 {
			t.Errorf("format %q: %d lines, want 1: %s", format, n, out.String())
		}
	}
	log, _ := telemetry.NewLogger(file, slog.LevelInfo, telemetry.Auto)
	log.Info("hello")
	if data, _ := os.ReadFile(file.Name()); !json.Valid(data) {
		t.Errorf("auto to a file wrote %s, want JSON", data)
	}
}

func TestUnknownLevelAndFormatAreErrors(t *testing.T) {
	if _, err := telemetry.ParseLevel("loud"); err == nil || !strings.Contains(err.Error(), `"loud"`) {
		t.Errorf("level loud: error = %v, want one that names it", err)
	}
	if _, err := telemetry.NewLogger(nil, slog.LevelInfo, "xml"); err == nil || !strings.Contains(err.Error(), `"xml"`) {
		t.Errorf("format xml: error = %v, want one that names it", err)
	}
}
