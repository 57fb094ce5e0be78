package arn_test

import (
	"testing"

	"gatehouse/internal/base/arn"
)

func TestBest(t *testing.T) {
	self := func(p string) string { return p }
	for _, c := range []struct {
		patterns  []string
		arn, want string // "": none
	}{
		{nil, "a", ""},
		{[]string{"b"}, "a", ""},
		{[]string{"*", "ab*", "a*"}, "abc", "ab*"},
		{[]string{"abc*", "abc"}, "abc", "abc"},
		{[]string{"abc", "abc*"}, "abcd", "abc*"},
		{[]string{"abc*"}, "ab", ""},
		{[]string{"a*c"}, "abc", ""}, // only at the end
		{[]string{"a*", "a*"}, "ab", "a*"},
		{[]string{""}, "", ""},
		{[]string{"*"}, "", "*"},
	} {
		got, found := arn.Best(c.patterns, self, c.arn)
		if got != c.want || found != (c.want != "" || len(c.patterns) == 1 && c.patterns[0] == c.arn) {
			t.Errorf("Best(%q, %q) = %q, %v, want %q", c.patterns, c.arn, got, found, c.want)
		}
	}
}
