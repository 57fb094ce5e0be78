package arch

import (
	"go/ast"
	"strconv"
)

// operationRules hold the suite of the user pools API together. What the calls must
// answer is for the suite itself: TestTour, TestRefusals.
var operationRules = []rule{
	{"the suite calls every operation that is offered", uncalled, []example{
		{"no call", map[string]string{
			"internal/directory/cognitoapi/offered.go":  "package cognitoapi\nfunc (a *API) Operations() *wire.Operations { return &wire.Operations{GetUser: a.GetUser, SignUp: a.SignUp, GetGroup: a.GetGroup} }\n",
			"internal/testing/gatetest/tour_test.go":    "package gatetest_test\nfunc f() { gt.Public.SignUp(ctx, in); raw(gt, t, \"GetGroup\", in) }\n",
			"internal/directory/cognitoapi/own_test.go": "package cognitoapi\nfunc f() { a.GetUser(ctx, in) }\n",
		}, "GetUser is offered, but no test of testing/gatetest calls it"},
	}},
}

func uncalled(s *source) (broken []string) {
	called := map[string]bool{}
	if p := s.pkgs["testing/gatetest"]; p != nil {
		for _, f := range p.files {
			if f.test {
				noteCalls(f.ast, called)
			}
		}
	}
	for _, name := range s.offered() {
		if !called[name] {
			broken = append(broken, name+" is offered, but no test of testing/gatetest calls it")
		}
	}
	return broken
}

// noteCalls notes the methods that a file calls, and its texts: the suite calls an
// operation that the SDK lacks by its name.
func noteCalls(f *ast.File, called map[string]bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if m, ok := n.Fun.(*ast.SelectorExpr); ok {
				called[m.Sel.Name] = true
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil {
				called[text] = true
			}
		}
		return true
	})
}

// offered returns the operations in the list of package cognitoapi.
func (s *source) offered() (names []string) {
	p := s.pkgs["directory/cognitoapi"]
	if p == nil {
		return nil
	}
	for _, f := range p.files {
		if f.path != "internal/directory/cognitoapi/offered.go" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok {
					names = append(names, key.Name)
				}
			}
			return true
		})
	}
	return names
}
