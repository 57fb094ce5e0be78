package wire

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// modelPatterns returns every pattern of the model.
func modelPatterns(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("../gen/model.json")
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Shapes map[string]struct{ Pattern string }
	}
	if err := json.Unmarshal(text, &model); err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for _, s := range model.Shapes {
		if s.Pattern != "" {
			patterns = append(patterns, s.Pattern)
		}
	}
	if len(patterns) < 50 {
		t.Fatalf("the model has %d patterns", len(patterns))
	}
	return patterns
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		java      string
		match, no []string
	}{
		{`[\S]+`, []string{"a", "é"}, []string{"", "a b", "a\tb", "a\v", "\n"}},
		{`^[\S]+.*[\S]+$`, []string{"abcdef", "a b", "ab"}, []string{"a", " ab", "ab ", "ab\n", "a\nb"}},
		{`[\w\s+=,.@-]+`, []string{"a b\v+=,.@-_"}, []string{"é", "a/b", ""}},
		{`[\p{L}\p{M}\p{S}\p{N}\p{P}]+`, []string{"alice@example.com", "日本", "€5"}, []string{"a b", "a\x00", "", "\u00a0"}},
		{`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`, []string{"", "a b\n"}, []string{"\x00"}},
		{`[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+`, []string{"Okta"}, []string{"_kta", "Ok", "Ok a"}},
		{`^[0-9A-Za-z\.\-_]*(?<!\.)$`, []string{"", "bucket", "a.b"}, []string{".", "a.", "a/b"}},
		{`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`, []string{"a", "a-b", "auth.example.com", "a.b-c"}, []string{"-a", "a-", "A", ".a", "a.", "a..b", "a.-b", "a-.b", "a_b", "*.example.com", "a.b:443", strings.Repeat("a", 64)}},
		{`[A-Za-z0-9-_=.]+`, []string{"eyJ.e-_="}, []string{"a+b", ""}},
		{`.*\{####\}.*`, []string{"code {####}", "{####}"}, []string{"{###}", "a\n{####}"}},
	}
	for _, tt := range tests {
		for _, s := range tt.match {
			if !newPattern(tt.java).match(s) {
				t.Errorf("%s does not match %q", tt.java, s)
			}
		}
		for _, s := range tt.no {
			if newPattern(tt.java).match(s) {
				t.Errorf("%s matches %q", tt.java, s)
			}
		}
	}
}

// FuzzPatterns checks for every pattern of the model that its class, if it has one,
// matches the same values as its regexp.
func FuzzPatterns(f *testing.F) {
	type both struct {
		java  string
		class *class
		re    *regexp.Regexp
	}
	var patterns []both
	for _, java := range modelPatterns(f) {
		re2 := toRE2(java)
		patterns = append(patterns, both{java, classOf(re2), regexp.MustCompile(re2)})
	}
	for _, s := range []string{"", "a", "a b", "é", "\v", "_x", "\u00a0", "arn:aws:x:y:1:z", "12345", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range patterns {
			if p.class != nil && p.class.match(s) != p.re.MatchString(s) {
				t.Errorf("%s on %q: class %t, regexp %t", p.java, s, p.class.match(s), p.re.MatchString(s))
			}
		}
	})
}
