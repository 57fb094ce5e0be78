package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

// publishedKeys starts a server and returns the ids of the published keys of a
// pool.
func publishedKeys(t *testing.T, dir string) []string {
	t.Helper()
	s, err := server.New(context.Background(), server.Options{Config: load(t, dir, secretOne, admins)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var set struct {
		Keys []struct{ Kid string }
	}
	body := get(s, "https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json", nil).Body
	if err := json.Unmarshal(body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range set.Keys {
		ids = append(ids, k.Kid)
	}
	return ids
}

// A rotation publishes new keys, and the old keys stay published. A second
// rotation creates no further keys until the new keys sign.
func TestRotationPublishesNewAndOldSigningKeys(t *testing.T) {
	dir := t.TempDir()
	old := publishedKeys(t, dir)
	c := load(t, dir, secretOne, admins)
	first, err := server.RotateSigningKeys(t.Context(), c, server.Patience{}, "us-east-1_Staff0001")
	if err != nil {
		t.Fatal(err)
	}
	if wait := time.Until(first.SignsFrom); wait < time.Hour {
		t.Errorf("the new keys start to sign in %v, want at least an hour", wait)
	}
	again, err := server.RotateSigningKeys(t.Context(), c, server.Patience{}, "us-east-1_Staff0001")
	if err != nil || !slices.Equal(again.KeyIDs, first.KeyIDs) {
		t.Errorf("a second rotation: %v, %v, want the keys of the first, %v", again, err, first.KeyIDs)
	}
	published := publishedKeys(t, dir)
	for _, id := range append(old, first.KeyIDs...) {
		if !slices.Contains(published, id) {
			t.Errorf("the key %s is not among the published keys %v", id, published)
		}
	}
	if len(published) != 4 {
		t.Errorf("published keys: %v, want two old and two new keys", published)
	}
}

func TestRotateSigningKeysOfAnUnknownPool(t *testing.T) {
	dir := t.TempDir()
	publishedKeys(t, dir)
	c := load(t, dir, secretOne, admins)
	if _, err := server.RotateSigningKeys(t.Context(), c, server.Patience{}, "us-east-1_Nobody001"); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("RotateSigningKeys = %v, want %v", err, userpool.ErrPoolNotFound)
	}
}

// On a machine without the master keys, a rotation must fail. With new master
// keys, it would seal signing keys that no node can open.
func TestRotateSigningKeysCreatesNoMasterKeys(t *testing.T) {
	dir := t.TempDir()
	publishedKeys(t, dir)
	c := load(t, dir, secretOne, admins)
	if err := os.Remove(c.MasterKeyFile); err != nil {
		t.Fatal(err)
	}
	_, err := server.RotateSigningKeys(t.Context(), c, server.Patience{}, "us-east-1_Staff0001")
	if !errors.Is(err, seal.ErrKeys) {
		t.Errorf("RotateSigningKeys = %v, want %v", err, seal.ErrKeys)
	}
	if _, err := os.Stat(c.MasterKeyFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the master key file: error %v, want that it does not exist", err)
	}
}
