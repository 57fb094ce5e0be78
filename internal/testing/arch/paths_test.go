package arch

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

var pathRules = []rule{{"comments and pages name files and packages that exist", namedPathsExist, []example{
	{"a directory in a comment", map[string]string{"internal/a/a.go": "package a\n\n// See internal/attic for more.\n"}, "names internal/attic"},
	{"a file in a comment", map[string]string{"internal/a/a.go": "package a\n\n// See docs/attic.md.\n"}, "names docs/attic.md"},
	{"a package in a comment", map[string]string{"internal/a/a.go": "package a\n\n// Package attic does the rest.\nvar A int\n"}, "names package attic"},
	{"a package after another word", map[string]string{"internal/a/a.go": "package a\n\n// It is like package attic, but not package a.\nvar A int\n"}, "names package attic"},
	{"a file in a page", map[string]string{"docs/a.md": "See `internal/attic/a.go`."}, "names internal/attic/a.go"},
	{"the end of a path in a page", map[string]string{"docs/a.md": "See `a/attic_test.go`.", "internal/a/a.go": "package a\n"}, "names a/attic_test.go"},
	{"a package in a page", map[string]string{"docs/a.md": "See package `attic`."}, "names package attic"},
}}}

var (
	// namedPath matches a path from the root of the project.
	namedPath = regexp.MustCompile(`(?:^|[\s"'(\x60])((?:\./)?(?:internal|cmd|docs|e2e|scripts)/[A-Za-z0-9_./-]*[A-Za-z0-9_])`)
	// pathsEnd matches the end of a path as pages write it: `token/store.go`.
	pathsEnd = regexp.MustCompile("`([a-z][a-z0-9]*(?:/[A-Za-z0-9_.]+)+)`")
	// namedPackage matches "package" and the word after it, with the word before.
	namedPackage = regexp.MustCompile(`(?:(\w+)\s+)?\b[Pp]ackage \x60?([a-z][a-z0-9]+)\x60?(?:[\s,.:;)'’]|$)`)
)

// After these words, or before those, "package" is a noun without a name.
var (
	determiners = strings.Fields("a an the this that each every no one other another its their whose what which any some per")
	successors  = strings.Fields("and by comment comments for has in of or satisfies that to variables which with")
)

// invented are paths that do not exist, and why a page names them.
var invented = map[string]string{
	"gateway/access/group.go":                     inventedGroup,
	"gateway/access/groups.go":                    inventedGroup,
	"gateway/accessapi/groups.go":                 inventedGroup,
	"gateway/accessapi/testdata/api/groups.txtar": inventedGroup,
}

const inventedGroup = "the recipe for a resource of Access takes groups as its example"

// namedPathsExist holds that each path of the project, and each package called
// by its name, exists.
func namedPathsExist(s *source) (broken []string) {
	check := func(where, text string) {
		for _, name := range s.missing(text) {
			broken = append(broken, fmt.Sprintf("%s names %s, which does not exist", where, name))
		}
	}
	for _, f := range s.files() {
		for _, g := range f.ast.Comments {
			check(f.path, g.Text())
		}
	}
	for _, page := range s.pages() {
		check(page, s.read(page))
		for _, m := range pathsEnd.FindAllStringSubmatch(s.read(page), -1) {
			if !s.endsAPath(m[1]) && !s.imported(m[1]) && invented[m[1]] == "" {
				broken = append(broken, fmt.Sprintf("%s names %s, which does not exist", page, m[1]))
			}
		}
	}
	return broken
}

// missing returns the paths and packages that a text names and that do not
// exist.
func (s *source) missing(text string) (names []string) {
	for _, m := range namedPath.FindAllStringSubmatch(text, -1) {
		if name := strings.TrimPrefix(m[1], "./"); !s.names(name) {
			names = append(names, name)
		}
	}
	for _, m := range namedPackage.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(determiners, strings.ToLower(m[1])) && !slices.Contains(successors, m[2]) && !s.hasPackage(m[2]) {
			names = append(names, "package "+m[2])
		}
	}
	return names
}

// names reports whether a path names a file, a directory, or a declaration of a
// package, as internal/config.Load does.
func (s *source) names(name string) bool {
	if s.exists(name) || strings.Contains(name, "...") {
		return true
	}
	dir, base := path.Split(name)
	pkg, declaration, _ := strings.Cut(base, ".")
	return declaration != "" && strings.ToUpper(declaration[:1]) == declaration[:1] && s.exists(dir+pkg)
}

// endsAPath reports whether a file or a directory of the project has a path that
// ends so. A text that begins with no directory of the project is not judged.
func (s *source) endsAPath(end string) bool {
	first, _, _ := strings.Cut(end, "/")
	known, found := false, false
	fs.WalkDir(s.tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		known = known || d.IsDir() && d.Name() == first
		found = found || strings.HasSuffix("/"+name, "/"+end)
		return nil
	})
	return found || !known
}

// hasPackage reports whether a package of the project has that name, or one that
// the project imports.
func (s *source) hasPackage(name string) bool {
	return slices.ContainsFunc(s.all(), func(p *pkg) bool {
		return p.name == name || slices.ContainsFunc(p.imports(true), func(i string) bool { return path.Base(i) == name })
	})
}

// imported reports whether the project imports a package by that path.
func (s *source) imported(name string) bool {
	return slices.ContainsFunc(s.all(), func(p *pkg) bool { return slices.Contains(p.imports(true), name) })
}
