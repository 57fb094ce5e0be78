package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
)

var patternRules = []rule{{"every pattern compiles", patternsCompile, []example{
	{"a wrong expression", map[string]string{"internal/config/a.go": "package config\nimport \"gatehouse/internal/base/pattern\"\nvar a = pattern.New(`a(`)\n"}, "missing closing )"},
	{"not written at the call", map[string]string{"internal/config/a.go": "package config\nimport \"gatehouse/internal/base/pattern\"\nvar a = pattern.New(text)\n"}, "write the expression"},
}}}

// A pattern is compiled when it is used first, which may be long after the start.
func patternsCompile(s *source) (broken []string) {
	for _, f := range s.files() {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || f.test || !isPatternNew(call.Fun) {
				return true
			}
			at := fmt.Sprintf("%s:%d", f.path, s.fset.Position(call.Pos()).Line)
			text, ok := literal(call.Args)
			if !ok {
				broken = append(broken, at+": write the expression of a pattern at the call, so that a test can compile it")
			} else if _, err := regexp.Compile(text); err != nil {
				broken = append(broken, fmt.Sprintf("%s: %v", at, err))
			}
			return true
		})
	}
	return broken
}

func isPatternNew(fun ast.Expr) bool {
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "New" {
		return false
	}
	from, ok := selector.X.(*ast.Ident)
	return ok && from.Name == "pattern"
}

// literal returns the text of the only argument, if it is a literal.
func literal(args []ast.Expr) (string, bool) {
	if len(args) != 1 {
		return "", false
	}
	lit, ok := args[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
