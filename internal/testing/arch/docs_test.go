package arch

import (
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var pageRules = []rule{
	{"links of the pages lead somewhere", linksLead, []example{
		{"no such file", map[string]string{"README.md": "[a](docs/a.md)"}, "README.md links docs/a.md"},
		{"no such heading", map[string]string{"README.md": "[a](#there)\n# Here\n"}, "has no such heading"},
	}},
	{"the map is drawn", mapIsDrawn, []example{{"an empty drawing", map[string]string{"ARCHITECTURE.md": "## The map\n## Two walks\n"}, "does not draw"}}},
	{"the targets of make exist", targetsExist, []example{{"no such target", map[string]string{"Makefile": "a: ## do a\n", "CONTRIBUTING.md": "Run `make b`."}, "names make b"}}},
	{"README leads to every page in docs", everyPageLinked, []example{{"not linked", map[string]string{"docs/a.md": "A"}, "README.md does not link docs/a.md"}}},
	{"the pages count the offered operations", operationsCounted, []example{
		{"no count", nil, "does not say how many"},
		{"another count", map[string]string{"docs/compatibility.md": "7 of 140", "README.md": "8 of the 140"}, "README.md says that 8 operations"},
	}},
	{"what people paste means the same in every shell", pasteable, []example{
		{"bash takes ! for an earlier command", map[string]string{"docs/a.md": "```sh\na=\"b!\"\n```\n"}, "docs/a.md:2: bash"},
		{"zsh reads no comments", map[string]string{"docs/a.md": "```sh recipe=a\nmake a  # do a\n```\n"}, "docs/a.md:2: zsh"},
		{"a whole line of comment", map[string]string{"README.md": "Text.\n\n```sh\na\n# b\n```\n"}, "README.md:5: zsh"},
	}},
	{"the tests that the pages name exist", testsExist, []example{{"no such test", map[string]string{"docs/a.md": "See `TestGone`."}, "docs/a.md names TestGone"}}},
	{"README shows the two commands, and the CI runs the second", twoCommands, []example{
		{"empty", nil, `README.md does not have "make dev"`}, {"no CI", nil, ".ci/run does not run"},
	}},
	{"the race detector watches everything but SQLite", racesSought, []example{
		{"no detector", map[string]string{"Makefile": "test:\n\t$(GO) test ./...\n"}, "without the race detector"},
		{"our own code", map[string]string{"Makefile": "RACE = -race -gcflags=gatehouse/internal/store=-race=false\n"}, "not in gatehouse/internal/store"},
	}},
}

// pages returns the paths of all pages of prose.
func (s *source) pages() []string {
	var list []string
	fs.WalkDir(s.tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (passedOver(d.Name()) || d.Name() == "node_modules" || name == "internal"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".md"):
			list = append(list, name)
		}
		return nil
	})
	return list
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// Every link from page to page leads to a file, and to a heading if it says so.
func linksLead(s *source) (broken []string) {
	for _, page := range s.pages() {
		for _, m := range link.FindAllStringSubmatch(s.read(page), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // another site
			}
			to := page
			if target != "" {
				to = path.Join(path.Dir(page), target)
			}
			if !s.exists(to) {
				broken = append(broken, fmt.Sprintf("%s links %s, which does not exist", page, m[1]))
			} else if anchor != "" && !anchors(s.read(to))[anchor] {
				broken = append(broken, fmt.Sprintf("%s links %s, and %s has no such heading", page, m[1], to))
			}
		}
	}
	return broken
}

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

// ARCHITECTURE.md draws what imports_test.go holds.
func mapIsDrawn(s *source) (broken []string) {
	_, drawing, _ := strings.Cut(s.read("ARCHITECTURE.md"), "## The map")
	drawing, _, _ = strings.Cut(drawing, "## Two walks")
	words := map[string]bool{}
	for w := range strings.FieldsFuncSeq(drawing, func(r rune) bool { return strings.ContainsRune(" \n\t,:;()`", r) }) {
		words[strings.TrimRight(w, "/.")] = true
	}
	// A package is drawn by its path, by the last two parts of its path, or by
	// its name below its folder.
	drawn := func(p string) bool {
		folder := path.Dir(p)
		return words[p] || words[path.Join(path.Base(folder), path.Base(p))] || words["internal/"+p] || words[path.Base(p)] && (folder == "." || words["internal/"+folder])
	}
	for _, g := range floors {
		for _, m := range g.members {
			if g.name != "generators and tools" && !drawn(m) {
				broken = append(broken, fmt.Sprintf("ARCHITECTURE.md does not draw %s, of the %s", m, g.name))
			}
		}
	}
	for _, h := range helpers {
		if !drawn(h) {
			broken = append(broken, fmt.Sprintf("ARCHITECTURE.md does not name %s, of the helpers of tests", h))
		}
	}
	return broken
}

