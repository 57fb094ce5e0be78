package foreignhash

import (
	"crypto/rand"
	"fmt"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// ErrHash is the error for a hash that cannot be taken over. It never shows the hash.
var ErrHash = fault.New(fault.Invalid, "password_hash", "The password hash is not valid.")

// Hash is what another system keeps of a password.
type Hash struct {
	text   seal.Secret
	form   string
	memory int
	scheme scheme
	salt   []byte
	sum    []byte
}

// scheme is an algorithm with its costs.
type scheme interface {
	algorithm() string
	matches(password, salt, sum []byte) (bool, error)
}

// newHash returns a hash. form names the scheme, and memory is what it needs.
func newHash(s scheme, form string, memory int, salt, sum []byte) (*Hash, error) {
	switch {
	case len(salt) == 0 || len(salt) > maxSalt:
		return nil, refused("has a salt of %d bytes; from 1 to %d are taken", len(salt), maxSalt)
	case len(sum) < minSum || len(sum) > maxSum:
		return nil, refused("has %d bytes; from %d to %d are taken", len(sum), minSum, maxSum)
	}
	return &Hash{form: form, memory: memory, scheme: s, salt: salt, sum: sum}, nil
}

// Text returns the hash in a form that [Parse] reads.
func (h *Hash) Text() seal.Secret { return h.text }

// Form returns the algorithm and its costs. The checks of two hashes of one form
// take the same time.
func (h *Hash) Form() string { return h.form }

// Algorithm returns the algorithm without its costs: bcrypt, scrypt, argon2id, argon2i,
// or pbkdf2- and its digest.
func (h *Hash) Algorithm() string { return h.scheme.algorithm() }

// Memory returns how many bytes a check needs.
func (h *Hash) Memory() int { return h.memory }

// Matches reports whether the hash is one of the password.
func (h *Hash) Matches(password seal.Secret) (bool, error) {
	return h.scheme.matches([]byte(password.Reveal()), h.salt, h.sum)
}

// Blank returns a hash of a form for which nobody knows a password: checking it is the
// same work. ErrHash if there is no such form.
func Blank(form string) (*Hash, error) {
	name, costs, _ := strings.Cut(form, " ")
	salt := random(16)
	var size, a, b, c int
	var flag bool
	var digest string
	switch name {
	case "bcrypt":
		if _, err := fmt.Sscan(costs, &a, &flag); err != nil {
			return nil, ErrHash.Because(err)
		}
		return newBcrypt(a, flag, salt, random(bcryptSum))
	case "argon2":
		if _, err := fmt.Sscan(costs, &flag, &a, &b, &c, &size); err != nil {
			return nil, ErrHash.Because(err)
		}
		return newArgon2(flag, a, b, c, salt, random(size))
	case "scrypt":
		if _, err := fmt.Sscan(costs, &a, &b, &c, &size); err != nil {
			return nil, ErrHash.Because(err)
		}
		return newScrypt(a, b, c, salt, random(size))
	case "pbkdf2":
		if _, err := fmt.Sscan(costs, &digest, &a, &size); err != nil {
			return nil, ErrHash.Because(err)
		}
		return newPBKDF2(digest, a, salt, random(size))
	}
	return nil, ErrHash
}

func random(n int) []byte {
	b := make([]byte, max(0, min(n, maxSum+1))) // a size beyond the limits is refused
	rand.Read(b)
	return b
}
