package arch

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

var packageCommentRules = []rule{{"every package says once what it is for", packageComments, []example{
	{"no comment", map[string]string{"internal/a/a.go": "package a\n"}, "0 package comments"},
	{"two comments", map[string]string{"internal/a/a.go": "// Package a is a.\npackage a\n", "internal/a/doc.go": "// Package a is a.\npackage a\n"}, "2 package comments"},
	{"another name", map[string]string{"internal/a/a.go": "// Package b is a.\npackage a\n"}, `want "Package a "`},
	{"another file", map[string]string{"internal/a/b.go": "// Package a is a.\npackage a\n"}, "in b.go"},
	{"a command", map[string]string{"cmd/a/main.go": "// Package main is a.\npackage main\n"}, `want "Command a "`},
}}}

func packageComments(s *source) (broken []string) {
	for _, p := range s.all() {
		if why := badComment(p); why != "" {
			broken = append(broken, why)
		}
	}
	return broken
}

// badComment says what is wrong with a package's comment, "" if nothing is.
func badComment(p *pkg) string {
	var docs []*file
	for _, f := range p.files {
		if f.ast.Doc != nil {
			docs = append(docs, f)
		}
	}
	if len(docs) != 1 {
		return fmt.Sprintf("%s has %d package comments, want one: %v", p.path, len(docs), paths(docs))
	}
	homes := []string{"doc.go", p.name + ".go", "doc_test.go"}
	if home := path.Base(docs[0].path); !slices.Contains(homes, home) {
		return fmt.Sprintf("%s has its package comment in %s, want it in one of %v", p.path, home, homes)
	}
	want := "Package " + p.name + " "
	if p.name == "main" {
		want = "Command " + path.Base(p.path) + " "
	}
	if text := docs[0].ast.Doc.Text(); !strings.HasPrefix(text, want) {
		return fmt.Sprintf("the comment of %s begins with %.30q, want %q", p.path, text, want)
	}
	return ""
}

func paths(files []*file) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.path)
	}
	return list
}
