package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that is looked at has the digest with which it was loaded, whatever its size.
func TestDigestsOfFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"empty": "", "small": "address: :8443\n", "a whole piece": strings.Repeat("x", pieceSize), "large": strings.Repeat("from: x\n", pieceSize),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, want := Digest(path), digest([]byte(text), nil); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	for what, path := range map[string]string{"no file": filepath.Join(dir, "gone"), "a directory": dir} {
		_, err := os.ReadFile(path)
		if got, want := Digest(path), digest(nil, err); got != want || got != "unreadable" {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
}
