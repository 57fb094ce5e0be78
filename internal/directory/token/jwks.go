package token

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"

	"github.com/go-jose/go-jose/v4"
)

// jwk is a key of the set, with the members that Cognito's keys have.
type jwk struct {
	Alg string `json:"alg"`
	E   string `json:"e"`
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	N   string `json:"n"`
	Use string `json:"use"`
}

// newRing opens the keys. kept has the keys of one use in their order.
func (e *Engine) newRing(kept []SigningKey) (*keyring, error) {
	r := &keyring{signers: map[Use][]signer{}, public: map[string]publicKey{}}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for _, k := range kept {
		private, err := e.openKey(k)
		if err != nil {
			return nil, err
		}
		r.signers[k.Use] = append(r.signers[k.Use], newSigner(k, private))
		r.public[k.ID] = publicKey{k.Use, &private.PublicKey}
		set.Keys = append(set.Keys, publicJWK(k.ID, &private.PublicKey))
	}
	var err error
	r.jwks, err = json.Marshal(set)
	return r, err
}

func publicJWK(kid string, key *rsa.PublicKey) jwk {
	encode := base64.RawURLEncoding.EncodeToString
	return jwk{Alg: string(jose.RS256), E: encode(big.NewInt(int64(key.E)).Bytes()), Kid: kid, Kty: "RSA", N: encode(key.N.Bytes()), Use: "sig"}
}
