package token

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// signer signs tokens with RS256. The header, which has alg and kid alone, is the same
// in all tokens of a key, so it is encoded once.
type signer struct {
	from   time.Time // it signs from then on
	header string    // encoded, with the dot after it
	key    *rsa.PrivateKey
}

func newSigner(k SigningKey, key *rsa.PrivateKey) signer {
	header := `{"alg":"RS256","kid":"` + k.ID + `"}` // a kid is base64
	return signer{k.SignsFrom, base64.RawURLEncoding.EncodeToString([]byte(header)) + ".", key}
}

// sign returns the JWS of a payload in compact form. RFC 7515 §7.1, RFC 7518 §3.3.
func (s signer) sign(payload []byte) (string, error) {
	encoding := base64.RawURLEncoding
	text := make([]byte, 0, len(s.header)+encoding.EncodedLen(len(payload))+1+encoding.EncodedLen(s.key.Size()))
	text = encoding.AppendEncode(append(text, s.header...), payload)
	sum := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return string(encoding.AppendEncode(append(text, '.'), signature)), nil
}
