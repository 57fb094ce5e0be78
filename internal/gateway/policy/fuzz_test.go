package policy

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	"gatehouse/internal/identity"

	"github.com/google/go-cmp/cmp"
)

// FuzzPolicy reads any JSON as a policy. What is accepted prints back to the
// same document and decides alike; every decision is total; and a policy whose
// criteria all ask for the identity never lets a visitor pass.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		`{"allow":{"and":[{"device":{"approved":true,"type":"enclave_only","is":"x"}}]},"deny":{"not":[{"device":{}}]}}`,
		`[]`, `{}`, `null`, `7`,
		`[{"allow":{"and":[{"email":{"not":"a@example.com"}}],"or":[{"claim/cognito:groups":"admins"}]}}]`,
		`[{"allow":{"not":[{"domain":{"in":["a","b"]}}],"nor":[{"user":"x"},{"groups":{"exclude":"y"}}]},"deny":{"or":[{"reject":1}]}}]`,
		`{"allow":{"or":[{"source_ip":["10.0.0.0/8","::1"]},{"http_path":{"starts_with":"/a","ends_with":"b"}},{"http_method":"GET"}]}}`,
		`{"deny":{"or":[{"invalid_client_certificate":true},{"cors_preflight":true},{"authenticated_user":null}]}}`,
		`{"allow":{"or":[{"date":{"after":"2030-01-31","before":"2031-01-31T10:00:00Z"}},{"day_of_week":"mon-fri"},{"time_of_day":{"after":"9:00","before":"5PM","timezone":"UTC"}}]}}`,
		`{"allow":{"or":[{"client_certificate":{"san_dns":{"ends_with":".x"},"fingerprint":"abababababababababababababababababababababababababababababababab"}}]}}`,
		`{"allow":{"or":[{"claim/n":12},{"claim/n":1.5},{"claim/n":true},{"claim/a.b":{"is":"x","has":"y","exclude":"z"}}]}}`,
		`{"allow":{"or":[{"pomerium_routes":true}]},"deny":{"not":[{"pomerium_routes":true}]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var data any
		if json.Unmarshal([]byte(text), &data) != nil {
			return
		}
		var p parser
		rules := p.document("policy", data)
		if p.err() != nil {
			if _, err := Compile(Access{PPL: data}); err == nil {
				t.Fatal("Compile accepts what the parser refuses")
			}
			return
		}
		printed := document(rules)
		var q parser
		again := q.document("policy", printed)
		if err := q.err(); err != nil {
			t.Fatalf("prints as what is refused: %v\n%v", err, printed)
		}
		if diff := cmp.Diff(printed, document(again)); diff != "" {
			t.Fatalf("prints differently the second time:\n%s", diff)
		}
		checkAlike(t, data, printed, rules)
	})
}

func checkAlike(t *testing.T, data, printed any, rules []rule) {
	one, err := Compile(Access{PPL: data})
	if err != nil {
		t.Fatal(err)
	}
	two, err := Compile(Access{PPL: printed})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range probes() {
		a, b := one.Decide(&r), two.Decide(&r)
		if a.Outcome != b.Outcome || a.Allow != b.Allow || a.Deny != b.Deny {
			t.Fatalf("decides differently after printing: %v, %v", a, b)
		}
		if a.Outcome == Allow != (a.Explain() == nil) {
			t.Fatalf("outcome %v is explained by %q", a.Outcome, a.Explain())
		}
		if r.Identity == nil && a.Outcome == Allow && allAskIdentity(rules) {
			t.Fatal("a policy of identity criteria lets a visitor pass")
		}
	}
}

func allAskIdentity(rules []rule) bool {
	for _, r := range rules {
		for _, g := range r.allow {
			if slices.ContainsFunc(g.criteria, func(c criterion) bool { return c.kind.class != ofIdentity }) {
				return false
			}
		}
	}
	return true
}

func probes() []Request {
	claims := identity.Flatten(map[string]any{"cognito:groups": []any{"admins"}, "n": 12.0, "a": map[string]any{"b": "x"}})
	return []Request{
		{},
		{Method: "GET", Path: "/ab", SourceIP: netip.MustParseAddr("10.1.2.3"), CORSPreflight: true},
		{Identity: &identity.Identity{}},
		{Identity: &identity.Identity{}, Devices: []identity.Device{{ID: "x", Type: DeviceAny}, {ID: "y", Type: DeviceEnclave, Approved: true}}},
		{Method: "GET", Path: "/ab;c", AltPath: "/ab", Identity: &identity.Identity{UserID: "x", Email: "a@example.com", Groups: []string{"y"}, Claims: claims}},
	}
}
