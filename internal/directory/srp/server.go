package srp

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
)

const secretSize = 32 // bytes of b; RFC 5054 §2.5.3 asks for at least 32

// Server is the server's half of one proof, between its two messages.
type Server struct {
	a   *big.Int // A, from the client
	b   *big.Int // ephemeral secret
	pub *big.Int // B
}

// Claim is the client's proof.
type Claim struct {
	PoolName    string // or the group key of a device
	UserID      string // or the device key
	SecretBlock []byte // as sent to the client, decoded
	Timestamp   string // see ParseTimestamp
	Signature   string // base64
}

// NewServer answers SRP_A with a new B. Errors: ErrInvalidA if SRP_A is not a
// hexadecimal number, or is 0, or is N or more; ErrInvalidVerifier for a verifier
// that needs no password, such as the zero value.
func NewServer(v Verifier, srpA string) (*Server, error) {
	if !v.usable() {
		return nil, ErrInvalidVerifier
	}
	A, err := parseA(srpA)
	if err != nil {
		return nil, err
	}
	for {
		b := make([]byte, secretSize)
		if _, err := rand.Read(b); err != nil {
			return nil, fmt.Errorf("make b: %w", err)
		}
		if s := answer(v, A, new(big.Int).SetBytes(b)); s.usable() {
			return s, nil
		}
	}
}

// answer makes B = k·v + g^b.
func answer(v Verifier, A, b *big.Int) *Server {
	B := new(big.Int).Mul(multiplier, v.value())
	B.Add(B, power(b)).Mod(B, prime)
	return &Server{a: A, b: b, pub: B}
}

// usable reports whether B and u are not 0, as RFC 5054 §2.5.3 demands.
func (s *Server) usable() bool {
	return s.b.Sign() > 0 && s.pub.Sign() > 0 && scrambler(s.a, s.pub).Sign() > 0
}

// SRPB returns the challenge parameter SRP_B.
func (s *Server) SRPB() string { return s.pub.Text(16) }

// key returns the key that client and server share if the client knows the
// password of v.
func (s *Server) key(v Verifier) []byte {
	u := scrambler(s.a, s.pub)
	S := new(big.Int).Exp(v.value(), u, prime)
	S.Mul(S, s.a).Mod(S, prime)
	S.Exp(S, s.b, prime)
	return derivedKey(S, u)
}

// Signature returns the right signature of the claim, in base64. It ignores the
// claim's own signature.
func (s *Server) Signature(v Verifier, c Claim) string {
	return base64.StdEncoding.EncodeToString(sign(s.key(v), c.PoolName, c.UserID, c.SecretBlock, c.Timestamp))
}

// Verify reports whether the claim proves the password of v. Its time does not
// depend on how much of the signature is right. v must be the verifier that
// NewServer got, or Verify returns false.
func (s *Server) Verify(v Verifier, c Claim) bool {
	if !v.usable() {
		return false
	}
	want := sign(s.key(v), c.PoolName, c.UserID, c.SecretBlock, c.Timestamp)
	got, err := base64.StdEncoding.DecodeString(c.Signature)
	return err == nil && hmac.Equal(got, want)
}

const stateSize = size + secretSize + size

// MarshalBinary returns the state between the two messages: A, b, B. Because b is
// secret, seal the state before it leaves the process.
func (s *Server) MarshalBinary() ([]byte, error) {
	if s.b.BitLen() > 8*secretSize {
		return nil, errors.New("srp: b is too long to be kept")
	}
	state := make([]byte, stateSize)
	s.a.FillBytes(state[:size])
	s.b.FillBytes(state[size : size+secretSize])
	s.pub.FillBytes(state[size+secretSize:])
	return state, nil
}

// UnmarshalBinary restores the state that MarshalBinary returned.
func (s *Server) UnmarshalBinary(state []byte) error {
	if len(state) != stateSize {
		return fmt.Errorf("srp: state of %d bytes, want %d", len(state), stateSize)
	}
	t := Server{
		a:   new(big.Int).SetBytes(state[:size]),
		b:   new(big.Int).SetBytes(state[size : size+secretSize]),
		pub: new(big.Int).SetBytes(state[size+secretSize:]),
	}
	if !inGroup(t.a) || !inGroup(t.pub) || !t.usable() {
		return errors.New("srp: state holds values outside the group")
	}
	*s = t
	return nil
}

// The server holds the secret b, so it prints as redacted.

func (s *Server) String() string               { return "[redacted]" }
func (s *Server) GoString() string             { return "[redacted]" }
func (s *Server) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (s *Server) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (s *Server) Format(f fmt.State, _ rune)   { fmt.Fprint(f, "[redacted]") }
