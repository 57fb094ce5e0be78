package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// maxStorageMethods is how many methods a storage interface may have by itself,
// without those of the interfaces that it embeds.
const maxStorageMethods = 12

// A storage interface that covers one noun is small. A package that needs
// several nouns embeds their interfaces.
func TestStorageInterfacesAreSmall(t *testing.T) {
	for name, i := range load(t).storage(t) {
		if n := ownMethods(i); n > maxStorageMethods {
			t.Errorf("%s has %d methods, want at most %d: split it by noun", name, n, maxStorageMethods)
		}
	}
}

// ownMethods returns how many methods an interface declares itself.
func ownMethods(i *ast.InterfaceType) int {
	n := 0
	for _, m := range i.Methods.List {
		n += len(m.Names) // an embedded interface has no name
	}
	return n
}

func TestMethodsAreCounted(t *testing.T) {
	for text, want := range map[string]int{"A(); B(); C()": 3, "Small; A()": 1, "": 0} {
		e, err := parser.ParseExpr("interface{" + text + "}")
		if err != nil {
			t.Fatal(err)
		}
		if got := ownMethods(e.(*ast.InterfaceType)); got != want {
			t.Errorf("an interface of %q has %d methods of its own, want %d", text, got, want)
		}
	}
}

// An engine's rules hold only if nobody goes past them. So no struct but a
// Config has an exported field for a store, and an edge does not even name a
// storage interface.
func TestStoresAreOutOfReach(t *testing.T) {
	s := load(t)
	stores := s.storage(t)
	for _, p := range s.all() {
		if slices.Contains(helpers, p.path) {
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			if slices.Contains(edges, p.path) || p.path == "directory/site" {
				for _, name := range s.namesOf(p, f, f.ast, stores) {
					t.Errorf("%s names %s: an edge calls an engine, which keeps its store to itself", f.path, name)
				}
			}
			for field, store := range s.openFields(p, f, stores) {
				t.Errorf("%s: everybody can reach %s through the exported field %s: give the engine a Config and keep the store in an unexported field", f.path, store, field)
			}
		}
	}
}

func TestOpenStoresAreSeen(t *testing.T) {
	s := load(t)
	stores := s.storage(t)
	for _, name := range []string{"directory/userpool.Store", "directory/userpool.PoolStore", "directory/user.GroupStore", "gateway/session.Store"} {
		if stores[name] == nil {
			t.Errorf("%s is not among the storage interfaces: %v", name, slices.Sorted(maps.Keys(stores)))
		}
	}
	text := `package cognitoapi
import "gatehouse/internal/directory/userpool"
type API struct { Pools userpool.PoolStore; kept userpool.Store; Clients []string }
type Config struct { Store userpool.Store }
`
	p, f := s.parseText(t, "directory/cognitoapi", text)
	if got := s.namesOf(p, f, f.ast, stores); len(got) != 3 {
		t.Errorf("the text names %v, want three storage interfaces", got)
	}
	want := map[string]string{"directory/cognitoapi.API.Pools": "directory/userpool.PoolStore"}
	if got := s.openFields(p, f, stores); !maps.Equal(got, want) {
		t.Errorf("open fields: %v, want %v", got, want)
	}
}

// storage returns the storage interfaces by package and name: those that
// package store says that it implements, and those that they embed.
func (s *source) storage(t *testing.T) map[string]*ast.InterfaceType {
	t.Helper()
	found := map[string]*ast.InterfaceType{}
	var add func(p *pkg, f *file, i *ast.InterfaceType)
	add = func(p *pkg, f *file, i *ast.InterfaceType) {
		for _, m := range i.Methods.List {
			if len(m.Names) > 0 {
				continue
			}
			of, name := s.resolve(p, f, m.Type)
			key := of + "." + name
			if of == "" || found[key] != nil {
				continue
			}
			file, spec := s.typeSpec(of, name)
			if spec == nil {
				t.Fatalf("%s embeds %s, which is not declared", f.path, key)
			}
			if embedded, ok := spec.Type.(*ast.InterfaceType); ok {
				found[key] = embedded
				add(s.pkgs[of], file, embedded)
			}
		}
	}
	p := s.pkgs["store"]
	for _, f := range p.files {
		if !strings.HasSuffix(f.path, "/implements_test.go") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok {
				add(p, f, i)
			}
			return true
		})
	}
	if len(found) == 0 {
		t.Fatal("package store does not say which storage interfaces it implements")
	}
	return found
}

// resolve returns the package and the name of a named type of the module; "" for
// any other type.
func (s *source) resolve(p *pkg, f *file, e ast.Expr) (of, name string) {
	switch e := e.(type) {
	case *ast.Ident:
		return p.path, e.Name
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return "", ""
		}
		for _, i := range f.ast.Imports {
			to, err := strconv.Unquote(i.Path.Value)
			inside, ours := strings.CutPrefix(to, module)
			if err != nil || !ours {
				continue
			}
			local := path.Base(to)
			if i.Name != nil {
				local = i.Name.Name
			}
			if local == x.Name {
				return short(inside), e.Sel.Name
			}
		}
	}
	return "", ""
}

// typeSpec returns the declaration of a type and its file, or nil.
func (s *source) typeSpec(of, name string) (*file, *ast.TypeSpec) {
	p := s.pkgs[of]
	if p == nil {
		return nil, nil
	}
	for _, f := range p.files {
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.Name == name {
					return f, ts
				}
			}
		}
	}
	return nil, nil
}

// namesOf returns the storage interfaces of other packages that a piece of a
// file names.
func (s *source) namesOf(p *pkg, f *file, in ast.Node, stores map[string]*ast.InterfaceType) []string {
	var names []string
	ast.Inspect(in, func(n ast.Node) bool {
		if e, ok := n.(*ast.SelectorExpr); ok {
			if of, name := s.resolve(p, f, e); stores[of+"."+name] != nil {
				names = append(names, of+"."+name)
			}
		}
		return true
	})
	return names
}

// openFields returns the exported fields of structs, other than Config, whose
// type is a storage interface.
func (s *source) openFields(p *pkg, f *file, stores map[string]*ast.InterfaceType) map[string]string {
	open := map[string]string{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name == "Config" {
			return !ok
		}
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range st.Fields.List {
			of, name := s.resolve(p, f, field.Type)
			if stores[of+"."+name] == nil {
				continue
			}
			names := []string{name} // of an embedded field
			if len(field.Names) > 0 {
				names = nil
				for _, id := range field.Names {
					names = append(names, id.Name)
				}
			}
			for _, n := range names {
				if ast.IsExported(n) {
					open[fmt.Sprintf("%s.%s.%s", p.path, spec.Name.Name, n)] = of + "." + name
				}
			}
		}
		return true
	})
	return open
}
