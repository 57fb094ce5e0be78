package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/oauth"
	"gatehouse/internal/directory/userpool"
)

// elsewhere are the faults of the token and userpool engines that never reach a
// renderer of this edge, and why.
var elsewhere = map[string]string{
	"token.ErrGrantNotFound":  "translated by the engine",
	"token.ErrWrongClient":    "revoke answers 200",
	"token.ErrSessionUnknown": "authorize goes on to the sign-in page",
	"token.ErrLoginRequired":  "told by redirect",
	"token.ErrOvertaken":      "told by redirect",
	"token.ErrClientRefused":  "the API's machine tokens",

	"token.ErrSessionsOff":        "the API lists and ends user sessions",
	"token.ErrUserSessionUnknown": "the API lists and ends user sessions",
	"token.ErrOwnSession":         "the API lists and ends user sessions",

	"userpool.ErrClientNotFound":         "becomes errClient, or ErrClientUnusable",
	"userpool.ErrSecretMissing":          "becomes errClient",
	"userpool.ErrSecretMismatch":         "becomes errClient",
	"userpool.ErrPoolNotFound":           "becomes site.ErrNoPool; a pool that goes away meanwhile is internal",
	"userpool.ErrDomainNotFound":         "becomes site.ErrNoPool",
	"userpool.ErrResourceServerNotFound": "translated by the engine",
}

// TestEveryFaultIsPlaced reads the engine's sources for its faults, and
// errors.go for what it places. Of userpool's faults most are for who manages a
// pool; those that a question can return are listed above.
func TestEveryFaultIsPlaced(t *testing.T) {
	placed := map[string]bool{}
	for _, name := range identifiers(t, "errors.go") {
		placed[name] = true
	}
	for _, name := range faults(t, "token") {
		if !placed[name] && elsewhere[name] == "" {
			t.Errorf("%s has no place in errors.go", name)
		}
		if placed[name] && elsewhere[name] != "" {
			t.Errorf("%s is placed and said to be elsewhere", name)
		}
	}
	declared := append(faults(t, "token"), faults(t, "userpool")...)
	for name := range elsewhere {
		if !slices.Contains(declared, name) {
			t.Errorf("%s is listed and does not exist", name)
		}
	}
}

// TestAnUnexpectedErrorShowsNothing tries errors that no table has.
func TestAnUnexpectedErrorShowsNothing(t *testing.T) {
	away := fault.New(fault.Unavailable, "test_away", "10.0.0.7 is away.")
	for _, tt := range []struct {
		err    error
		status int
		name   string
	}{
		{errors.New("dial tcp 10.0.0.7: connection refused"), 500, "server_error"},
		{away.Because(errors.New("dial tcp 10.0.0.7")), 503, "temporarily_unavailable"},
		{fmt.Errorf("load pool at 10.0.0.7: %w", context.DeadlineExceeded), 503, "temporarily_unavailable"},
	} {
		s := newService(t)
		fail := func(*http.Request) (*userpool.Pool, string, error) { return nil, "", tt.err }
		s.handler = mounted(&oauth.Server{Tokens: s.Tokens, Endpoints: s.sites.Endpoints, ErrorPage: errorPage, Resolve: fail, Published: fail})
		for name, w := range map[string]*httptest.ResponseRecorder{
			"a page": s.get(home + "/oauth2/authorize"), "the page of signing out": s.get(home + "/logout"),
			"JSON": s.get(home + "/.well-known/jwks.json"), "userInfo": s.get(home + "/oauth2/userInfo"),
			"token": s.post("/oauth2/token", nil), "revoke": s.post("/oauth2/revoke", nil),
		} {
			if w.Code != tt.status || strings.Contains(w.Body.String(), "10.0.0.7") {
				t.Errorf("%s, %v: got %d %s, want %d", name, tt.err, w.Code, w.Body, tt.status)
			}
			if strings.Contains(name, "page") {
				continue
			}
			if !strings.Contains(w.Body.String(), `"error":"`+tt.name+`"`) || (w.Header().Get("Retry-After") != "") != (tt.status == 503) {
				t.Errorf("%s, %v: got %s %v, want %s", name, tt.err, w.Body, w.Header(), tt.name)
			}
		}
	}
}

// faults returns the exported errors of an engine, as "package.Name".
func faults(t *testing.T, engine string) []string {
	t.Helper()
	files, err := filepath.Glob("../" + engine + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of %s: %v", engine, err)
	}
	var list []string
	for _, file := range files {
		for _, decl := range parse(t, file).Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						list = append(list, engine+"."+name.Name)
					}
				}
			}
		}
	}
	return list
}

// identifiers returns every "package.Name" in a file.
func identifiers(t *testing.T, file string) []string {
	var list []string
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if p, ok := s.X.(*ast.Ident); ok {
				list = append(list, p.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return list
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
