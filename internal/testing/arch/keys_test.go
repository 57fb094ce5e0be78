package arch

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/config"
)

// A key that the configuration accepts and nothing reads would be a promise
// that the program breaks in silence. Every key is read by a package other than
// config, or is in config.WithoutEffect and then warned of.
func TestEveryKeyIsRead(t *testing.T) {
	read, warned := fieldsRead(t), config.WithoutEffect()
	for path, field := range keyFields(reflect.TypeFor[config.Config](), "") {
		switch known := slices.Contains(warned, path); {
		case !read[field] && !known:
			t.Errorf("nothing outside the package config reads the key %s (%s): read it, or name it in config.WithoutEffect", path, field)
		case read[field] && known:
			t.Errorf("the key %s (%s) is read: take it out of config.WithoutEffect", path, field)
		}
	}
}

// keyFields returns the fields of a struct type, and of the structs in it, by
// the path of their key: "Route.From" by "routes.from". It leaves out keys that
// hold structs, and keys with one allowed value: those tell the program nothing.
func keyFields(t reflect.Type, path string) map[string]string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	found := map[string]string{}
	if t.Kind() != reflect.Struct {
		return found
	}
	for _, f := range reflect.VisibleFields(t) {
		key := f.Tag.Get("key")
		enum, limited := f.Tag.Lookup("enum")
		if key == "" || limited && !strings.Contains(enum, ",") {
			continue
		}
		at := strings.TrimPrefix(path+"."+key, ".")
		inner := keyFields(f.Type, at)
		if len(inner) == 0 {
			found[at] = ownerOf(t, f) + "." + f.Name
		}
		maps.Copy(found, inner)
	}
	return found
}

// ownerOf returns the name of the struct that declares f, which is t or
// embedded in t.
func ownerOf(t reflect.Type, f reflect.StructField) string {
	for _, i := range f.Index[:len(f.Index)-1] {
		t = t.Field(i).Type
	}
	return t.Name()
}

// sources returns the package's files without its tests.
func (p *pkg) sources() []*file {
	return slices.DeleteFunc(slices.Clone(p.files), func(f *file) bool { return f.test })
}

// fieldsRead returns the fields of config's structs that are read outside the
// package, themselves or through what config makes of them.
func fieldsRead(t *testing.T) map[string]bool {
	t.Helper()
	s := load(t)
	read, called := map[string]bool{}, map[string]bool{}
	for _, p := range s.all() {
		if !slices.Contains(p.imports(false), "config") || slices.Contains(helpers, p.path) {
			continue
		}
		outside := checkTypes(t, s, p)
		for _, f := range p.sources() {
			collectReads(f.ast, outside, "config", read)
			collectCalls(f.ast, outside, "config", called)
		}
	}
	s.pkgs["config"].readInside(checkTypes(t, s, s.pkgs["config"]), called, read)
	return read
}

// readInside adds what the called functions of config read, and the functions
// that these call. It does not follow Load and Validate, which read every key.
// But it follows the functions named resolve…: they turn what a key names, such
// as a file, into the value of another field.
func (p *pkg) readInside(info *types.Info, called, read map[string]bool) {
	functions := p.functions()
	done := map[string]bool{"Load": true, "load": true, "Validate": true}
	var follow func(name string)
	follow = func(name string) {
		if done[name] {
			return
		}
		done[name] = true
		inner := map[string]bool{}
		for _, fn := range functions[name] {
			collectReads(fn, info, "config", read)
			collectCalls(fn, info, "config", inner)
		}
		for name := range inner {
			follow(name)
		}
	}
	for name := range functions {
		if called[name] || strings.HasPrefix(name, "resolve") {
			follow(name)
		}
	}
}

// functions returns the package's functions and methods by name.
func (p *pkg) functions() map[string][]*ast.FuncDecl {
	all := map[string][]*ast.FuncDecl{}
	for _, f := range p.sources() {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				all[fn.Name.Name] = append(all[fn.Name.Name], fn)
			}
		}
	}
	return all
}

// collectCalls adds the functions and methods of a package that stand in n.
func collectCalls(n ast.Node, info *types.Info, of string, called map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if fn, ok := info.Uses[id].(*types.Func); ok && isOf(fn, of) {
				called[fn.Name()] = true
			}
		}
		return true
	})
}

// collectReads adds the fields of a package's structs that stand in n, except on
// the left of an assignment.
func collectReads(n ast.Node, info *types.Info, of string, read map[string]bool) {
	written := map[ast.Expr]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN {
				for _, left := range n.Lhs {
					written[left] = true
				}
			}
		case *ast.SelectorExpr:
			selection := info.Selections[n]
			if selection == nil || written[n] || !isOf(selection.Obj(), of) {
				return true
			}
			if field, ok := selection.Obj().(*types.Var); ok {
				read[declaringStruct(selection)+"."+field.Name()] = true
			}
		}
		return true
	})
}

// isOf reports whether a package of internal/ declares obj.
func isOf(obj types.Object, path string) bool {
	return obj.Pkg() != nil && obj.Pkg().Path() == module+"internal/"+path
}

// declaringStruct returns the name of the struct that declares the selected
// field: the receiver, or a struct embedded in it.
func declaringStruct(s *types.Selection) string {
	t := s.Recv()
	for _, i := range s.Index()[:len(s.Index())-1] {
		t = structOf(t).Field(i).Type()
	}
	if named, ok := pointed(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

func structOf(t types.Type) *types.Struct { return pointed(t).Underlying().(*types.Struct) }

func pointed(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// checkTypes type-checks the package's files for this system without its tests. What
// they import comes from the export data that the go command has in its cache.
func checkTypes(t *testing.T, s *source, p *pkg) *types.Info {
	t.Helper()
	var files []*ast.File
	for _, f := range p.sources() {
		here, err := build.Default.MatchFile(filepath.Join(root, filepath.Dir(f.path)), filepath.Base(f.path))
		if err != nil {
			t.Fatal(err)
		}
		if here {
			files = append(files, f.ast)
		}
	}
	info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}, Uses: map[*ast.Ident]types.Object{}}
	exports, err := exportData()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	check := types.Config{Importer: importer.ForCompiler(s.fset, "gc", open)}
	if _, err := check.Check(module+"internal/"+p.path, s.fset, files, info); err != nil {
		t.Fatal(err)
	}
	return info
}

// exportData returns the file with the export data of each package.
var exportData = sync.OnceValues(func() (map[string]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-f", "{{.ImportPath}} {{.Export}}", "./cmd/...", "./internal/...")
	cmd.Dir = root
	out, err := cmd.Output()
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return files, err
})
