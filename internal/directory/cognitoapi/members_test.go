package cognitoapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/cognitoapi/wire"
)

// unread has the members of inputs that nothing reads, with the reason. The page
// docs/compatibility.md says the same of those that a caller would miss.
var unread = map[string]string{
	"*.AnalyticsMetadata":                     "nothing sends events to Pinpoint",
	"ConfirmSignUpInput.UserContextData":      "the history of a user has no confirmations",
	"CreateTermsInput.Enforcement":            "the model has one value",
	"CreateTermsInput.TermsSource":            "the model has one value",
	"UpdateTermsInput.Enforcement":            "the model has one value",
	"UpdateTermsInput.TermsSource":            "the model has one value",
	"CreateUserPoolReplicaInput.RegionName":   "no replica can be made",
	"CreateUserPoolReplicaInput.UserPoolTags": "no replica can be made",
	"UpdateUserPoolReplicaInput.Status":       "the primary cannot be turned off",
}

// Each member of each input is read, or refused, by what is written by hand.
func TestEveryMemberIsRead(t *testing.T) {
	read := readMembers(t)
	operations := reflect.TypeFor[wire.Operations]()
	offered := (&API{}).Operations()
	for _, name := range offered.Offered() {
		field, _ := operations.FieldByName(name)
		input := field.Type.In(1).Elem()
		for i := range input.NumField() {
			member := input.Field(i).Name
			if read[input.Name()][member] || unread[input.Name()+"."+member] != "" || unread["*."+member] != "" {
				continue
			}
			t.Errorf("nothing reads %s of %s", member, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unread)) {
		if input, member, _ := strings.Cut(name, "."); read[input][member] {
			t.Errorf("%s is read; it does not belong in the table", name)
		}
	}
}

// readMembers returns, for each type of an input, the members that a function of
// this package selects from its parameter of that type.
func readMembers(t *testing.T) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				selectMembers(f, read)
			}
		}
	}
	return read
}

func selectMembers(f *ast.FuncDecl, read map[string]map[string]bool) {
	for _, p := range f.Type.Params.List {
		star, ok := p.Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		of, ok := star.X.(*ast.SelectorExpr)
		if !ok || len(p.Names) == 0 {
			continue
		}
		if read[of.Sel.Name] == nil {
			read[of.Sel.Name] = map[string]bool{}
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == p.Names[0].Name {
					read[of.Sel.Name][s.Sel.Name] = true
				}
			}
			return true
		})
	}
}
