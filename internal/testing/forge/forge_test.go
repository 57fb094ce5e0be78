package forge_test

import (
	"strings"
	"testing"

	"gatehouse/internal/testing/forge"
)

func TestForgedTextsDifferAndKeepTheirForm(t *testing.T) {
	const digits, lower, upper = "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for name, alphabet := range map[string]string{
		"code": digits, "hexadecimal": digits + "abcdef", "Base32": "234567" + upper, "Base64": digits + lower + upper + "-_", "Base64 with + and /": digits + lower + upper + "+/",
	} {
		for _, c := range alphabet {
			text := "22" + string(c) + "44"
			got := forge.Text(text)
			if got == text || len(got) != len(text) {
				t.Errorf("%s: Text(%q) = %q, want another text of the same length", name, text, got)
			}
			if strings.Trim(got, alphabet) != "" {
				t.Errorf("%s: Text(%q) = %q, which has a character outside the alphabet", name, text, got)
			}
		}
	}
}

func TestForgedPartsOfAToken(t *testing.T) {
	const jwt = "head.claims.signature"
	for name, tt := range map[string]struct{ got, want string }{
		"signature": {forge.Signature(jwt), "head.claims.signbture"},
		"claims":    {forge.Claims(jwt), "head.clajms.signature"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", name, tt.got, tt.want)
		}
	}
}
