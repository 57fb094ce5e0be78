package route

import (
	"regexp"
	"strings"
	"testing"
)

func match(text, host string) bool {
	p := newPattern(text)
	return p.matches(host)
}

func TestWildcard(t *testing.T) {
	tests := []struct {
		pattern, host string
		want          bool
	}{
		{"*.example.com", "a.example.com", true},
		{"*.example.com", "a.b.example.com", true},
		{"*.example.com", ".example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "a.example.com.evil.org", false},
		{"*.example.com", "aexample.com", false},
		{"app-*.example.com", "app-.example.com", true},
		{"app-*.example.com", "app-1.eu.example.com", true},
		{"app-*.example.com", "app.example.com", false},
		{"*a*b*", "xaxbx", true},
		{"*a*b*", "xbxax", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*ba*a", "aba", false},
		{"*", "anything.at.all", true},
		{"**", "", true},
		{"a.example.com", "a.example.com", true},
	}
	for _, tt := range tests {
		if got := match(tt.pattern, tt.host); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.pattern, tt.host, got, tt.want)
		}
	}
}

// FuzzWildcard compares with the regular expression that says the same.
func FuzzWildcard(f *testing.F) {
	f.Add("*.example.com", "a.example.com")
	f.Add("a*b**c", "aXbYc")
	f.Add("a*ab*ba", "aabba")
	f.Fuzz(func(t *testing.T, pattern, host string) {
		if strings.ToValidUTF8(pattern+host, "") != pattern+host {
			return
		}
		parts := strings.Split(pattern, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		re, err := regexp.Compile(`(?s)\A` + strings.Join(parts, ".*") + `\z`)
		if err != nil {
			return
		}
		if got, want := match(pattern, host), re.MatchString(host); got != want {
			t.Errorf("%q matches %q: %v, want %v", pattern, host, got, want)
		}
	})
}
