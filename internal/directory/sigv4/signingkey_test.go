package sigv4

import (
	"strconv"
	"testing"

	"gatehouse/internal/base/seal"
)

// Keys that are kept are those of their secret and scope, and they are few.
func TestKeptSigningKeys(t *testing.T) {
	var k signingKeys
	day := scope{"20260102", "us-east-1", "cognito-idp"}
	for range 2 {
		for _, secret := range []seal.Secret{"", "one", "two"} {
			for _, s := range []scope{day, {"20260103", "us-east-1", "cognito-idp"}, {"20260102", "us-east-2", "cognito-idp"}, {"20260102", "us-east-1", "kms"}} {
				if k.of(secret, s) != derive(secret, s) {
					t.Errorf("the key of %q for %v is another one's", secret.Reveal(), s)
				}
			}
		}
	}
	if len(k.kept) != 12 {
		t.Errorf("%d keys are kept, want 12", len(k.kept))
	}
	for i := range 3 * maxKeys {
		k.of("one", scope{day.day, "region-" + strconv.Itoa(i), day.service})
		if len(k.kept) > maxKeys {
			t.Fatalf("%d keys are kept, want at most %d", len(k.kept), maxKeys)
		}
	}
	if k.of("one", day) != derive("one", day) {
		t.Error("a key that was forgotten is wrong")
	}
}
