package sigv4

import (
	"net/textproto"
	"strings"
	"testing"
)

// AWS: "Trim any leading or trailing white space, convert sequential spaces to a single
// space".
func TestFolded(t *testing.T) {
	for _, v := range []string{"", " ", "a", "a b", " a", "a ", "a  b", "a\tb", "\ta", "a \t b", "a\u00a0b", "ä b", "ä  b", "a b c d", "a b  c", "attempt=1; max=3", "a\x7fb", "a\x00 b"} {
		if got, want := folded(v), strings.Join(strings.Fields(v), " "); got != want {
			t.Errorf("folded(%q) = %q, want %q", v, got, want)
		}
	}
}

func TestCanonicalName(t *testing.T) {
	for _, name := range []string{"host", "x-amz-date", "x-amz-target", "amz-sdk-request", "x-other", "a b", "x_y", ""} {
		if got, want := canonicalName(name), textproto.CanonicalMIMEHeaderKey(name); got != want {
			t.Errorf("canonicalName(%q) = %q, want %q", name, got, want)
		}
	}
	for name, key := range usualNames {
		if want := textproto.CanonicalMIMEHeaderKey(name); key != want || name != strings.ToLower(name) {
			t.Errorf("%q is %q, want %q", name, key, want)
		}
	}
}
