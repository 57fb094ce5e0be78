package operator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/operator"
	"gatehouse/internal/testing/forge"
)

func TestAServiceAccount(t *testing.T) {
	here, there, kept, clock := engines(t)
	facts := operator.Facts{Groups: []string{"robots"}, Claims: map[string]string{"team": "ops"}}
	k, token, err := here.CreateAccount(t.Context(), "backup", facts, clock.now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !operator.IsAccountToken(token.Reveal()) || len(token.Reveal()) != 45 {
		t.Errorf("token = %q", token.Reveal())
	}
	stored, err := kept.Key(t.Context(), k.ID)
	if err != nil || strings.Contains(string(stored.Hash)+string(stored.Sealed), token.Reveal()[5:]) {
		t.Errorf("the store has %+v, %v; want no token", stored, err)
	}
	got, err := there.CheckAccount(t.Context(), token)
	if err != nil || got.Name != "backup" || got.Facts.Groups[0] != "robots" || got.Facts.Claims["team"] != "ops" {
		t.Errorf("CheckAccount = %+v, %v", got, err)
	}
	if used, err := kept.Key(t.Context(), k.ID); err != nil || !used.LastUsed.Equal(clock.now) {
		t.Errorf("the last use is %v, %v; want now", used, err)
	}
	clock.now = clock.now.Add(time.Hour)
	if _, err := here.CheckAccount(t.Context(), token); !errors.Is(err, operator.ErrAccountInvalid) {
		t.Errorf("after its end: %v, want ErrAccountInvalid", err)
	}
}

func TestTokensThatAreNoServiceAccounts(t *testing.T) {
	e, _, _, _ := engines(t)
	k, token, err := e.CreateAccount(t.Context(), "backup", operator.Facts{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	_, api := mustToken(t, e, "api")
	for name, bad := range map[string]string{
		"nothing": "", "changed": forge.Text(token.Reveal()), "shorter": token.Reveal()[:44], "longer": token.Reveal() + "a",
		"an API token": api.Reveal(), "an API token in its form": "ghsa_" + api.Reveal(),
	} {
		if _, err := e.CheckAccount(t.Context(), seal.Secret(bad)); !errors.Is(err, operator.ErrAccountInvalid) {
			t.Errorf("%s: %v, want ErrAccountInvalid", name, err)
		}
	}
	if _, err := e.CheckToken(t.Context(), token.Reveal()); !errors.Is(err, operator.ErrTokenInvalid) {
		t.Errorf("a service account administers: %v, want ErrTokenInvalid", err)
	}
	if _, err := e.SecretOf(t.Context(), k.ID); !errors.Is(err, operator.ErrKeyNotFound) {
		t.Errorf("a service account signs: %v, want ErrKeyNotFound", err)
	}
	if err := e.Revoke(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := e.CheckAccount(t.Context(), token); !errors.Is(err, operator.ErrAccountInvalid) {
		t.Errorf("revoked: %v, want ErrAccountInvalid", err)
	}
}

func TestServiceAccountsThatAreNotMade(t *testing.T) {
	e, _, kept, clock := engines(t)
	many := make([]string, 101)
	for i := range many {
		many[i] = "g"
	}
	for name, tt := range map[string]struct {
		name    string
		facts   operator.Facts
		expires time.Time
		want    error
	}{
		"no name":          {"", operator.Facts{}, time.Time{}, operator.ErrAccountName},
		"an address":       {"alice@example.com", operator.Facts{}, time.Time{}, operator.ErrAccountName},
		"a slash":          {"ci/job", operator.Facts{}, time.Time{}, operator.ErrAccountName},
		"a long name":      {strings.Repeat("a", 65), operator.Facts{}, time.Time{}, operator.ErrAccountName},
		"an empty group":   {"a", operator.Facts{Groups: []string{""}}, time.Time{}, operator.ErrAccountFacts},
		"a line break":     {"a", operator.Facts{Claims: map[string]string{"x": "a\nb"}}, time.Time{}, operator.ErrAccountFacts},
		"too many groups":  {"a", operator.Facts{Groups: many}, time.Time{}, operator.ErrAccountFacts},
		"an end in a past": {"a", operator.Facts{}, clock.now, operator.ErrAccountEnd},
	} {
		if _, _, err := e.CreateAccount(t.Context(), tt.name, tt.facts, tt.expires); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if all, err := kept.Keys(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("the store has %d keys, %v; want none", len(all), err)
	}
}
