// Package ids makes random identifiers, in the forms of the systems that
// Gatehouse mirrors. Use a result as a secret only if its function says that it
// is fit for that.
package ids

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
)

// alphanumeric is the alphabet of a user pool's name.
const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// lowerBase32 is the alphabet [0-9a-v] of client ids and client secrets.
var lowerBase32 = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// UUID returns a random UUID (RFC 9562 version 4), lower case.
func UUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'} // every request has one
	hex.Encode(text[:], b[:4])
	hex.Encode(text[9:], b[4:6])
	hex.Encode(text[14:], b[6:8])
	hex.Encode(text[19:], b[8:10])
	hex.Encode(text[24:], b[10:])
	return string(text[:])
}

// PoolName returns nine letters and digits: the part of a pool's id after "_".
func PoolName() string { return From(alphanumeric, 9) }

// ClientID returns 26 characters of [0-9a-v].
func ClientID() string { return lowerBase32.EncodeToString(random(16)) }

// ClientSecret returns 52 characters of [0-9a-v], 256 bits: fit to be a secret.
func ClientSecret() string { return lowerBase32.EncodeToString(random(32)) }

// Token returns 43 characters of base64url, 256 bits: fit to be a secret.
func Token() string { return base64.RawURLEncoding.EncodeToString(random(32)) }

// Hex returns n random bytes as 2n lower-case hexadecimal digits.
func Hex(n int) string { return hex.EncodeToString(random(n)) }

// Digits returns n random decimal digits: fit to be a code, if the caller limits
// the number of guesses.
func Digits(n int) string { return From("0123456789", n) }

// From returns n characters of an ASCII alphabet, each with the same chance.
func From(alphabet string, n int) string {
	var b strings.Builder
	limit := big.NewInt(int64(len(alphabet)))
	for range n {
		i, err := rand.Int(rand.Reader, limit)
		if err != nil {
			panic(err) // rand.Reader does not fail
		}
		b.WriteByte(alphabet[i.Int64()])
	}
	return b.String()
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// SecretFrom returns 52 characters of [0-9a-v] that encode the first 32 bytes of
// seed. The result is as secret as the seed.
func SecretFrom(seed []byte) string { return lowerBase32.EncodeToString(seed[:32]) }
