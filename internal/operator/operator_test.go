package operator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/operator"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/forge"
)

// clock is a time that tests set.
type clock struct{ now time.Time }

// openStore returns an empty store.
func openStore(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// engines returns two engines over one store, like those of two processes.
func engines(t *testing.T) (here, there *operator.Engine, kept *store.Store, c *clock) {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	kept, c = openStore(t), &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	now := func() time.Time { return c.now }
	config := operator.Config{Store: kept, Sealer: sealer, Now: now}
	return operator.New(config), operator.New(config), kept, c
}

func mustKey(t *testing.T, e *operator.Engine, name string) (*operator.Key, seal.Secret) {
	t.Helper()
	k, secret, err := e.CreateKey(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return k, secret
}

func mustToken(t *testing.T, e *operator.Engine, name string) (*operator.Key, seal.Secret) {
	t.Helper()
	k, secret, err := e.CreateToken(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return k, secret
}

func TestAKeyHasTheFormThatClientsExpect(t *testing.T) {
	e, _, _, _ := engines(t)
	k, secret := mustKey(t, e, "ci")
	if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(k.ID) {
		t.Errorf("ID = %q", k.ID)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(secret.Reveal()) {
		t.Errorf("secret = %q", secret.Reveal())
	}
	other, otherSecret := mustKey(t, e, "ci")
	if other.ID == k.ID || otherSecret == secret {
		t.Error("two keys are alike")
	}
}

func TestSecretOf(t *testing.T) {
	here, there, _, _ := engines(t)
	k, secret := mustKey(t, here, "ci")
	for name, e := range map[string]*operator.Engine{"here": here, "there": there} {
		if got, err := e.SecretOf(t.Context(), k.ID); err != nil || !got.Equal(secret.Reveal()) {
			t.Errorf("%s: SecretOf = %q, %v, want %q", name, got.Reveal(), err, secret.Reveal())
		}
	}
	for _, id := range []string{"", "AKIAAAAAAAAAAAAAAAAA", strings.ToLower(k.ID)} {
		if _, err := here.SecretOf(t.Context(), id); !errors.Is(err, operator.ErrKeyNotFound) {
			t.Errorf("SecretOf(%q): error = %v, want %v", id, err, operator.ErrKeyNotFound)
		}
	}
}

// With a clock that stepped back, a secret read before looked fresh until the clock
// had caught up, and a key that another process revoked stayed valid.
func TestARevokedKeyIsRefusedAfterTheClockSteppedBack(t *testing.T) {
	here, there, _, c := engines(t)
	k, _ := mustKey(t, here, "ci")
	if _, err := there.SecretOf(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	if err := here.Revoke(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(-time.Hour)
	if _, err := there.SecretOf(t.Context(), k.ID); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("in the other engine: error = %v, want %v", err, operator.ErrKeyNotFound)
	}
}

func TestARevokedKeyIsRefused(t *testing.T) {
	here, there, _, c := engines(t)
	k, _ := mustKey(t, here, "ci")
	there.SecretOf(t.Context(), k.ID)
	here.SecretOf(t.Context(), k.ID)
	for range 2 {
		if err := here.Revoke(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := here.SecretOf(t.Context(), k.ID); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("in the engine that revoked it: error = %v, want %v", err, operator.ErrKeyNotFound)
	}
	c.now = c.now.Add(operator.Freshness)
	if _, err := there.SecretOf(t.Context(), k.ID); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("in another engine, after %v: error = %v, want %v", operator.Freshness, err, operator.ErrKeyNotFound)
	}
	keys, err := here.List(t.Context())
	if err != nil || len(keys) != 1 || keys[0].Revoked.IsZero() {
		t.Errorf("List = %+v, %v, want the revoked key", keys, err)
	}
	if err := here.Revoke(t.Context(), "AKIA0"); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("revoking an unknown key: error = %v, want %v", err, operator.ErrKeyNotFound)
	}
}

func TestAMovedSecretDoesNotOpen(t *testing.T) {
	e, _, store, _ := engines(t)
	strong, _ := mustKey(t, e, "strong")
	forged := &operator.Key{ID: "AKIAFORGEDFORGEDFORG", Kind: operator.AccessKey, Sealed: strong.Sealed}
	if err := store.CreateKey(t.Context(), forged); err != nil {
		t.Fatal(err)
	}
	_, err := e.SecretOf(t.Context(), forged.ID)
	if err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("error = %v of kind %v, want an internal one", err, fault.KindOf(err))
	}
}

func TestTheLastUseIsWrittenOnceAMinute(t *testing.T) {
	e, _, store, c := engines(t)
	k, _ := mustKey(t, e, "ci")
	start := c.now
	steps := []struct{ after, want time.Duration }{{0, 0}, {30 * time.Second, 0}, {time.Minute, time.Minute}, {119 * time.Second, time.Minute}}
	for _, step := range steps {
		c.now = start.Add(step.after)
		if err := e.KeyUsed(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
		if got, _ := store.Key(t.Context(), k.ID); !got.LastUsed.Equal(start.Add(step.want)) {
			t.Errorf("after %v: LastUsed = %v, want %v", step.after, got.LastUsed, start.Add(step.want))
		}
	}
}

func TestCheckToken(t *testing.T) {
	here, there, store, c := engines(t)
	token, bearer := mustToken(t, here, "terraform")
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{40}$`).MatchString(bearer.Reveal()) {
		t.Errorf("token = %q", bearer.Reveal())
	}
	got, err := there.CheckToken(t.Context(), bearer.Reveal())
	if err != nil || got.ID != token.ID || !got.LastUsed.Equal(c.now) {
		t.Errorf("CheckToken = %+v, %v, want %s used at %v", got, err, token.ID, c.now)
	}
	kept, _ := store.Keys(t.Context())
	if data, _ := json.Marshal(kept); strings.Contains(string(data), bearer.Reveal()) || !bytes.Equal(kept[0].Hash, seal.Hash(bearer.Reveal())) {
		t.Errorf("the store holds %s", data)
	}
}

func TestAWrongTokenIsRefused(t *testing.T) {
	e, _, _, _ := engines(t)
	token, bearer := mustToken(t, e, "terraform")
	good := bearer.Reveal()
	for _, bad := range []string{"", good[:39], good + "A", forge.Text(good), " " + good, token.ID, string(seal.Hash(good)), strings.Repeat("A", 40)} {
		if _, err := e.CheckToken(t.Context(), bad); !errors.Is(err, operator.ErrTokenInvalid) {
			t.Errorf("CheckToken(%q): error = %v, want %v", bad, err, operator.ErrTokenInvalid)
		}
	}
	for range 2 {
		if err := e.Revoke(t.Context(), token.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.CheckToken(t.Context(), good); !errors.Is(err, operator.ErrTokenInvalid) {
		t.Errorf("after revocation: error = %v, want %v", err, operator.ErrTokenInvalid)
	}
	if err := e.Revoke(t.Context(), "none"); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("revoking an unknown token: error = %v, want %v", err, operator.ErrKeyNotFound)
	}
	if list, _ := e.List(t.Context()); len(list) != 1 || list[0].Revoked.IsZero() {
		t.Errorf("List = %+v, want the revoked token", list)
	}
}

func TestAFailingStoreAuthenticatesNobody(t *testing.T) {
	dead := errors.New("disk on fire")
	e := operator.New(operator.Config{Store: broken{err: dead}})
	if _, err := e.SecretOf(t.Context(), "AKIAAAAAAAAAAAAAAAAA"); !errors.Is(err, dead) {
		t.Errorf("SecretOf: error = %v, want %v", err, dead)
	}
	_, err := e.CheckToken(t.Context(), strings.Repeat("A", 40))
	if !errors.Is(err, dead) || errors.Is(err, operator.ErrTokenInvalid) {
		t.Errorf("CheckToken: error = %v, want %v", err, dead)
	}
}

// broken is a store that fails.
type broken struct {
	operator.Store
	err error
}

func (b broken) Key(context.Context, string) (*operator.Key, error)       { return nil, b.err }
func (b broken) KeyByHash(context.Context, []byte) (*operator.Key, error) { return nil, b.err }

func TestOneKindIsNotAcceptedAsTheOther(t *testing.T) {
	e, _, store, _ := engines(t)
	token, _ := mustToken(t, e, "terraform")
	if _, err := e.SecretOf(t.Context(), token.ID); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("SecretOf a token: error = %v, want %v", err, operator.ErrKeyNotFound)
	}
	bearer := strings.Repeat("A", 40)
	err := store.CreateKey(t.Context(), &operator.Key{ID: "AKIA0", Kind: operator.AccessKey, Hash: seal.Hash(bearer)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.CheckToken(t.Context(), bearer); !errors.Is(err, operator.ErrTokenInvalid) {
		t.Errorf("CheckToken with an access key: error = %v, want %v", err, operator.ErrTokenInvalid)
	}
}

func TestNames(t *testing.T) {
	e, _, _, _ := engines(t)
	for name, ok := range map[string]bool{
		"": true, "Zoë's laptop": true, strings.Repeat("ü", 128): true,
		strings.Repeat("a", 129): false, "a\nb": false, "a\x1b[31m": false, "\xff": false,
	} {
		_, _, keyErr := e.CreateKey(t.Context(), name)
		_, _, tokenErr := e.CreateToken(t.Context(), name)
		for what, err := range map[string]error{"key": keyErr, "token": tokenErr} {
			if ok && err != nil || !ok && !errors.Is(err, operator.ErrName) {
				t.Errorf("%s named %q: error = %v, want accepted = %v", what, name, err, ok)
			}
		}
	}
}

func TestAKeyShowsNoSecret(t *testing.T) {
	e, _, _, _ := engines(t)
	k, secret := mustKey(t, e, "ci")
	if out := fmt.Sprintf("%v %+v %s", k, k, secret); strings.Contains(out, secret.Reveal()) {
		t.Errorf("output: %s", out)
	}
}

func BenchmarkSecretOf(b *testing.B) {
	sealer, err := seal.New()
	if err != nil {
		b.Fatal(err)
	}
	e := operator.New(operator.Config{Store: openStore(b), Sealer: sealer})
	k, _, err := e.CreateKey(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.SecretOf(b.Context(), k.ID); err != nil {
			b.Fatal(err)
		}
	}
}
