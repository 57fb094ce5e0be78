package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

// The tests write policies as people write them: in YAML.

func decoded(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("test has bad YAML: %v\n%s", err, text)
	}
	return v
}

func compile(t testing.TB, ppl string) *policy.Policy {
	t.Helper()
	return compileAccess(t, policy.Access{PPL: decoded(t, ppl)})
}

func compileAccess(t testing.TB, a policy.Access) *policy.Policy {
	t.Helper()
	p, err := policy.Compile(a)
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	return p
}

// faults compiles a policy that must be refused, and returns what was said.
func faults(t testing.TB, a policy.Access) []string {
	t.Helper()
	_, err := policy.Compile(a)
	if err == nil {
		t.Fatal("Compile accepted it")
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v does not hold its faults", err)
	}
	var said []string
	for _, e := range joined.Unwrap() {
		if _, ok := errors.AsType[*policy.Fault](e); !ok {
			t.Errorf("%v is no *Fault", e)
		}
		said = append(said, e.Error())
	}
	return said
}

// alice is somebody who is signed in.
func alice() *identity.Identity {
	return &identity.Identity{
		SessionID: "s1", UserID: "u-alice", Email: "alice@example.com", Name: "Alice",
		Groups: []string{"staff", "admins"},
		Claims: identity.Flatten(map[string]any{
			"cognito:groups":            []any{"staff", "eu"},
			"https://example.com/roles": []any{"reader"},
			"custom:Dept":               "R&D",
			"level":                     float64(12),
			"verified":                  true,
			"address":                   map[string]any{"country": "DE"},
			"email":                     "alice@example.com",
		}),
	}
}

func signedIn() policy.Request { return policy.Request{Method: "GET", Path: "/", Identity: alice()} }

func visitor() policy.Request { return policy.Request{Method: "GET", Path: "/"} }

// criterionCase is one row of a criterion's table.
type criterionCase struct {
	data   string // YAML of the criterion's data
	of     policy.Request
	want   bool
	reason string
}

// checkCriterion tests a criterion alone under allow.
func checkCriterion(t *testing.T, name string, cases []criterionCase) {
	t.Helper()
	for _, c := range cases {
		p := compile(t, "allow: {or: [{\""+name+"\": "+c.data+"}]}")
		got := p.Decide(&c.of).Allow
		if got.Value != c.want || !slices.Equal(got.Reasons.Strings(), []string{c.reason}) {
			t.Errorf("%s: %s of %s: got %v %v, want %v [%s]", name, c.data, sketch(c.of), got.Value, got.Reasons.Strings(), c.want, c.reason)
		}
	}
}

func sketch(r policy.Request) string {
	who := "a visitor"
	if r.Identity != nil {
		who = r.Identity.Email
	}
	return strings.Join([]string{who, r.Method, r.Path, r.SourceIP.String()}, " ")
}

// checkRefused tests that data of a criterion is refused, with a message that
// holds want.
func checkRefused(t *testing.T, name string, want map[string]string) {
	t.Helper()
	for data, part := range want {
		said := faults(t, policy.Access{PPL: decoded(t, "allow: {or: [{\""+name+"\": "+data+"}]}")})
		if all := strings.Join(said, "\n"); !strings.Contains(all, part) {
			t.Errorf("%s: %s: got %q, want it to say %q", name, data, all, part)
		}
	}
}

// checkSays fails unless every part is in what was said.
func checkSays(t *testing.T, said []string, parts ...string) {
	t.Helper()
	all := strings.Join(said, "\n")
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("got:\n%s\nwant it to say %q", all, part)
		}
	}
}
