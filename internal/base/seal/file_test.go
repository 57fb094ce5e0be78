package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/seal"
)

func keyFile(t *testing.T) (string, *seal.Sealer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.keys")
	return path, load(t, path)
}

func load(t *testing.T, path string) *seal.Sealer {
	t.Helper()
	s, err := seal.LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opens checks that s opens sealed and gets want.
func opens(t *testing.T, s *seal.Sealer, sealed []byte, want string) {
	t.Helper()
	if got, err := s.Open(sealed, "a"); err != nil || string(got) != want {
		t.Errorf("Open = %q, %v, want %q", got, err, want)
	}
}

func TestKeyFileIsPrivateAndReused(t *testing.T) {
	path, s := keyFile(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode = %o, want 600", got)
	}
	opens(t, load(t, path), mustSeal(t, s, "top", "a"), "top")
	if names, _ := os.ReadDir(filepath.Dir(path)); len(names) != 1 {
		t.Errorf("the directory holds %v, want the key file alone", names)
	}
}

func TestKeyFileThatOthersMayReadIsRefused(t *testing.T) {
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o644, 0o620} {
		path, _ := keyFile(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.LoadOrCreate(path)
		if !errors.Is(err, seal.ErrKeys) || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %o: error = %v, want one that says to run chmod 600", mode, err)
		}
	}
}

func TestBadKeyFileIsRefusedAndKept(t *testing.T) {
	for _, content := range []string{"", "{}", "null", `{"format":"other"}`, `{"format":"gatehouse-master-keys-1"}`, `{"format":"gatehouse-master-keys-1","sealing":{},"codes":{}}`} {
		path := filepath.Join(t.TempDir(), "master.keys")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.LoadOrCreate(path); !errors.Is(err, seal.ErrKeys) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "Restore the file") {
			t.Errorf("%q: error = %v, want one that names the file and says what to do", content, err)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("the file with %q was replaced by %q, want it unchanged; its keys might be recoverable", content, got)
		}
	}
}

func TestKeysetsInTheWrongPlaceAreRefused(t *testing.T) {
	path, _ := keyFile(t)
	data, _ := os.ReadFile(path)
	var f map[string]any
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	f["sealing"], f["codes"] = f["codes"], f["sealing"]
	data, _ = json.Marshal(f)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreate(path); !errors.Is(err, seal.ErrKeys) {
		t.Errorf("error = %v, want %v", err, seal.ErrKeys)
	}
}

func TestDirectoryAsKeyFileIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreate(dir); !errors.Is(err, seal.ErrKeys) {
		t.Errorf("error = %v, want %v", err, seal.ErrKeys)
	}
}

func TestProcessesThatStartTogetherShareTheKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.keys")
	sealers := make([]*seal.Sealer, 8)
	var wg sync.WaitGroup
	for i := range sealers {
		wg.Go(func() { sealers[i], _ = seal.LoadOrCreate(path) })
	}
	wg.Wait()
	for i, s := range sealers {
		if s == nil {
			t.Fatalf("process %d got no sealer", i)
		}
		opens(t, sealers[0], mustSeal(t, s, "top", "a"), "top")
	}
}

func TestOldValuesOpenAfterRotation(t *testing.T) {
	path, before := keyFile(t)
	old := mustSeal(t, before, "old", "a")
	code := before.MAC("code", "123456")
	if err := seal.Rotate(path); err != nil {
		t.Fatal(err)
	}
	after := load(t, path)
	opens(t, after, old, "old")
	if got := after.MAC("code", "123456"); !bytes.Equal(got, code) {
		t.Errorf("MAC after rotation = %x, want %x", got, code)
	}
	fresh := mustSeal(t, after, "new", "a")
	if _, err := before.Open(fresh, "a"); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("opening a value of the new key with the old key: error %v, want a refusal", err)
	}
	if err := before.Reload(path, always); err != nil {
		t.Fatal(err)
	}
	opens(t, before, fresh, "new")
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode after rotation = %o, want 600", info.Mode().Perm())
	}
}

func always(*seal.Sealer) error { return nil }

func TestRotationInTwoStepsIsSeamless(t *testing.T) {
	path, first := keyFile(t)
	second := load(t, path)
	if err := seal.AddKey(path); err != nil {
		t.Fatal(err)
	}
	first.Reload(path, always)
	opens(t, second, mustSeal(t, first, "x", "a"), "x") // the new key is not used for sealing yet
	second.Reload(path, always)
	if err := seal.Promote(path); err != nil {
		t.Fatal(err)
	}
	first.Reload(path, always)
	opens(t, second, mustSeal(t, first, "y", "a"), "y") // the other process knows the new key
}

func TestFailedReloadKeepsTheKeys(t *testing.T) {
	path, s := keyFile(t)
	sealed := mustSeal(t, s, "top", "a")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(path, always); !errors.Is(err, seal.ErrKeys) {
		t.Errorf("Reload = %v, want %v", err, seal.ErrKeys)
	}
	opens(t, s, sealed, "top")
}

func TestKeysFromTheEnvironment(t *testing.T) {
	path, s := keyFile(t)
	data, _ := os.ReadFile(path)
	got, err := seal.FromText(base64.StdEncoding.EncodeToString(data) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	opens(t, got, mustSeal(t, s, "top", "a"), "top")
	for _, text := range []string{"", "!", string(data), base64.StdEncoding.EncodeToString(data[:50])} {
		_, err := seal.FromText(text)
		if !errors.Is(err, seal.ErrKeys) || !strings.Contains(err.Error(), "MASTER_KEY") {
			t.Errorf("FromText(%.10q…): error = %v, want %v", text, err, seal.ErrKeys)
		}
	}
}

// An error of the system names the file, what it means, and what to do.
func TestErrorsOfTheSystemSayWhatToDo(t *testing.T) {
	path, _ := keyFile(t)
	nowhere := filepath.Join(t.TempDir(), "none", "master.keys")
	blocked := filepath.Join(path, "master.keys")
	_, created := seal.LoadOrCreate(nowhere)
	_, loaded := seal.Load(blocked)
	for name, tt := range map[string]struct {
		err   error
		parts []string
	}{
		"no directory":          {created, []string{nowhere, "can't be written (no such file", "name another place with master_key_file"}},
		"a file in the way":     {loaded, []string{blocked, "can't be read (not a directory)", "name the right file with master_key_file"}},
		"rotation of no file":   {seal.Rotate(filepath.Join(filepath.Dir(path), "other")), []string{"other can't be read (no such file", "name the right file"}},
		"rotation of no folder": {seal.Rotate(nowhere), []string{nowhere, "can't be written", "name another place"}},
	} {
		for _, part := range append(tt.parts, "The master key file ") {
			if !errors.Is(tt.err, seal.ErrKeys) || !strings.Contains(tt.err.Error(), part) {
				t.Errorf("%s: %v, want an error with %q", name, tt.err, part)
			}
		}
	}
}

// A refused file leaves the keys as they were.
func TestReloadAsksBeforeItUsesTheKeys(t *testing.T) {
	path, s := keyFile(t)
	sealed := mustSeal(t, s, "top", "a")
	other, _ := keyFile(t)
	refused := errors.New("refused")
	err := s.Reload(other, func(next *seal.Sealer) error {
		if next.HasKeyOf(sealed) {
			t.Error("accept was asked about the old keys, want the new ones")
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("Reload = %v, want %v", err, refused)
	}
	opens(t, s, sealed, "top")
	opens(t, load(t, path), sealed, "top")
}
