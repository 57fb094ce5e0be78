package server

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/operator"
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
	st := emptyStore(t)
	sealer, err := openSealer(t.Context(), c, st)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	k := newKeyFile(c, sealer, st, slog.New(slog.NewTextHandler(&log, nil)))
	k.follow(t.Context())
	if log.Len() > 0 {
		t.Errorf("an unchanged file was read again; log: %s", &log)
	}
	if err := RotateMasterKeys(c, AddAndPromote); err != nil {
		t.Fatal(err)
	}
	other, err := openSealer(t.Context(), c, st)
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
	newKeyFile(c, nil, nil, nil).follow(t.Context()) // must not read a file
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

// keyFileOfAnother replaces the file of the master keys by another
// installation's.
func keyFileOfAnother(t *testing.T, c *config.Config) {
	t.Helper()
	if err := os.Remove(c.MasterKeyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreate(c.MasterKeyFile); err != nil {
		t.Fatal(err)
	}
}

// Another installation's keys are noticed before anything is written with them.
func TestKeysOfAnotherInstallationAreRefused(t *testing.T) {
	for name, fill := range map[string]func(*testing.T, *config.Config){
		"content": func(t *testing.T, c *config.Config) {
			keys, done, err := OpenKeys(t.Context(), c, Patience{})
			if err != nil {
				t.Fatal(err)
			}
			defer done()
			if _, _, err := keys.CreateKey(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		},
		"no content yet": func(t *testing.T, c *config.Config) {
			_, done, err := OpenKeys(t.Context(), c, Patience{})
			if err != nil {
				t.Fatal(err)
			}
			done()
		},
		"content from before there were marks": func(t *testing.T, c *config.Config) {
			st, err := store.Open(t.Context(), c.Database.Reveal(), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			sealer, err := seal.LoadOrCreate(c.MasterKeyFile)
			if err != nil {
				t.Fatal(err)
			}
			keys := operator.New(operator.Config{Store: st, Sealer: sealer})
			if _, _, err := keys.CreateKey(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := configIn(t, t.TempDir())
			fill(t, c)
			right, err := os.ReadFile(c.MasterKeyFile)
			if err != nil {
				t.Fatal(err)
			}
			keyFileOfAnother(t, c)
			_, _, err = OpenKeys(t.Context(), c, Patience{})
			for _, part := range []string{c.MasterKeyFile, "are not those of the SQLite database", "Restore the right keys"} {
				if !errors.Is(err, seal.ErrKeys) || !strings.Contains(err.Error(), part) {
					t.Errorf("OpenKeys with other keys: %v, want an error with %q", err, part)
				}
			}
			if _, err := RotateSigningKeys(t.Context(), c, Patience{}, "us-east-1_x"); !errors.Is(err, seal.ErrKeys) {
				t.Errorf("RotateSigningKeys with other keys: %v, want %v", err, seal.ErrKeys)
			}
			if err := os.WriteFile(c.MasterKeyFile, right, 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the first start may make the mark
				_, done, err := OpenKeys(t.Context(), c, Patience{})
				if err != nil {
					t.Fatalf("OpenKeys with the right keys: %v", err)
				}
				done()
			}
			keyFileOfAnother(t, c)
			if _, _, err := OpenKeys(t.Context(), c, Patience{}); !errors.Is(err, seal.ErrKeys) {
				t.Errorf("OpenKeys with other keys after the right ones: %v, want %v", err, seal.ErrKeys)
			}
		})
	}
}

// A copy of the file from before a rotation lacks the key that seals now.
func TestCopyOfTheKeysFromBeforeARotationIsRefused(t *testing.T) {
	c := configIn(t, t.TempDir())
	start := func() error {
		_, done, err := OpenKeys(t.Context(), c, Patience{})
		if err == nil {
			done()
		}
		return err
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(c.MasterKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := RotateMasterKeys(c, AddAndPromote); err != nil {
		t.Fatal(err)
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.MasterKeyFile, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start(); !errors.Is(err, seal.ErrKeys) {
		t.Errorf("a start with the old copy: %v, want %v", err, seal.ErrKeys)
	}
}

// Of two nodes that start at once with keys of their own, one may use the
// database.
func TestOneOfTwoNodesWithDifferentKeysStarts(t *testing.T) {
	st := emptyStore(t)
	errs := make([]error, 8)
	var nodes sync.WaitGroup
	for i := range errs {
		c := configIn(t, t.TempDir())
		if _, err := seal.LoadOrCreate(c.MasterKeyFile); err != nil {
			t.Fatal(err)
		}
		nodes.Go(func() { _, errs[i] = openSealer(t.Context(), c, st) })
	}
	nodes.Wait()
	started := 0
	for i, err := range errs {
		switch {
		case err == nil:
			started++
		case !errors.Is(err, seal.ErrKeys):
			t.Errorf("node %d: %v, want nil or %v", i, err, seal.ErrKeys)
		}
	}
	if started != 1 {
		t.Errorf("%d nodes started with different keys, want 1", started)
	}
}

// A running process does not take up the keys of another installation.
func TestRunningProcessKeepsItsKeysBesideAnothersFile(t *testing.T) {
	c := configIn(t, t.TempDir())
	st := emptyStore(t)
	sealer, err := openSealer(t.Context(), c, st)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Seal([]byte("old"), "a")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	k := newKeyFile(c, sealer, st, slog.New(slog.NewTextHandler(&log, nil)))
	keyFileOfAnother(t, c)
	k.follow(t.Context())
	if got, err := sealer.Open(sealed, "a"); err != nil || string(got) != "old" {
		t.Errorf("Open = %q, %v, want what was sealed", got, err)
	}
	if !strings.Contains(log.String(), "are not those of") {
		t.Errorf("the log does not say why: %s", &log)
	}
}
