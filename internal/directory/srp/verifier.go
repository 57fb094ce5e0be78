package srp

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/big"

	"gatehouse/internal/base/fault"
)

// ErrInvalidVerifier means that a salt and a verifier that somebody else made, such
// as a device, are not numbers of the group.
var ErrInvalidVerifier = fault.New(fault.Invalid, "srp_verifier_invalid", "The salt or the password verifier is not valid.")

const (
	saltSize    = 16
	maxSaltSize = 64
)

// Verifier is kept in place of a password. No password fits the zero value.
type Verifier struct {
	Salt []byte // big-endian, without leading zeros
	V    []byte // g^x mod N, big-endian, 384 bytes
}

// NewVerifier makes the verifier of a password with a new salt. poolName is the
// part of a pool's id after "_"; for a device it is the group key. userID is
// USER_ID_FOR_SRP; for a device it is the device key.
func NewVerifier(poolName, userID, password string) (Verifier, error) {
	salt, err := NewSalt()
	if err != nil {
		return Verifier{}, err
	}
	return VerifierOf(salt, poolName, userID, password), nil
}

// NewSalt returns a salt for [VerifierOf].
func NewSalt() ([]byte, error) {
	salt := make([]byte, saltSize)
	for salt[0] == 0 { // clients read the salt as a number
		if _, err := rand.Read(salt); err != nil {
			return nil, fmt.Errorf("make salt: %w", err)
		}
	}
	return salt, nil
}

// VerifierOf is [NewVerifier] with a salt that is there.
func VerifierOf(salt []byte, poolName, userID, password string) Verifier {
	x := privateKey(new(big.Int).SetBytes(salt), poolName, userID, password)
	return Verifier{Salt: salt, V: power(x).FillBytes(make([]byte, size))}
}

// ParseVerifier reads a salt and a verifier that somebody else made, with or
// without leading zeros. Errors: ErrInvalidVerifier.
func ParseVerifier(salt, v []byte) (Verifier, error) {
	s := new(big.Int).SetBytes(salt)
	if s.Sign() == 0 || len(s.Bytes()) > maxSaltSize || len(v) > size+1 {
		return Verifier{}, ErrInvalidVerifier
	}
	parsed := Verifier{Salt: s.Bytes(), V: v}
	if !parsed.usable() {
		return Verifier{}, ErrInvalidVerifier
	}
	parsed.V = parsed.value().FillBytes(make([]byte, size))
	return parsed, nil
}

func (v Verifier) value() *big.Int { return new(big.Int).SetBytes(v.V) }

// usable reports whether 1 < v < N−1. With 0 (the zero value), 1 or N−1, the
// client could compute the shared secret without the password.
func (v Verifier) usable() bool {
	n := v.value()
	return n.Cmp(big.NewInt(1)) > 0 && n.Cmp(new(big.Int).Sub(prime, big.NewInt(1))) < 0
}

// Check reports whether v is the verifier of password. It takes the same time for
// a right and a wrong password.
func (v Verifier) Check(poolName, userID, password string) bool {
	got := VerifierOf(v.Salt, poolName, userID, password)
	return subtle.ConstantTimeCompare(got.V, v.V) == 1
}

// SaltHex returns the challenge parameter SALT.
func (v Verifier) SaltHex() string { return hex.EncodeToString(v.Salt) }

// A verifier is as secret as a hash of the password, so it prints as redacted.

func (v Verifier) String() string               { return "[redacted]" }
func (v Verifier) GoString() string             { return "[redacted]" }
func (v Verifier) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (v Verifier) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (v Verifier) Format(f fmt.State, _ rune)   { fmt.Fprint(f, "[redacted]") }

// FakeVerifier returns a verifier for a user who does not exist. No password fits
// it. It is the same each time, so that asking twice does not tell it from a real
// one. key is a secret of the server that never changes.
//
// Making it needs no power of g, as loading a real one does not. So the work for
// both is the same.
func FakeVerifier(key []byte, poolName, username string) Verifier {
	secret := fakeSecret(key, "verifier", poolName, username)
	salt := expand(secret, "salt", saltSize)
	for i := 0; salt[0] == 0; i++ { // as in NewVerifier
		salt = expand(secret, fmt.Sprint("salt", i), saltSize)
	}
	// 128 bits more than N, so that all remainders are equally likely.
	v := new(big.Int).SetBytes(expand(secret, "v", size+16))
	return Verifier{Salt: salt, V: v.Mod(v, prime).FillBytes(make([]byte, size))}
}

// FakeUserID returns a USER_ID_FOR_SRP for a user who does not exist, in a pool
// whose usernames are UUIDs. It is the same each time.
func FakeUserID(key []byte, poolName, username string) string {
	b := expand(fakeSecret(key, "user-id", poolName, username), "uuid", 16)
	b[6] = b[6]&0x0f | 0x40 // RFC 9562 §5.4: version 4, as real usernames
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func fakeSecret(key []byte, use, poolName, username string) []byte {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s %q %q", use, poolName, username)
	return m.Sum(nil)
}

func expand(secret []byte, label string, n int) []byte {
	b, err := hkdf.Expand(sha256.New, secret, label, n)
	if err != nil {
		panic(err) // n is far below HKDF's limit
	}
	return b
}
