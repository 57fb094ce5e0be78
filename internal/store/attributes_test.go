package store

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFlatObjectReadsAttributesWithoutEscapes(t *testing.T) {
	for _, m := range []map[string]string{{}, {"a": ""}, {"email": "zoë@example.com", "custom:x": "1,2:3{}"}} {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := flatObject(string(b))
		if diff := cmp.Diff(m, got); !ok || diff != "" {
			t.Errorf("flatObject(%s): ok %v (-want +got):\n%s", b, ok, diff)
		}
	}
}

// FuzzFlatObject checks that flatObject and encoding/json read the same map.
func FuzzFlatObject(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":"b"}`, `{"a":"b","c":"\u00e9"}`, `{"a":"b",}`, `{"a" : "b"}`, `{"a":"b"`, `null`, `{"a":"b"}{`, `{"a":1}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := flatObject(text)
		if !ok || !utf8.ValidString(text) {
			return
		}
		want := map[string]string{}
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("flatObject read %q, which is not valid JSON: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("flatObject(%q) (-want +got):\n%s", text, diff)
		}
	})
}
