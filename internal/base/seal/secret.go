package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that must not be shown: a password, a code, a client's
// secret, a token. Printing, logging or encoding it shows "[redacted]". Only
// [Secret.Reveal] returns the text itself. A Secret must not be the key of a
// map, because encoding/json writes a string key as it is.
type Secret string

// Reveal returns the text. Reviewers should look at each call.
func (s Secret) Reveal() string { return string(s) }

// Equal compares in a time that does not depend on either text.
func (s Secret) Equal(other string) bool {
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(other))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) Format(f fmt.State, _ rune)   { fmt.Fprint(f, redacted) }
