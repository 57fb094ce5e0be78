package arch

import (
	"path"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageSaysOnceWhatItIsFor(t *testing.T) {
	for _, p := range load(t).all() {
		var docs []*file
		for _, f := range p.files {
			if f.ast.Doc != nil {
				docs = append(docs, f)
			}
		}
		if len(docs) != 1 {
			t.Errorf("%s has %d package comments, want one: %v", p.path, len(docs), paths(docs))
			continue
		}
		homes := []string{"doc.go", p.name + ".go", "doc_test.go"}
		if home := path.Base(docs[0].path); !slices.Contains(homes, home) {
			t.Errorf("%s has its package comment in %s, want it in one of %v", p.path, home, homes)
		}
		want := "Package " + p.name + " "
		if p.name == "main" {
			want = "Command " + path.Base(p.path) + " "
		}
		if text := docs[0].ast.Doc.Text(); !strings.HasPrefix(text, want) {
			t.Errorf("the comment of %s begins with %.30q, want %q", p.path, text, want)
		}
	}
}

func paths(files []*file) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.path)
	}
	return list
}
