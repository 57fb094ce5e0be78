package server

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

func configIn(t *testing.T, dir string) *config.Config {
	t.Helper()
	c, err := config.Load(settings.Source{Data: []byte("data_dir: " + dir)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// emptyStore returns a store without content.
func emptyStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// New master keys open nothing of what the lost ones sealed: nobody could sign
// in, and what is sealed from then on would be lost with the next restore.
func TestLostMasterKeysAreNotReplaced(t *testing.T) {
	dir := t.TempDir()
	c := configIn(t, dir)
	keys, done, err := OpenKeys(t.Context(), c, Patience{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := keys.CreateKey(t.Context(), "terraform"); err != nil {
		t.Fatal(err)
	}
	done()
	if err := os.Remove(c.MasterKeyFile); err != nil {
		t.Fatal(err)
	}
	starts := map[string]func() error{
		"serve": func() error {
			s, err := New(t.Context(), Options{Config: c})
			if err == nil {
				s.Close()
			}
			return err
		},
		"keys create": func() error {
			_, done, err := OpenKeys(t.Context(), c, Patience{})
			if err == nil {
				done()
			}
			return err
		},
		"dev": func() error {
			_, _, err := NewDev(DevConfig{Listen: "127.0.0.1:9229", DataDir: dir, AppURL: "http://127.0.0.1:1"})
			return err
		},
	}
	for name, start := range starts {
		err := start()
		if !errors.Is(err, seal.ErrKeys) || !strings.Contains(err.Error(), c.MasterKeyFile) || !strings.Contains(err.Error(), "Restore the file") {
			t.Errorf("%s: %v, want an error that names %s and says what to do", name, err, c.MasterKeyFile)
		}
		if _, err := os.Stat(c.MasterKeyFile); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s made new master keys: %v", name, err)
		}
	}
}

// After each step of a rotation, all access keys can still be opened.
func TestOldAccessKeysOpenAfterARotation(t *testing.T) {
	c := configIn(t, t.TempDir())
	secrets := map[string]seal.Secret{}
	for _, step := range []RotationStep{-1, AddAndPromote, AddKey, PromoteKey} {
		if step >= 0 {
			if err := RotateMasterKeys(c, step); err != nil {
				t.Fatal(err)
			}
		}
		keys, done, err := OpenKeys(t.Context(), c, Patience{})
		if err != nil {
			t.Fatal(err)
		}
		k, secret, err := keys.CreateKey(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		secrets[k.ID] = secret
		for id, want := range secrets {
			if got, err := keys.SecretOf(t.Context(), id); err != nil || got != want {
				t.Errorf("after step %d: the secret of %s: error %v, want the secret that was created", step, id, err)
			}
		}
		done()
	}
	if info, err := os.Stat(c.MasterKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the master key file: mode %v, error %v, want mode 600", info.Mode(), err)
	}
}

func TestRunningProcessReadsAChangedKeyFile(t *testing.T) {
	c := configIn(t, t.TempDir())
	sealer, err := openSealer(t.Context(), c, emptyStore(t))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	k := newKeyFile(c, sealer, slog.New(slog.NewTextHandler(&log, nil)))
	k.follow(t.Context())
	if log.Len() > 0 {
		t.Errorf("an unchanged file was read again; log: %s", &log)
	}
	if err := RotateMasterKeys(c, AddAndPromote); err != nil {
		t.Fatal(err)
	}
	other, err := openSealer(t.Context(), c, emptyStore(t))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := other.Seal([]byte("new"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealer.Open(sealed, "a"); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("before: Open = %v, want %v", err, seal.ErrBroken)
	}
	k.follow(t.Context())
	if got, err := sealer.Open(sealed, "a"); err != nil || string(got) != "new" {
		t.Errorf("after: Open = %q, %v, want %q", got, err, "new")
	}

	// A file that cannot be read is logged once, and the old keys stay in use.
	if err := os.WriteFile(c.MasterKeyFile, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	k.follow(t.Context())
	k.follow(t.Context())
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("a broken file was logged %d times, want once: %s", n, &log)
	}
	if err := os.Remove(c.MasterKeyFile); err != nil {
		t.Fatal(err)
	}
	k.follow(t.Context())
	if got, err := sealer.Open(sealed, "a"); err != nil || string(got) != "new" {
		t.Errorf("with a broken file: Open = %q, %v, want %q", got, err, "new")
	}
}

func TestMasterKeysInTheConfigurationCannotBeRotated(t *testing.T) {
	c := &config.Config{}
	if err := RotateMasterKeys(c, AddAndPromote); !errors.Is(err, ErrNoKeyFile) {
		t.Errorf("RotateMasterKeys = %v, want %v", err, ErrNoKeyFile)
	}
	newKeyFile(c, nil, nil).follow(t.Context()) // must not read a file
}

func TestLockOfAnInterruptedRotationStopsTheNext(t *testing.T) {
	c := configIn(t, t.TempDir())
	if _, err := openSealer(t.Context(), c, emptyStore(t)); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(c.DataDir, "master.key.lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(c.MasterKeyFile)
	if err := RotateMasterKeys(c, AddAndPromote); !errors.Is(err, seal.ErrKeys) || !strings.Contains(err.Error(), "remove "+lock) {
		t.Errorf("RotateMasterKeys = %v, want an error that names %s", err, lock)
	}
	if after, _ := os.ReadFile(c.MasterKeyFile); !bytes.Equal(before, after) {
		t.Error("RotateMasterKeys changed the keys")
	}
}
