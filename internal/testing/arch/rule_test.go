package arch

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// rule is a habit of the source. check returns what breaks it, a line each.
type rule struct {
	name  string
	check func(*source) []string
	bad   []example
}

// example is a small source that breaks a rule: file texts by path. check must
// return a line that contains want.
type example struct {
	name  string
	files map[string]string
	want  string
}

// rules are all rules of this package, a file each.
var rules = slices.Concat(importRules, reachRules, packageCommentRules, errorRules, fileRules, generatedRules, operationRules, pageRules, pathRules, patternRules)

func TestTheSourceKeepsTheRules(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, broken := range r.check(load(t)) {
				t.Error(broken)
			}
		})
	}
}

// A rule that nothing can break holds nothing.
func TestEveryRuleSeesABadExample(t *testing.T) {
	for _, r := range rules {
		if len(r.bad) == 0 {
			t.Errorf("rule %q has no bad example", r.name)
		}
		for _, e := range r.bad {
			t.Run(r.name+"/"+e.name, func(t *testing.T) {
				got := r.check(parseFiles(t, e.files))
				if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, e.want) }) {
					t.Errorf("got %q, want a line that contains %q", got, e.want)
				}
			})
		}
	}
}

// parseFiles returns a source of those files alone.
func parseFiles(t *testing.T, files map[string]string) *source {
	t.Helper()
	tree := fstest.MapFS{}
	for path, text := range maps.All(files) {
		tree[path] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := parse(tree)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
