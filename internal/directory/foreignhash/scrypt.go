package foreignhash

import (
	"crypto/subtle"
	"fmt"

	"golang.org/x/crypto/scrypt"
)

// scryptScheme is scrypt. RFC 7914.
type scryptScheme struct{ n, r, p int }

func newScrypt(n, r, p int, salt, sum []byte) (*Hash, error) {
	switch {
	case n < 2 || n > maxMemory/128 || n&(n-1) != 0:
		return nil, refused("of scrypt has the cost %d; a power of 2 is taken", n)
	case r < 1 || p < 1 || p > maxParallel || r > maxMemory/128/n || n*r*p > maxScryptWork:
		return nil, refused("of scrypt has the costs N=%d, r=%d, p=%d; at most %d MiB, and N×r×p=%d, are taken", n, r, p, maxMemory>>20, maxScryptWork)
	case r*p > maxScryptBlocks:
		return nil, refused("of scrypt has the costs r=%d and p=%d; at most r×p=%d is taken", r, p, maxScryptBlocks)
	}
	return newHash(scryptScheme{n, r, p}, fmt.Sprintf("scrypt %d %d %d %d", n, r, p, len(sum)), 128*n*r, salt, sum)
}

func (scryptScheme) algorithm() string { return "scrypt" }

func (s scryptScheme) matches(password, salt, sum []byte) (bool, error) {
	got, err := scrypt.Key(password, salt, s.n, s.r, s.p, len(sum))
	return err == nil && subtle.ConstantTimeCompare(got, sum) == 1, err
}
