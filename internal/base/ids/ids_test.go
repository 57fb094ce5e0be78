package ids_test

import (
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/base/ids"
)

func TestFormatOfIDs(t *testing.T) {
	tests := []struct {
		name string
		make func() string
		form string
	}{
		{"UUID", ids.UUID, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{"PoolName", ids.PoolName, `^[A-Za-z0-9]{9}$`},
		{"ClientID", ids.ClientID, `^[0-9a-v]{26}$`},
		{"ClientSecret", ids.ClientSecret, `^[0-9a-v]{52}$`},
		{"Token", ids.Token, `^[A-Za-z0-9_-]{43}$`},
		{"Hex", func() string { return ids.Hex(16) }, `^[0-9a-f]{32}$`},
		{"Digits", func() string { return ids.Digits(6) }, `^[0-9]{6}$`},
	}
	for _, tt := range tests {
		form := regexp.MustCompile(tt.form)
		for range 200 {
			if got := tt.make(); !form.MatchString(got) {
				t.Fatalf("%s = %q, want the form %s", tt.name, got, tt.form)
			}
		}
	}
}

func TestEveryCharacterIsUsed(t *testing.T) {
	const alphabet = "abcdefghij"
	text := ids.From(alphabet, 5000)
	for _, c := range alphabet {
		if n := strings.Count(text, string(c)); n < 350 || n > 650 {
			t.Errorf("%q was drawn %d times of 5000, want about 500", c, n)
		}
	}
}

func TestSecretFromDependsOnTheSeed(t *testing.T) {
	one, same, two := make([]byte, 32), make([]byte, 32), make([]byte, 32)
	two[31] = 1
	if ids.SecretFrom(one) != ids.SecretFrom(same) || ids.SecretFrom(one) == ids.SecretFrom(two) {
		t.Error("SecretFrom must give the same secret for the same seed, and another for another seed")
	}
}
