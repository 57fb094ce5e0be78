package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"

	"gatehouse/internal/base/seal"
)

// scope is what a signing key is good for.
type scope struct {
	day     string // yyyymmdd
	region  string
	service string
}

// maxKeys is how many signing keys are kept. Anybody can name a region, so there
// could be any number.
const maxKeys = 256

// signingKeys keeps the keys that were derived from secrets, since a client signs
// all requests of a day with one. The zero value is ready. Safe for concurrent use.
type signingKeys struct {
	mu   sync.Mutex
	kept map[keyOf]seal.Secret
}

// keyOf has the secret itself: another secret of an access key has other keys.
type keyOf struct {
	secret seal.Secret
	scope  scope
}

// of returns the signing key of a secret.
func (k *signingKeys) of(secret seal.Secret, s scope) seal.Secret {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.kept[keyOf{secret, s}]
	if ok {
		return key
	}
	key = derive(secret, s)
	if k.kept == nil || len(k.kept) >= maxKeys {
		k.kept = map[keyOf]seal.Secret{}
	}
	k.kept[keyOf{secret, s}] = key
	return key
}

func derive(secret seal.Secret, s scope) seal.Secret {
	key := []byte("AWS4" + secret.Reveal())
	for _, part := range []string{s.day, s.region, s.service, terminator} {
		key = mac(key, part)
	}
	return seal.Secret(key)
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
