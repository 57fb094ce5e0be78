package config

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// The pattern of Cognito's model.
var visiblePattern = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,3}$`)

func TestVisibleIsThePattern(t *testing.T) {
	texts := []string{"", "abc", "abcd", "aé", "\xff", "a\nb", "a b", "日本語", "日本語!", "\u200b", "a\n"}
	for r := rune(0); r <= unicode.MaxRune; r += 7 {
		texts = append(texts, string(r))
	}
	for _, text := range texts {
		if got, want := visible(3).MatchString(text), visiblePattern.MatchString(text); got != want {
			t.Errorf("%+q: got %t, want %t", text, got, want)
		}
	}
	if !nameForm.MatchString(strings.Repeat("é", 128)) || nameForm.MatchString(strings.Repeat("é", 129)) {
		t.Error("a name has up to 128 characters")
	}
}
