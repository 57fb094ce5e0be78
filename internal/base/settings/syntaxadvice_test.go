package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
)

func TestSyntaxErrorsSayWhatToDo(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\nb:\n\t- c\n":              "indent with spaces, not with tabs",
		"a: @b\n":                        "in quotes",
		"a:\n  b: 1\n c: 2\n":            "check the indentation",
		"a:\n  - b: 1\n    c: 2\n  d: 3": "check the indentation of this line: it stands",
		"a: \"b\n":                       "a quote or a bracket is not closed",
		"a: [b\n":                        "did not find expected",
		"a: b: c\n":                      "put a value that contains a colon and a space in quotes",
		"a: 1\nbc\nd: 2\n":               "write a colon and a space after each key",
	} {
		path := filepath.Join(t.TempDir(), "app.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		doc := settings.Open(settings.Source{Path: path})
		if err := doc.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}
