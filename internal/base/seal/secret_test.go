package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const hidden = "hunter2-and-more"
	path, sealer := keyFile(t)
	keyText := keyValueIn(t, path)
	secret := seal.Secret(hidden)
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "list": []seal.Secret{secret},
		"field":  struct{ Password seal.Secret }{secret},
		"sealer": sealer, "sealer in a struct": struct{ S *seal.Sealer }{sealer},
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		if data, err := json.Marshal(v); err == nil {
			out.Write(data)
		}
		for _, bad := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), keyText} {
			if strings.Contains(out.String(), bad) {
				t.Errorf("%s prints the secret %q: %s", name, bad, out.String())
			}
		}
	}
}

// keyValueIn returns the text of the key material in the file.
func keyValueIn(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Sealing struct {
			Key []struct{ KeyData struct{ Value string } }
		}
	}
	if err := json.Unmarshal(data, &f); err != nil || len(f.Sealing.Key) == 0 {
		t.Fatalf("key file: %v", err)
	}
	return f.Sealing.Key[0].KeyData.Value
}

func TestEqualAndReveal(t *testing.T) {
	s := seal.Secret("abc")
	if !s.Equal("abc") || s.Equal("abd") || s.Equal("") || s.Equal("abcd") {
		t.Error("Equal must be true only for the whole text")
	}
	if s.Reveal() != "abc" {
		t.Errorf("Reveal = %q, want abc", s.Reveal())
	}
}
