package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
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
	text []byte
	ast  *ast.File
	test bool
}

// pkg is one directory of Go files.
type pkg struct {
	name  string // as Go names it
	path  string // short: without the module and "internal/"
	files []*file
}

// source is every package of the module by its short path, in one file set,
// and the tree of files that they are read from.
type source struct {
	tree fs.FS
	fset *token.FileSet
	pkgs map[string]*pkg
}

var parsed = sync.OnceValues(func() (*source, error) { return parse(os.DirFS(root)) })

func load(t *testing.T) *source {
	t.Helper()
	s, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parse reads all Go files of a tree.
func parse(tree fs.FS) (*source, error) {
	s := &source{tree: tree, fset: token.NewFileSet(), pkgs: map[string]*pkg{}}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && passedOver(d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		return s.parse(path)
	})
	return s, err
}

// passedOver reports whether the go command passes over a directory.
func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"
}

func (s *source) parse(name string) error {
	text, err := fs.ReadFile(s.tree, name)
	if err != nil {
		return err
	}
	tree, err := parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{path: name, text: text, ast: tree, test: strings.HasSuffix(name, "_test.go")}
	dir := short(path.Dir(name))
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

// read returns the text of a file, "" if there is none.
func (s *source) read(name string) string {
	text, err := fs.ReadFile(s.tree, name)
	if err != nil {
		return ""
	}
	return string(text)
}

func (s *source) exists(name string) bool {
	_, err := fs.Stat(s.tree, name)
	return err == nil
}

// files returns all Go files.
func (s *source) files() []*file {
	var list []*file
	for _, p := range s.all() {
		list = append(list, p.files...)
	}
	return list
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
func (s *source) reach(from string) []string {
	seen := s.walk(from)
	delete(seen, from)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(seen)), func(path string) bool { return s.pkgs[path] == nil })
}

// walk returns all packages that an import leads to from a package, directly or
// through others of the module, each with the package that imports it.
func (s *source) walk(from string) map[string]string {
	importer := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		p := s.pkgs[queue[0]]
		if p == nil {
			continue
		}
		for _, to := range p.imports(false) {
			if _, seen := importer[to]; !seen {
				importer[to] = p.path
				queue = append(queue, to)
			}
		}
	}
	return importer
}

// chain returns the shortest way of imports that ends at a package for which
// ends is true, as "a → b → c". It returns "" if there is none.
func (s *source) chain(from string, ends func(string) bool) string {
	importer := s.walk(from)
	for _, to := range slices.Sorted(maps.Keys(importer)) {
		if to == from || !ends(to) {
			continue
		}
		way := to
		for p := importer[to]; p != ""; p = importer[p] {
			way = p + " → " + way
		}
		return way
	}
	return ""
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
