package store

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/directory/userpool"
)

func TestTheSameTextIsDecodedOnce(t *testing.T) {
	var d decoded[userpool.Settings]
	read := func(text string) userpool.Settings {
		t.Helper()
		var s userpool.Settings
		if err := d.column(&s).Scan(text); err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, again, other := read(`{"Levels":["a"]}`), read(`{"Levels":["a"]}`), read(`{"Levels":["b"]}`)
	if &first.Levels[0] != &again.Levels[0] {
		t.Error("the same text was decoded twice")
	}
	if other.Levels[0] != "b" || first.Levels[0] != "a" {
		t.Errorf("got %v and %v for two texts", first.Levels, other.Levels)
	}
	first.Levels = nil // the value is the caller's own, what it refers to is not
	if got := read(`{"Levels":["a"]}`); len(got.Levels) != 1 {
		t.Errorf("after a caller changed its value, the text means %v", got.Levels)
	}
}

func TestDecodedKeepsLittle(t *testing.T) {
	var d decoded[map[string]string]
	for i := range 3 * maxDecoded {
		if _, err := d.of(fmt.Sprintf(`{"a":"%d"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.kept) > maxDecoded {
		t.Errorf("keeps %d texts, want at most %d", len(d.kept), maxDecoded)
	}
	long := `{"a":"` + strings.Repeat("a", maxDecodedText) + `"}`
	if _, err := d.of(long); err != nil {
		t.Fatal(err)
	}
	if d.kept[long] != nil {
		t.Error("keeps a text that is too long")
	}
}

func TestDecodedRefusesWhatIsNoJSON(t *testing.T) {
	var d decoded[userpool.Settings]
	for _, src := range []any{nil, int64(1), []byte("{}"), "", "{", `{"Levels":1}`} {
		s := userpool.Settings{Issuer: "before"}
		if err := d.column(&s).Scan(src); err == nil || s.Issuer != "before" {
			t.Errorf("%#v: got %+v, %v", src, s.Issuer, err)
		}
	}
	if len(d.kept) != 0 {
		t.Errorf("keeps %d texts that mean nothing", len(d.kept))
	}
}
