package token

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"gatehouse/internal/directory/userpool"
)

// keyring is a pool's keys, opened and ready. It never changes.
type keyring struct {
	signers map[Use]jose.Signer
	public  map[string]publicKey // by kid
	jwks    []byte
}

type publicKey struct {
	use Use
	key *rsa.PublicKey
}

// keyrings are the rings of the pools that were asked for since the start.
type keyrings struct {
	rings  sync.Map // ringID to *keyring
	making singleflight.Group
}

// ringID tells a pool from an earlier one of the same id, which had other keys.
type ringID struct {
	pool    userpool.PoolID
	created int64
}

// JWKS returns the pool's public keys, a JWK set (RFC 7517 §5). The caller must
// not change the bytes.
func (e *Engine) JWKS(ctx context.Context, p *userpool.Pool) ([]byte, error) {
	r, err := e.ring(ctx, p)
	if err != nil {
		return nil, err
	}
	return r.jwks, nil
}

// ring returns the pool's keys, and makes them when there are none.
func (e *Engine) ring(ctx context.Context, p *userpool.Pool) (*keyring, error) {
	id := ringID{p.ID, p.Created.UnixMicro()}
	if r, ok := e.keys.rings.Load(id); ok {
		return r.(*keyring), nil
	}
	// Others wait for the one who loads: it must not fail because its own
	// caller went away.
	ctx = context.WithoutCancel(ctx)
	made, err, _ := e.keys.making.Do(fmt.Sprintf("%s %d", id.pool, id.created), func() (any, error) {
		r, err := e.loadRing(ctx, p.ID)
		if err == nil {
			e.keys.rings.Store(id, r)
		}
		return r, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*keyring), nil
}

func (e *Engine) loadRing(ctx context.Context, pool userpool.PoolID) (*keyring, error) {
	kept, err := e.store.SigningKeys(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("load signing keys of pool %s: %w", pool, err)
	}
	if missing := missingUses(kept); len(missing) > 0 {
		if kept, err = e.addKeys(ctx, pool, missing); err != nil {
			return nil, err
		}
	}
	return e.newRing(kept)
}

func missingUses(kept []SigningKey) []Use {
	have := map[Use]bool{}
	for _, k := range kept {
		have[k.Use] = true
	}
	var missing []Use
	for _, use := range []Use{UseID, UseAccess} {
		if !have[use] {
			missing = append(missing, use)
		}
	}
	return missing
}

func (e *Engine) addKeys(ctx context.Context, pool userpool.PoolID, uses []Use) ([]SigningKey, error) {
	now := e.now()
	var made []SigningKey
	for _, use := range uses {
		k, err := e.makeKey(pool, use, now)
		if err != nil {
			return nil, err
		}
		made = append(made, k)
	}
	kept, err := e.store.AddSigningKeys(ctx, pool, made)
	if err != nil {
		return nil, fmt.Errorf("save signing keys of pool %s: %w", pool, err)
	}
	return kept, nil
}

// jwk is a key of the set, its members as Cognito has them.
type jwk struct {
	Alg string `json:"alg"`
	E   string `json:"e"`
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	N   string `json:"n"`
	Use string `json:"use"`
}

// newRing opens the keys. Of several with one use the last one signs, and all
// verify.
func (e *Engine) newRing(kept []SigningKey) (*keyring, error) {
	r := &keyring{signers: map[Use]jose.Signer{}, public: map[string]publicKey{}}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for _, k := range kept {
		private, err := e.openKey(k)
		if err != nil {
			return nil, err
		}
		if r.signers[k.Use], err = newSigner(k.ID, private); err != nil {
			return nil, err
		}
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

// newSigner returns a signer whose header is kid and alg, nothing else.
func newSigner(kid string, key *rsa.PrivateKey) (jose.Signer, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		return nil, fmt.Errorf("signer of key %s: %w", kid, err)
	}
	return s, nil
}
