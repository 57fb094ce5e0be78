package userpool_test

import (
	"errors"
	"strings"
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
