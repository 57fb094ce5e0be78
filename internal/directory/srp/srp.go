// Package srp implements the password proof of Cognito's SRP flows: SRP-6a (RFC
// 5054) in the 3072-bit group with SHA-256. Padding, key derivation and signature
// are Cognito's own.
//
//	client                                 server
//	A = g^a                     A →
//	                            ← salt, B  B = k·v + g^b           [NewServer]
//	                              block    sealed A, b, B          [Server.MarshalBinary]
//	key from S = (B − k·g^x)^(a+ux)
//	signature = HMAC(key, pool ‖ user ‖ block ‖ time)
//	                    signature, block →
//	                                       key from S = (A·v^u)^b  [Server.Verify]
//
// Users prove a password with it (pool name, user name, password), and devices
// prove theirs (group key, device key, device password). Only these three texts
// differ.
//
// A [Verifier] is kept in place of a password. It is bound to the pool name and
// the user id: if one of them changes, the verifier is useless. An attacker can
// guess the password from a verifier as fast as from a plain hash, so the caller
// keeps it sealed. The caller also counts failures, checks the age of a timestamp
// and lets a block be used once.
//
// Powers of g are computed in constant time with a table, because their exponents
// include one that is derived from the password. The other powers are computed
// with math/big: their secret exponent b is random and used once, so that nobody
// can measure it twice.
package srp

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"

	"gatehouse/internal/base/fault"
)

// ErrInvalidA means that SRP_A is a number that no honest client sends.
var ErrInvalidA = fault.New(fault.Invalid, "srp_a_invalid", "SRP_A is not a valid value.")

// size is the length of a number of the group in bytes.
const size = 3072 / 8

// The group is RFC 5054's of 3072 bits: N is the prime of RFC 3526 §5, g is 2.
// Cognito hashes k from N with its sign byte, unlike RFC 5054 §2.5.3.
var (
	prime = mustHex(`
		FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD
		EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED
		EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F
		83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B
		E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510
		15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7
		ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C
		BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF`)
	generator  = big.NewInt(2)
	multiplier = hashInt(pad(prime), pad(generator)) // k
)

func mustHex(text string) *big.Int {
	n, ok := new(big.Int).SetString(strings.Join(strings.Fields(text), ""), 16)
	if !ok {
		panic("srp: constant is not hexadecimal")
	}
	return n
}

// pad returns the bytes of n, with a leading zero byte if the top bit is set. In
// this form, two's complement of variable width, Cognito hashes every number.
func pad(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

func hash(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func hashInt(parts ...[]byte) *big.Int {
	return new(big.Int).SetBytes(hash(parts...))
}

// privateKey returns x, which is derived from the password.
func privateKey(salt *big.Int, poolName, userID, password string) *big.Int {
	return hashInt(pad(salt), hash([]byte(poolName), []byte(userID), []byte(":"), []byte(password)))
}

// scrambler returns u.
func scrambler(A, B *big.Int) *big.Int { return hashInt(pad(A), pad(B)) }

// derivedKey derives the signing key of 16 bytes from the shared secret, by
// HKDF-SHA256 with Cognito's label.
func derivedKey(S, u *big.Int) []byte {
	key, err := hkdf.Key(sha256.New, pad(S), pad(u), "Caldera Derived Key", 16)
	if err != nil {
		panic(err) // 16 bytes are never too long
	}
	return key
}

func sign(key []byte, poolName, userID string, secretBlock []byte, timestamp string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(poolName))
	m.Write([]byte(userID))
	m.Write(secretBlock)
	m.Write([]byte(timestamp))
	return m.Sum(nil)
}

// inGroup reports whether 0 < n < N.
func inGroup(n *big.Int) bool { return n.Sign() > 0 && n.Cmp(prime) < 0 }

// parseA reads SRP_A. Clients write the number without padding, so it may have an
// odd number of digits, and leading zeros.
func parseA(text string) (*big.Int, error) {
	digits := strings.TrimLeft(text, "0")
	if len(digits) == 0 || len(digits) > 2*size || len(text) > 4*size {
		return nil, ErrInvalidA
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil, ErrInvalidA
	}
	A := new(big.Int).SetBytes(b)
	if !inGroup(A) {
		return nil, ErrInvalidA
	}
	return A, nil
}
