package seal_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"gatehouse/internal/base/seal"
)

func newBox(t testing.TB, purpose string) *seal.Box {
	t.Helper()
	box, err := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), purpose)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestBoxOpensOnlyItsOwn(t *testing.T) {
	box := newBox(t, "cookies")
	good := box.SealText([]byte("plain"), "here")
	if got, err := box.OpenText(good, "here"); err != nil || string(got) != "plain" {
		t.Fatalf("OpenText = %q, %v, want plain", got, err)
	}
	if again := box.SealText([]byte("plain"), "here"); again == good {
		t.Error("two calls of SealText returned the same text")
	}
	other, err := seal.NewBox([]byte("another secret of thirty-two byte"), "cookies")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text, context string
		box                 *seal.Box
	}{
		{"another context", good, "there", box},
		{"another purpose", good, "here", newBox(t, "tickets")},
		{"another secret", good, "here", other},
		{"an empty text", "", "here", box},
		{"a cut text", good[:len(good)-1], "here", box},
		{"padding", good + "=", "here", box},
		{"a line break", good + "\n", "here", box},
		{"a line break inside", good[:4] + "\r\n" + good[4:], "here", box},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.box.OpenText(tt.text, tt.context); !errors.Is(err, seal.ErrBroken) {
				t.Errorf("OpenText = %q, %v, want ErrBroken", got, err)
			}
		})
	}
}

// Cookies in browsers and sessions in databases must still open after an
// update. The text was sealed by the first version.
func TestBoxOpensTextsOfEarlierVersions(t *testing.T) {
	const sealed = "w9MjPSSlrSwGF_zGmHXYo0rWqCCMqxj4OAQcuyan2WAuEoM8"
	if got, err := newBox(t, "gateway cookies").OpenText(sealed, "session app.example.com"); err != nil || string(got) != "handle-1" {
		t.Errorf("OpenText = %q, %v, want handle-1", got, err)
	}
}

// A sealed text has one spelling: what opens is what was sealed, byte for byte.
func FuzzOpenBoxText(f *testing.F) {
	box := newBox(f, "fuzz")
	good := box.SealText([]byte("plain"), "here")
	f.Add(good)
	f.Add("")
	f.Add(good + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := box.OpenText(text, "here")
		if err != nil {
			return
		}
		// Only the text that was sealed opens. Its nonce differs between the
		// processes of a fuzzing run.
		raw, _ := base64.RawURLEncoding.DecodeString(text)
		if string(plain) != "plain" || len(text) != len(good) || base64.RawURLEncoding.EncodeToString(raw) != text {
			t.Errorf("%q opened as %q, want only what was sealed, in one spelling", text, plain)
		}
	})
}
