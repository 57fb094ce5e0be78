package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the module's directory, seen from this package.
const root = "../../.."

const module = "gatehouse/"

// file is one parsed Go file.
type file struct {
	path string // from the root
	ast  *ast.File
	test bool
}

// pkg is one directory of Go files.
type pkg struct {
	name  string // as Go names it
	path  string // short: without the module and "internal/"
	files []*file
}

// source is every package of the module by its short path, in one file set.
type source struct {
	fset *token.FileSet
	pkgs map[string]*pkg
}

var parsed = sync.OnceValues(func() (*source, error) {
	s := &source{fset: token.NewFileSet(), pkgs: map[string]*pkg{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && passedOver(d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		return s.parse(path)
	})
	return s, err
})

// passedOver reports whether the go command passes over a directory.
func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"
}

func load(t *testing.T) *source {
	t.Helper()
	s, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *source) parse(path string) error {
	tree, err := parser.ParseFile(s.fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	f := &file{path: filepath.ToSlash(rel), ast: tree, test: strings.HasSuffix(path, "_test.go")}
	dir := short(filepath.ToSlash(filepath.Dir(rel)))
	p := s.pkgs[dir]
	if p == nil {
		p = &pkg{path: dir}
		s.pkgs[dir] = p
	}
	if name := strings.TrimSuffix(tree.Name.Name, "_test"); p.name == "" || !f.test {
		p.name = name
	}
	p.files = append(p.files, f)
	return nil
}

func short(path string) string { return strings.TrimPrefix(path, "internal/") }

// all returns the packages by path.
func (s *source) all() []*pkg {
	var list []*pkg
	for _, path := range slices.Sorted(maps.Keys(s.pkgs)) {
		list = append(list, s.pkgs[path])
	}
	return list
}

// imports returns what the package's files import: its module's packages by
// short path, others as they are. Tests count only if asked for.
func (p *pkg) imports(tests bool) []string {
	set := map[string]bool{}
	for _, f := range p.files {
		if f.test && !tests {
			continue
		}
		for _, i := range f.ast.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				continue
			}
			if inside, ok := strings.CutPrefix(path, module); ok {
				path = short(inside)
			}
			set[path] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// reach returns the packages of the module that p imports, directly or through
// others.
func (s *source) reach(path string) []string {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(path string) {
		p := s.pkgs[path]
		if p == nil || seen[path] {
			return
		}
		seen[path] = true
		for _, i := range p.imports(false) {
			visit(i)
		}
	}
	visit(path)
	delete(seen, path)
	return slices.Sorted(maps.Keys(seen))
}

// declared is an error that a package declares with fault.New.
type declared struct {
	pkg, name, code, at string
}

func (d declared) String() string { return d.pkg + "." + d.name }

// faults returns the errors that a package declares with fault.New.
func (s *source) faults(p *pkg) []declared {
	var list []declared
	for _, f := range p.files {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, value := range spec.Values {
				if code, ok := codeOf(value); ok && i < len(spec.Names) {
					list = append(list, declared{p.name, spec.Names[i].Name, code, s.fset.Position(spec.Pos()).String()})
				}
			}
			return true
		})
	}
	return list
}

// codeOf returns the code in a call of fault.New.
func codeOf(value ast.Expr) (string, bool) {
	call, ok := value.(*ast.CallExpr)
	if !ok || len(call.Args) != 3 || !isSelector(call.Fun, "fault", "New") {
		return "", false
	}
	lit, ok := call.Args[1].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	code, err := strconv.Unquote(lit.Value)
	return code, err == nil
}

func isSelector(e ast.Expr, x, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == x
}

// parseText returns a package with one file that is not on the disk.
func (s *source) parseText(t *testing.T, path, text string) (*pkg, *file) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), path+"/text.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	f := &file{path: "internal/" + path + "/text.go", ast: tree}
	return &pkg{name: tree.Name.Name, path: path, files: []*file{f}}, f
}
