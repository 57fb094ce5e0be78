package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pages returns the paths of all pages of prose.
func pages(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (passedOver(d.Name()) || d.Name() == "node_modules"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".md") && !strings.HasPrefix(path, filepath.Join(root, "internal")):
			rel, err := filepath.Rel(root, path)
			list = append(list, rel)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Every link from page to page leads to a file, and to a heading if it says so.
func TestLinksOfThePagesLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // another site
			}
			to := page
			if target != "" {
				to = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s links %s: %v", page, m[1], err)
			} else if anchor != "" && !anchors(read(t, to))[anchor] {
				t.Errorf("%s links %s, and %s has no such heading", page, m[1], to)
			}
		}
	}
}

var heading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// anchors returns the names that a page's headings can be linked by.
func anchors(page string) map[string]bool {
	names := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
				return r
			}
			return -1
		}, strings.ToLower(m[1]))
		names[name] = true
	}
	return names
}

// What ARCHITECTURE.md draws is what imports_test.go holds.
func TestTheMapIsDrawn(t *testing.T) {
	_, drawing, _ := strings.Cut(read(t, "ARCHITECTURE.md"), "## The map")
	drawing, _, _ = strings.Cut(drawing, "## Two walks")
	words := map[string]bool{}
	for w := range strings.FieldsFuncSeq(drawing, func(r rune) bool { return strings.ContainsRune(" \n\t,:;()`", r) }) {
		words[strings.TrimRight(w, "/.")] = true
	}
	// A package is drawn by its path, by the last two parts of its path, or by
	// its name below its folder.
	drawn := func(p string) bool {
		folder := filepath.Dir(p)
		return words[p] || words[filepath.Join(filepath.Base(folder), filepath.Base(p))] || words["internal/"+p] || words[filepath.Base(p)] && (folder == "." || words["internal/"+folder])
	}
	for _, g := range floors {
		for _, m := range g.members {
			if g.name != "generators and tools" && !drawn(m) {
				t.Errorf("ARCHITECTURE.md does not draw %s, of the %s", m, g.name)
			}
		}
	}
	for _, h := range helpers {
		if !drawn(h) {
			t.Errorf("ARCHITECTURE.md does not name %s, of the helpers of tests", h)
		}
	}
}

var made = regexp.MustCompile("(?m)(?:^|`)make ((?:[a-z0-9-]+ ?)+)")

// Every target of make that the pages name exists and says what it does.
func TestTheTargetsOfMakeExist(t *testing.T) {
	makefile := read(t, "Makefile")
	for _, page := range pages(t) {
		for _, m := range made.FindAllStringSubmatch(read(t, page), -1) {
			for target := range strings.FieldsSeq(m[1]) {
				if !regexp.MustCompile(`(?m)^` + target + `:.*## `).MatchString(makefile) {
					t.Errorf("%s names make %s, which the Makefile does not offer", page, target)
				}
			}
		}
	}
}

// README leads to every page in docs.
func TestREADMELinksEveryPage(t *testing.T) {
	readme := read(t, "README.md")
	for _, page := range pages(t) {
		if filepath.Dir(page) == "docs" && !strings.Contains(readme, "]("+page+")") {
			t.Errorf("README.md does not link %s", page)
		}
	}
}

var operations = regexp.MustCompile(`(\d+) of (?:the )?140`)

// The pages say how many operations are offered. The number on the generated
// page is the true one.
func TestThePagesCountTheOfferedOperations(t *testing.T) {
	offered := operations.FindStringSubmatch(read(t, "docs/compatibility.md"))
	if offered == nil {
		t.Fatal("docs/compatibility.md does not say how many operations are offered")
	}
	for _, page := range []string{"README.md", "docs/from-cognito.md"} {
		for _, m := range operations.FindAllStringSubmatch(read(t, page), -1) {
			if m[1] != offered[1] {
				t.Errorf("%s says that %s operations are offered, want %s as in docs/compatibility.md", page, m[1], offered[1])
			}
		}
	}
}

// README shows the two commands, and the CI runs the second.
func TestTheTwoCommands(t *testing.T) {
	readme := read(t, "README.md")
	for _, want := range []string{"make dev", "go run ./cmd/gatehouse dev", "make check test", "recipe=pomerium-cognito", "recipe=production", "docs/images/sign-in.png"} {
		if !strings.Contains(readme, want) {
			t.Errorf("README.md does not have %q", want)
		}
	}
	if !strings.Contains(read(t, ".ci/run"), "\nmake check test\n") {
		t.Error(".ci/run does not run make check test")
	}
	if info, err := os.Stat(filepath.Join(root, ".ci/run")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf(".ci/run can't be executed: %v", err)
	}
}
