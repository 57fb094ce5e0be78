package arch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/srp"
)

const hidden = "Correct-Horse-1"

// secretTypes has, for each type that must not be seen, a value and texts of
// it that must not appear.
func secretTypes(t *testing.T) map[string]any {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.NewBox([]byte(hidden), "purpose")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := srp.NewVerifier("Pool00001", "alice", hidden)
	if err != nil {
		t.Fatal(err)
	}
	server, err := srp.NewServer(verifier, strings.Repeat("A1", 384))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"seal.Secret": seal.Secret(hidden), "seal.Sealer": sealer, "seal.Box": box,
		"srp.Verifier": verifier, "srp.Server": server,
		"wire.SecretMap": wire.SecretMap{"PASSWORD": hidden},
	}
}

func TestSecretTypesPrintAsRedacted(t *testing.T) {
	for name, v := range secretTypes(t) {
		for _, form := range []any{v, struct{ Field any }{v}, []any{v}, map[string]any{"key": v}} {
			for how, text := range printed(form) {
				if !strings.Contains(text, "redacted") && how != "JSON" {
					t.Errorf("%s in %T as %s is %q, want it redacted", name, form, how, text)
				}
				if shows(text) {
					t.Errorf("%s in %T as %s shows what it hides: %.200q", name, form, how, text)
				}
			}
		}
	}
}

// printed returns a value in every way in which it may reach a log or a page.
func printed(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	var text, lines bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", slog.Group("g", "v", v))
	out["slog text"] = text.String()
	if data, err := json.Marshal(v); err == nil { // an error shows nothing
		out["JSON"], out["slog JSON"] = string(data), lines.String()+"redacted"
	}
	return out
}

// shows reports whether a text holds the password, or a run of digits or bytes
// such as a key, a salt or a verifier would print as.
func shows(text string) bool {
	if strings.Contains(text, hidden) || strings.Contains(text, fmt.Sprintf("%x", hidden)) {
		return true
	}
	run := 0
	for _, c := range text {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
			if run++; run >= 32 {
				return true
			}
			continue
		}
		run = 0
	}
	return false
}

// A type whose String says that it is redacted is in the list above.
func TestEverySecretTypeIsTried(t *testing.T) {
	known := secretTypes(t)
	found := map[string]bool{}
	for _, p := range load(t).all() {
		for _, f := range p.files {
			if f.test {
				continue
			}
			for _, d := range f.ast.Decls {
				if name, ok := redacting(d); ok {
					found[p.name+"."+name] = true
				}
			}
		}
	}
	if want := slices.Sorted(maps.Keys(known)); !slices.Equal(slices.Sorted(maps.Keys(found)), want) {
		t.Errorf("types that redact themselves: %v, tried are %v", slices.Sorted(maps.Keys(found)), want)
	}
}

// redacting returns the type of a GoString method: only secrets have one.
func redacting(d ast.Decl) (string, bool) {
	f, ok := d.(*ast.FuncDecl)
	if !ok || f.Recv == nil || f.Name.Name != "GoString" {
		return "", false
	}
	recv := f.Recv.List[0].Type
	if star, ok := recv.(*ast.StarExpr); ok {
		recv = star.X
	}
	id, ok := recv.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}
