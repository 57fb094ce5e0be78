// Package pagetest checks pages: that their HTML is that of their golden files,
// and that everybody can use them (labels, headings, ids).
//
// A test binary that imports it has the flag -update, which rewrites the
// golden files.
package pagetest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/base/page"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "rewrite golden files")

var styleElement = regexp.MustCompile(`(?s)<style>.*?</style>`)

// Golden compares each page, without its style sheet, with testdata/<name>.html,
// and checks it with [Problems].
func Golden(t *testing.T, samples []page.Sample) {
	t.Helper()
	for _, s := range samples {
		t.Run(s.Name, func(t *testing.T) {
			body, err := page.Render(s.Doc)
			if err != nil {
				t.Fatalf("Render: %v", err)
			}
			for _, p := range Problems(body) {
				t.Error(p)
			}
			compare(t, filepath.Join("testdata", s.Name+".html"), styleElement.ReplaceAllString(string(body), "<style></style>"))
		})
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update to write it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("page differs from %s (-want +got); -update rewrites it:\n%s", file, diff)
	}
}

// Problems lists the faults that keep people from using a page: no language, not
// exactly one h1, an input without a label, an id that stands on two elements or
// is referred to and missing, and an attribute with style or script, which the
// page's policy forbids.
func Problems(body []byte) []string {
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return []string{err.Error()}
	}
	c := checker{ids: map[string]int{}, labels: map[string]bool{}}
	c.walk(root)
	return c.finish()
}

type checker struct {
	problems []string
	ids      map[string]int
	labels   map[string]bool // ids that a label names
	inputs   []string        // ids that need a label
	refs     []string        // ids that must exist
	h1       int
	main     int
}

func (c *checker) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		c.element(n)
	}
	for child := range n.ChildNodes() {
		c.walk(child)
	}
}

func (c *checker) element(n *html.Node) {
	c.attributes(n)
	switch n.Data {
	case "html":
		if attr(n, "lang") == "" {
			c.say("html has no lang")
		}
	case "h1":
		c.h1++
	case "main":
		c.main++
	case "label":
		c.labels[attr(n, "for")] = true
	case "input", "select", "textarea":
		c.input(n)
	}
}

func (c *checker) attributes(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "id":
			c.ids[a.Val]++
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			c.say("<" + n.Data + "> has the attribute " + a.Key + ", which the page's policy forbids")
		case a.Key == "aria-describedby" || a.Key == "aria-labelledby":
			c.refs = append(c.refs, strings.Fields(a.Val)...)
		}
	}
}

func (c *checker) input(n *html.Node) {
	if attr(n, "type") == "hidden" {
		return
	}
	id := attr(n, "id")
	if id == "" {
		c.say("the input " + attr(n, "name") + " has no id")
		return
	}
	c.inputs = append(c.inputs, id)
	if attr(n, "type") == "password" && attr(n, "value") != "" {
		c.say("the password input " + id + " has a value")
	}
}

func (c *checker) finish() []string {
	if c.h1 != 1 {
		c.say("the page has not one h1")
	}
	if c.main != 1 {
		c.say("the page has not one main")
	}
	for id, n := range c.ids {
		if n > 1 {
			c.say("the id " + id + " stands on several elements")
		}
	}
	for _, id := range c.inputs {
		if !c.labels[id] {
			c.say("the input " + id + " has no label")
		}
	}
	for _, id := range c.refs {
		if c.ids[id] == 0 {
			c.say("the id " + id + " is referred to and does not exist")
		}
	}
	return c.problems
}

func (c *checker) say(problem string) { c.problems = append(c.problems, problem) }

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
