package arch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"log/slog"
	"maps"
	"regexp"
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
		for _, problem := range revealed(v) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// Types that reveal themselves in one way each: the check sees all of them.
func TestTypesThatRevealThemselvesAreSeen(t *testing.T) {
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"no methods", struct{ Password string }{hidden}, "%v"},
		{"no GoString", withoutGoString(hidden), "%#v"},
		{"no MarshalJSON", withoutJSON(hidden), "JSON"},
		{"no LogValue", withoutJSON(hidden), "slog JSON"},
		{"says nothing", silent{}, "want it to say redacted"},
	}
	for _, tt := range tests {
		if got := strings.Join(revealed(tt.v), "\n"); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want a problem with %q", tt.name, got, tt.want)
		}
	}
}

type withoutGoString string

func (withoutGoString) String() string               { return "[redacted]" }
func (withoutGoString) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }

type withoutJSON string

func (withoutJSON) String() string   { return "[redacted]" }
func (withoutJSON) GoString() string { return "[redacted]" }

type silent struct{}

func (silent) Format(f fmt.State, _ rune) { fmt.Fprint(f, "nothing") }

// revealed returns in which ways a secret shows what it hides, or does not say
// that it hides it.
func revealed(v any) (problems []string) {
	for _, form := range []any{v, struct{ Field any }{v}, []any{v}, map[string]any{"key": v}} {
		for how, text := range printed(form) {
			if !strings.Contains(text, "redacted") {
				problems = append(problems, fmt.Sprintf("%T as %s is %.200q, want it to say redacted", form, how, text))
			}
			if shows(text) {
				problems = append(problems, fmt.Sprintf("%T as %s shows what it hides: %.200q", form, how, text))
			}
		}
	}
	return problems
}

// printed returns a value in every way in which it may reach a log or a page. A
// value that can't be written as JSON has no text in JSON.
func printed(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	var text, lines bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", slog.Group("g", "v", v))
	out["slog text"] = text.String()
	if data, err := json.Marshal(v); err == nil {
		out["JSON"], out["slog JSON"] = string(data), lines.String()
	}
	return out
}

// shows reports whether a text holds the password, or a run of letters and
// digits that is as long as a key, a salt or a verifier in hexadecimal or Base64.
func shows(text string) bool {
	return strings.Contains(text, hidden) || strings.Contains(text, fmt.Sprintf("%x", hidden)) || longRun.MatchString(text)
}

var longRun = regexp.MustCompile(`[A-Za-z0-9+/_-]{24}`)

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
