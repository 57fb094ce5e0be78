package foreignhash

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/internal/base/seal"
)

// Keycloak is a credential of the type password in an exported realm. Both members
// are JSON texts.
type Keycloak struct {
	CredentialData seal.Secret `json:"credentialData"`
	SecretData     seal.Secret `json:"secretData"`
}

// FromKeycloak reads a credential of Keycloak: PBKDF2, or Argon2 since version 25.
// ErrHash.
func FromKeycloak(k Keycloak) (*Hash, error) {
	var how struct {
		Algorithm  string              `json:"algorithm"`
		Iterations int                 `json:"hashIterations"`
		More       map[string][]string `json:"additionalParameters"`
	}
	var kept struct{ Value, Salt []byte }
	if json.Unmarshal([]byte(k.CredentialData.Reveal()), &how) != nil || json.Unmarshal([]byte(k.SecretData.Reveal()), &kept) != nil {
		return nil, refused("is none of Keycloak: credentialData and secretData are JSON texts")
	}
	b64 := base64.RawStdEncoding.EncodeToString
	if how.Algorithm == "argon2" {
		one := func(name string) string { return strings.Join(how.More[name], ",") }
		if v := one("version"); v != "1.3" && v != "" {
			return nil, refused("of Argon2 has another version than 1.3")
		}
		return parsed("$argon2%s$v=19$m=%s,t=%d,p=%s$%s$%s", one("type"), one("memory"), how.Iterations, one("parallelism"), b64(kept.Salt), b64(kept.Value))
	}
	digest, ok := strings.CutPrefix(how.Algorithm, "pbkdf2")
	if !ok {
		return nil, refused("of Keycloak has the algorithm %q; pbkdf2 and argon2 are taken", how.Algorithm)
	}
	return parsed("$pbkdf2%s$%d$%s$%s", digest, how.Iterations, b64(kept.Salt), b64(kept.Value))
}

// Auth0 is the member custom_password_hash of a user in a bulk import of Auth0.
type Auth0 struct {
	Algorithm string `json:"algorithm"`
	Hash      struct {
		Value    seal.Secret `json:"value"`
		Encoding string      `json:"encoding"` // of scrypt: hex or base64
	} `json:"hash"`
	Salt struct {
		Value    string `json:"value"`
		Encoding string `json:"encoding"` // utf8, hex or base64
	} `json:"salt"`
	KeySize     int `json:"keylen"`
	Cost        int `json:"cost"`
	BlockSize   int `json:"blockSize"`
	Parallelism int `json:"parallelization"`
}

// FromAuth0 reads a hash as Auth0 imports it: bcrypt, Argon2 and PBKDF2 as texts that
// [Parse] reads, and scrypt with its costs. ErrHash.
func FromAuth0(a Auth0) (*Hash, error) {
	switch a.Algorithm {
	case "bcrypt", "argon2", "pbkdf2":
		h, err := Parse(a.Hash.Value)
		if err == nil && !strings.HasPrefix(h.form, a.Algorithm) {
			return nil, refused("is not of the algorithm %s", a.Algorithm)
		}
		return h, err
	case "scrypt":
		return fromAuth0Scrypt(a)
	}
	return nil, refused("has the algorithm %q; bcrypt, argon2, pbkdf2 and scrypt are taken, whose passwords cost something to guess", a.Algorithm)
}

func fromAuth0Scrypt(a Auth0) (*Hash, error) {
	salt, err := decoded(a.Salt.Value, a.Salt.Encoding)
	if err != nil {
		return nil, err
	}
	sum, err := decoded(a.Hash.Value.Reveal(), a.Hash.Encoding)
	if err != nil {
		return nil, err
	}
	if a.KeySize != 0 && a.KeySize != len(sum) {
		return nil, refused("has %d bytes, and its keylen is %d", len(sum), a.KeySize)
	}
	if a.Cost < 2 || a.Cost&(a.Cost-1) != 0 {
		return nil, refused("of scrypt has the cost %d; a power of 2 is taken", a.Cost)
	}
	log := len(strconv.FormatInt(int64(a.Cost), 2)) - 1
	b64 := base64.RawStdEncoding.EncodeToString
	return parsed("$scrypt$ln=%d,r=%d,p=%d$%s$%s", log, a.BlockSize, max(a.Parallelism, 1), b64(salt), b64(sum))
}

func decoded(text, encoding string) ([]byte, error) {
	switch encoding {
	case "", "utf8":
		return []byte(text), nil
	case "base64":
		return padded(text)
	case "hex":
		var b []byte
		if _, err := fmt.Sscanf(text, "%x", &b); err != nil || len(text) != 2*len(b) {
			return nil, refused("is damaged: its hexadecimal is not valid")
		}
		return b, nil
	}
	return nil, refused("has the encoding %q; utf8, hex and base64 are taken", encoding)
}

func parsed(format string, args ...any) (*Hash, error) {
	return Parse(seal.Secret(fmt.Sprintf(format, args...)))
}
