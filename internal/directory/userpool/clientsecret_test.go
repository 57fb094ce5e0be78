package userpool_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Cognito: "Computing secret hash values". Another program computed the expected
// value.
func TestSecretHashVector(t *testing.T) {
	got := userpool.SecretHash("secret", "alice", "1example23456789")
	if want := "SRSokfDPYgNH3Tm3eRbqKCsFZg9Ia07+tqRIgXhLH5s="; got.Reveal() != want {
		t.Errorf("%s, want %s", got.Reveal(), want)
	}
}

func TestSecrets(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	public := d.MustClient(userpool.ClientSettings{})
	chosen := d.MustNewClient(userpool.NewClient{Name: "chosen", Secret: "anownsecretof24characters"})
	generated := d.MustNewClient(userpool.NewClient{Name: "generated", GenerateSecret: true})
	secret, err := d.Pools.Reveal(generated)
	if err != nil || len(secret) != 52 {
		t.Errorf("generated secret of %d characters, %v; want 52", len(secret), err)
	}
	if strings.Contains(string(generated.Secrets[0].Sealed), secret.Reveal()) {
		t.Error("the stored secret is not sealed")
	}
	tests := []struct {
		name   string
		client *userpool.Client
		given  string
		want   error
	}{
		{"chosen", chosen, "anownsecretof24characters", nil},
		{"generated", generated, secret.Reveal(), nil},
		{"public client, none", public, "", nil},
		{"public client, any", public, "x", userpool.ErrSecretMismatch},
		{"missing", chosen, "", userpool.ErrSecretMissing},
		{"of another client", chosen, secret.Reveal(), userpool.ErrSecretMismatch},
		{"cut off", generated, secret.Reveal()[:51], userpool.ErrSecretMismatch},
	}
	for _, test := range tests {
		if err := d.Pools.CheckSecret(test.client, seal.Secret(test.given)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	moved := *chosen
	moved.ID = generated.ID
	if err := d.Pools.CheckSecret(&moved, "anownsecretof24characters"); err == nil {
		t.Error("a sealed secret works for another client")
	}
	if _, err := d.Pools.Reveal(public); !errors.Is(err, userpool.ErrSecretMissing) {
		t.Errorf("the secret of a public client: %v", err)
	}
}

// A client changes its secret without a moment in which none is valid.
func TestASecretIsRotated(t *testing.T) {
	d, ctx := enginetest.New(t, userpool.Settings{}), t.Context()
	c := d.MustNewClient(userpool.NewClient{Name: "app", Secret: "theoldsecretof24letters0"})
	valid := func(secret seal.Secret) bool {
		t.Helper()
		now, err := d.Pools.Client(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		plain := d.Pools.CheckSecret(now, secret) == nil
		if hashed := d.Pools.CheckSecretHash(now, "alice", userpool.SecretHash(secret, "alice", c.ID)) == nil; hashed != plain {
			t.Errorf("the secret is valid: %t, its hash: %t", plain, hashed)
		}
		return plain
	}
	added, fresh, err := d.Pools.AddSecret(ctx, d.Pool.ID, c.ID, "")
	if err != nil || len(fresh) != 52 {
		t.Fatalf("a secret of %d characters, %v", len(fresh), err)
	}
	if !valid("theoldsecretof24letters0") || !valid(fresh) {
		t.Error("one of two secrets is not valid")
	}
	if added.ID == c.Secrets[0].ID {
		t.Errorf("two secrets of one second have the id %s", added.ID)
	}
	if _, _, err := d.Pools.AddSecret(ctx, d.Pool.ID, c.ID, "athirdsecretof24letters0"); !errors.Is(err, userpool.ErrTooManyResources) || valid("athirdsecretof24letters0") {
		t.Errorf("a third secret: %v", err)
	}
	if err := d.Pools.DeleteSecret(ctx, d.Pool.ID, c.ID, "none"); !errors.Is(err, userpool.ErrSecretNotFound) {
		t.Errorf("delete an unknown secret: %v", err)
	}
	if err := d.Pools.DeleteSecret(ctx, d.Pool.ID, c.ID, c.Secrets[0].ID); err != nil || valid("theoldsecretof24letters0") || !valid(fresh) {
		t.Errorf("after deleting the old one: %v; old valid %t, new valid %t", err, valid("theoldsecretof24letters0"), valid(fresh))
	}
	if err := d.Pools.DeleteSecret(ctx, d.Pool.ID, c.ID, added.ID); !errors.Is(err, userpool.ErrClientSettings) || !valid(fresh) {
		t.Errorf("delete the last secret: %v", err)
	}
	if _, _, err := d.Pools.AddSecret(ctx, d.Pool.ID, c.ID, fresh); !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("add the same secret: %v", err)
	}
}

// A client that was public stays public: its programs have no secret to send.
func TestAPublicClientGetsNoSecret(t *testing.T) {
	d, ctx := enginetest.New(t, userpool.Settings{}), t.Context()
	public := d.MustClient(userpool.ClientSettings{})
	if _, _, err := d.Pools.AddSecret(ctx, d.Pool.ID, public.ID, ""); !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("%v, want ErrClientSettings", err)
	}
	if c, err := d.Pools.Client(ctx, public.ID); err != nil || c.Confidential() {
		t.Errorf("the client has a secret: %v", err)
	}
	if _, _, err := d.Pools.AddSecret(ctx, d.Pool.ID, "none", ""); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("unknown client: %v", err)
	}
}

// Of many requests for a secret at once, one gets the second place.
func TestNoMoreThanTwoSecrets(t *testing.T) {
	d, ctx := enginetest.New(t, userpool.Settings{}), t.Context()
	c := d.MustNewClient(userpool.NewClient{Name: "app", GenerateSecret: true})
	var wait sync.WaitGroup
	var added atomic.Int32
	for range 8 {
		wait.Go(func() {
			if _, _, err := d.Pools.AddSecret(ctx, d.Pool.ID, c.ID, ""); err == nil {
				added.Add(1)
			} else if !errors.Is(err, userpool.ErrTooManyResources) {
				t.Errorf("%v, want ErrTooManyResources", err)
			}
		})
	}
	wait.Wait()
	if now, err := d.Pools.Client(ctx, c.ID); err != nil || added.Load() != 1 || len(now.Secrets) != 2 {
		t.Errorf("%d added, %d secrets, %v; want one added and two secrets", added.Load(), len(now.Secrets), err)
	}
}
