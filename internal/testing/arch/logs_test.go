package arch

import (
	"go/ast"
	"testing"
)

// Logs name durations with their unit, everywhere the same: milliseconds, in an
// attribute whose name ends with _ms. slog.Duration writes bare nanoseconds.
func TestDurationsInLogsHaveAUnit(t *testing.T) {
	s := load(t)
	for _, p := range s.pkgs {
		for _, f := range p.files {
			if f.test {
				continue
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && isSlogDuration(sel) {
					t.Errorf("%s: slog.%s has no unit: log milliseconds in an attribute whose name ends with _ms", s.fset.Position(n.Pos()), sel.Sel.Name)
				}
				return true
			})
		}
	}
}

func isSlogDuration(sel *ast.SelectorExpr) bool {
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "slog" && (sel.Sel.Name == "Duration" || sel.Sel.Name == "DurationValue")
}
