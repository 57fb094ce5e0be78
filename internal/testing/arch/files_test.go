package arch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/format"
	"regexp"
)

var fileRules = []rule{
	{"every file is formatted", formatted, []example{{"a space too many", map[string]string{"a.go": "package  a\n"}, "a.go is not as gofmt has it"}}},
	{"notes of work name their issue", notesNameIssues, []example{
		{"no issue", map[string]string{"a.go": "package a\n\n// " + "TODO: later\n"}, "a.go"},
		{"another word", map[string]string{"a.go": "package a\n\n// " + "FIXME(#1): later\n"}, "a.go"},
	}},
	{"the licence is Apache 2.0", licence, []example{{"a word changed", map[string]string{"LICENSE": "Apache License, almost"}, "LICENSE has the SHA-256"}}},
}

func formatted(s *source) (broken []string) {
	for _, f := range s.files() {
		if want, err := format.Source(f.text); err != nil || !bytes.Equal(f.text, want) {
			broken = append(broken, f.path+" is not as gofmt has it")
		}
	}
	return broken
}

var (
	note    = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	tracked = regexp.MustCompile(`\bTODO\(#\d+\): \S`)
)

// A note of work to be done that names no issue will never be done.
func notesNameIssues(s *source) (broken []string) {
	for _, f := range s.files() {
		for _, g := range f.ast.Comments {
			for _, c := range g.List {
				if note.MatchString(c.Text) && !tracked.MatchString(c.Text) {
					broken = append(broken, f.path+": "+c.Text)
				}
			}
		}
	}
	return broken
}

// apache is the SHA-256 of the Apache License 2.0 as its makers publish it.
const apache = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"

func licence(s *source) []string {
	sum := sha256.Sum256([]byte(s.read("LICENSE")))
	if got := hex.EncodeToString(sum[:]); got != apache {
		return []string{fmt.Sprintf("LICENSE has the SHA-256 %s, want the unchanged text of the Apache License 2.0", got)}
	}
	return nil
}