var namedTest = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]+)`")

// Every test that a page names as its proof is there.
func testsExist(s *source) (broken []string) {
	tests := map[string]bool{}
	for _, p := range s.pkgs {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && f.test {
					tests[fn.Name.Name] = true
				}
			}
		}
	}
	for _, page := range s.pages() {
		for _, m := range namedTest.FindAllStringSubmatch(s.read(page), -1) {
			if !tests[m[1]] {
				broken = append(broken, fmt.Sprintf("%s names %s, which does not exist", page, m[1]))
			}
		}
	}
	return broken
}

var made = regexp.MustCompile("(?m)(?:^|`)make ((?:[a-z0-9-]+ ?)+)")

// Every target of make that the pages name exists and says what it does.
func targetsExist(s *source) (broken []string) {
	makefile := s.read("Makefile")
	for _, page := range s.pages() {
		for _, m := range made.FindAllStringSubmatch(s.read(page), -1) {
			for target := range strings.FieldsSeq(m[1]) {
				if !regexp.MustCompile(`(?m)^` + target + `:.*## `).MatchString(makefile) {
					broken = append(broken, fmt.Sprintf("%s names make %s, which the Makefile does not offer", page, target))
				}
			}
		}
	}
	return broken
}

// README leads to every page in docs.
func everyPageLinked(s *source) (broken []string) {
	readme := s.read("README.md")
	for _, page := range s.pages() {
		if path.Dir(page) == "docs" && !strings.Contains(readme, "]("+page+")") {
			broken = append(broken, "README.md does not link "+page)
		}
	}
	return broken
}

var operations = regexp.MustCompile(`(\d+) of (?:the )?140`)

// The pages say how many operations are offered. The number on the generated
// page is the true one.
func operationsCounted(s *source) (broken []string) {
	offered := operations.FindStringSubmatch(s.read("docs/compatibility.md"))
	if offered == nil {
		return []string{"docs/compatibility.md does not say how many operations are offered"}
	}
	for _, page := range []string{"README.md", "docs/from-cognito.md"} {
		for _, m := range operations.FindAllStringSubmatch(s.read(page), -1) {
			if m[1] != offered[1] {
				broken = append(broken, fmt.Sprintf("%s says that %s operations are offered, want %s as in docs/compatibility.md", page, m[1], offered[1]))
			}
		}
	}
	return broken
}

var (
	quoted      = regexp.MustCompile(`'[^']*'`)
	comment     = regexp.MustCompile(`(^|\s)#`)
	historyMark = regexp.MustCompile(`![^\s=(]`)
)

// People paste the blocks of the pages into an interactive shell, which reads
// more than a script does. Between double quotes, bash takes "!" and what follows
// for an earlier command, and drops the whole block. zsh has no comments, and
// hands "#" to the command.
func pasteable(s *source) (broken []string) {
	for _, page := range s.pages() {
		shell := false
		for n, line := range strings.Split(s.read(page), "\n") {
			if info, fence := strings.CutPrefix(line, "```"); fence {
				shell = info == "sh" || strings.HasPrefix(info, "sh ")
				continue
			}
			line = quoted.ReplaceAllString(line, "")
			if shell && historyMark.MatchString(line) {
				broken = append(broken, fmt.Sprintf("%s:%d: bash takes what follows ! for an earlier command; put it between single quotes", page, n+1))
			}
			if shell && comment.MatchString(line) {
				broken = append(broken, fmt.Sprintf("%s:%d: zsh reads no comments; write this into the text", page, n+1))
			}
		}
	}
	return broken
}

func twoCommands(s *source) (broken []string) {
	readme := s.read("README.md")
	for _, want := range []string{"make dev", "go run ./cmd/gatehouse dev", "make check test", "recipe=pomerium-cognito", "recipe=production", "docs/images/sign-in.png"} {
		if !strings.Contains(readme, want) {
			broken = append(broken, fmt.Sprintf("README.md does not have %q", want))
		}
	}
	if !strings.Contains(s.read(".ci/run"), "\nmake check test\n") {
		broken = append(broken, ".ci/run does not run make check test")
	}
	if info, err := fs.Stat(s.tree, ".ci/run"); err != nil || info.Mode()&0o100 == 0 {
		broken = append(broken, fmt.Sprintf(".ci/run can't be executed: %v", err))
	}
	return broken
}

var unwatched = regexp.MustCompile(`-gcflags=(\S+)=-race=false`)

// make test seeks races, and leaves out nothing but what SQLite is made of.
func racesSought(s *source) (broken []string) {
	makefile := s.read("Makefile")
	if !regexp.MustCompile(`(?m)^RACE += -race `).MatchString(makefile) || !strings.Contains(makefile, "$(GO) test $(RACE) ") {
		broken = append(broken, "make test runs without the race detector")
	}
	for _, m := range unwatched.FindAllStringSubmatch(makefile, -1) {
		if !strings.HasPrefix(m[1], "modernc.org/") {
			broken = append(broken, "make test seeks races, but not in "+m[1])
		}
	}
	return broken
}
