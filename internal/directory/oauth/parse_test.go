package oauth

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// FuzzBasic checks that credentials that are read, printed again, give what was
// sent.
func FuzzBasic(f *testing.F) {
	encode := base64.StdEncoding.EncodeToString
	for _, s := range []string{"id:secret", "id:", ":", "a%2Bb:c+d", "a:b:c", "%zz:x", "\x00:\xff"} {
		f.Add("Basic " + encode([]byte(s)))
	}
	f.Add("Basic aWQ6c2VjcmV0\n")
	f.Add("bearer x")
	f.Fuzz(func(t *testing.T, header string) {
		got, ok := parseBasic([]string{header})
		if !ok {
			return
		}
		plain, err := base64.StdEncoding.DecodeString(header[len("basic "):])
		if err != nil {
			t.Fatalf("%q was read and is not base64", header)
		}
		id, secret, _ := strings.Cut(string(plain), ":")
		if wantID, _ := url.PathUnescape(id); string(got.id) != wantID || got.id == "" {
			t.Errorf("%q: id %q, want %q", header, got.id, wantID)
		}
		if want, _ := url.PathUnescape(secret); got.secret.Reveal() != want {
			t.Errorf("%q: another secret than %q", header, want)
		}
	})
}

// FuzzForm checks that a form that is read has each parameter once, and that the
// form, printed and read again, is the same.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "a=b&c=d", "a=b&a=c", "a=%zz", "a;b=c", "=&=", "%61=1&a=2", "a=+%2B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := parseForm(body)
		if err != nil {
			return
		}
		again, err := parseForm(form.Encode())
		if err != nil || len(again) != len(form) {
			t.Fatalf("%q printed back is refused: %v", body, err)
		}
		for name, values := range form {
			if len(values) != 1 || again.Get(name) != values[0] {
				t.Errorf("%q: %q has values %q", body, name, values)
			}
		}
	})
}
