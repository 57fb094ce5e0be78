package seal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/base/seal"
)

func mustMark(t *testing.T, s *seal.Sealer) []byte {
	t.Helper()
	mark, err := s.Mark()
	if err != nil {
		t.Fatal(err)
	}
	return mark
}

func TestMarkTellsTheKeysOfTwoInstallations(t *testing.T) {
	_, own := keyFile(t)
	_, foreign := keyFile(t)
	mark := mustMark(t, own)
	if !own.Made(mark) || foreign.Made(mark) {
		t.Errorf("Made = %v by the own keys and %v by others, want true and false", own.Made(mark), foreign.Made(mark))
	}
	sealed := mustSeal(t, own, "top", "a")
	if !own.HasKeyOf(sealed) || foreign.HasKeyOf(sealed) {
		t.Errorf("HasKeyOf = %v by the own keys and %v by others, want true and false", own.HasKeyOf(sealed), foreign.HasKeyOf(sealed))
	}
	for _, forged := range [][]byte{nil, {1}, mark[:5], sealed, append([]byte{2}, mark[1:]...)} {
		if own.Made(forged) {
			t.Errorf("Made(%x) = true, want false", forged)
		}
	}
}

// The sealing keys of one file with the code key of another are not the keys of
// either installation.
func TestMarkNoticesAnotherCodeKey(t *testing.T) {
	path, own := keyFile(t)
	otherPath, _ := keyFile(t)
	var file, other map[string]json.RawMessage
	for path, into := range map[string]*map[string]json.RawMessage{path: &file, otherPath: &other} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	file["codes"] = other["codes"]
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	mixed := filepath.Join(t.TempDir(), "mixed")
	if err := os.WriteFile(mixed, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if load(t, mixed).Made(mustMark(t, own)) {
		t.Error("Made = true for another code key, want false")
	}
}

// A mark follows the keys through a rotation, and an older copy of the file does
// not open what came after it.
func TestMarkAfterARotation(t *testing.T) {
	path, old := keyFile(t)
	mark := mustMark(t, old)
	if old.Outdates(mark) {
		t.Error("Outdates = true before the rotation, want false")
	}
	if err := seal.Rotate(path); err != nil {
		t.Fatal(err)
	}
	rotated := load(t, path)
	if !rotated.Made(mark) || !rotated.Outdates(mark) {
		t.Errorf("after the rotation: Made = %v, Outdates = %v; want true, true", rotated.Made(mark), rotated.Outdates(mark))
	}
	fresh := mustMark(t, rotated)
	if old.Made(fresh) || old.Outdates(fresh) || rotated.Outdates(fresh) {
		t.Errorf("the new mark: Made by the old keys = %v, outdated = %v, %v; want false", old.Made(fresh), old.Outdates(fresh), rotated.Outdates(fresh))
	}
}
