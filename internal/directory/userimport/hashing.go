package userimport

import (
	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/foreignhash"
)

// ErrHashing is the error for an algorithm of password hashes that is not known.
var ErrHashing = fault.New(fault.Invalid, "import_hashing", "The algorithm of the password hashes is not known.")

// Hashing is the algorithm of the password hashes in a file. Cognito:
// PasswordHashingAlgorithmType.
type Hashing string

// The algorithms.
const (
	NoHashes Hashing = "" // the file has no hashes
	Bcrypt   Hashing = "BCRYPT"
	Scrypt   Hashing = "SCRYPT"
	Argon2id Hashing = "ARGON2ID"
	PBKDF2   Hashing = "PBKDF2_SHA256"
)

// algorithms has what package foreignhash calls them.
var algorithms = map[Hashing]string{Bcrypt: "bcrypt", Scrypt: "scrypt", Argon2id: "argon2id", PBKDF2: "pbkdf2-sha256"}

func (h Hashing) check() error {
	if _, ok := algorithms[h]; !ok && h != NoHashes {
		return ErrHashing
	}
	return nil
}

// read reads the hash of a line; "" is nil.
func (h Hashing) read(text string) (*foreignhash.Hash, error) {
	if h == NoHashes || text == "" {
		return nil, nil
	}
	hash, err := foreignhash.Parse(seal.Secret(text))
	if err == nil && hash.Algorithm() != algorithms[h] {
		return nil, errRecord.Saying("The password hash is none of %s, which the import job names.", h)
	}
	return hash, err
}
