package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode checks two properties of every operation's decoder. An accepted body,
// decoded and encoded again, decodes to the same input. And the encoded text contains
// nothing that the body, as encoding/json reads it, does not contain.
func FuzzDecode(f *testing.F) {
	for i, op := range operations {
		f.Add(uint8(i), `{"UserPoolId":"us-east-1_A","Username":"alice","x":[1,{"y":null}]}`)
		if op.Name == "CreateUserPool" || op.Name == "CreateManagedLoginBranding" {
			f.Add(uint8(i), `{"PoolName":"p","Schema":[{"Required":"true"},null],"Assets":[null],"Settings":{"a":[1e2]},"AcrConfiguration":{"Level1":{"AcrValue":"\u0041"}}}`)
		}
		if op.Name == "InitiateAuth" {
			f.Add(uint8(i), `{"AuthParameters":{"A":"\ud83d\ude00"},"Session":"s","ClientMetadata":{}}`)
		}
		if op.Name == "ListGroups" {
			f.Add(uint8(i), `{"Limit":1.0}`)
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, body string) {
		op := operations[int(i)%len(operations)]
		in, err := op.Decode([]byte(body))
		if err != nil || strings.TrimSpace(body) == "" {
			return
		}
		encoded := encodeBody(in.(output))
		again, err := op.Decode(encoded)
		if err != nil {
			t.Fatalf("%s: %q became %q: %v", op.Name, body, encoded, err)
		}
		if diff := cmp.Diff(in, again); diff != "" {
			t.Fatalf("%s: %q became %q:\n%s", op.Name, body, encoded, diff)
		}
		var sent, said any
		if json.Unmarshal([]byte(body), &sent) != nil || json.Unmarshal(encoded, &said) != nil || !within(said, sent) {
			t.Fatalf("%s: %q became %q", op.Name, body, encoded)
		}
		Validate(in)
	})
}

// within reports whether b contains everything that a contains.
func within(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		m, _ := b.(map[string]any)
		if b == nil {
			return len(a) == 0 // a null among the assets
		}
		for key, value := range a {
			other, ok := m[key]
			if !ok || !within(value, other) {
				return false
			}
		}
		return true
	case []any:
		list, _ := b.([]any)
		if len(list) != len(a) {
			list = withoutNulls(list)
		}
		for i := range a {
			if i >= len(list) || !within(a[i], list[i]) {
				return false
			}
		}
		return len(list) == len(a)
	case bool:
		text, _ := b.(string)
		return a == b || a && strings.EqualFold(text, "true") || !a && strings.EqualFold(text, "false")
	}
	return a == b
}

func withoutNulls(list []any) []any {
	var rest []any
	for _, x := range list {
		if x != nil {
			rest = append(rest, x)
		}
	}
	return rest
}

const createUser = `{"UserPoolId":"us-east-1_Abc123456","Username":"alice@example.com","TemporaryPassword":"Correct-horse-1",` +
	`"UserAttributes":[{"Name":"email","Value":"alice@example.com"},{"Name":"email_verified","Value":"true"},{"Name":"custom:team","Value":"red"}],` +
	`"DesiredDeliveryMediums":["EMAIL"],"MessageAction":"SUPPRESS","ClientMetadata":{"source":"import"}}`

func BenchmarkDecodeAndValidateAdminCreateUser(b *testing.B) {
	body := []byte(createUser)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		in := &AdminCreateUserInput{}
		if err := decodeBody(body, in); err != nil {
			b.Fatal(err)
		}
		if err := Validate(in); err != nil {
			b.Fatal(err)
		}
	}
}
