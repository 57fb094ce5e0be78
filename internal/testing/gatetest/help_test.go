package gatetest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/aws/smithy-go"

	"gatehouse/internal/base/seal"
)

func secret(s string) seal.Secret { return seal.Secret(s) }

// wantException checks the name and the message of an exception. An empty text
// allows every message.
func wantException(t *testing.T, what string, err error, name, text string) {
	t.Helper()
	var api smithy.APIError
	switch {
	case err == nil:
		t.Errorf("%s: no error, want %s", what, name)
	case !errors.As(err, &api):
		t.Errorf("%s: %v, want %s", what, err, name)
	case api.ErrorCode() != name:
		t.Errorf("%s: %s %q, want %s %q", what, api.ErrorCode(), api.ErrorMessage(), name, text)
	case text != "" && api.ErrorMessage() != text:
		t.Errorf("%s: %s has the message %q, want %q", what, name, api.ErrorMessage(), text)
	}
}

// sha256Hex returns the hash of a body, which is part of its signature.
func sha256Hex(body string) string {
	h := sha256.Sum256([]byte(body))
	return hex.EncodeToString(h[:])
}
