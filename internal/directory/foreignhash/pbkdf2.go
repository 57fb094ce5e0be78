package foreignhash

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"hash"
)

// digests are the hash functions with which PBKDF2 is taken.
var digests = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

// pbkdf2Scheme is PBKDF2 with HMAC. RFC 8018.
type pbkdf2Scheme struct {
	digest     string
	iterations int
}

func newPBKDF2(digest string, iterations int, salt, sum []byte) (*Hash, error) {
	if digests[digest] == nil {
		return nil, refused("of PBKDF2 has the digest %q; sha1, sha256 and sha512 are taken", digest)
	}
	blocks := (len(sum) + digests[digest]().Size() - 1) / digests[digest]().Size() // each costs all iterations
	if iterations < 1 || iterations > maxPBKDF2Iterations || iterations*blocks > 2*maxPBKDF2Iterations {
		return nil, refused("of PBKDF2 has %d iterations for %d bytes; at most %d are taken, for two blocks of the digest", iterations, len(sum), maxPBKDF2Iterations)
	}
	return newHash(pbkdf2Scheme{digest, iterations}, fmt.Sprintf("pbkdf2 %s %d %d", digest, iterations, len(sum)), 1<<10, salt, sum)
}

func (s pbkdf2Scheme) algorithm() string {
	return "pbkdf2-" + s.digest
}

func (s pbkdf2Scheme) matches(password, salt, sum []byte) (bool, error) {
	got, err := pbkdf2.Key(digests[s.digest], string(password), salt, s.iterations, len(sum))
	return err == nil && subtle.ConstantTimeCompare(got, sum) == 1, err
}
