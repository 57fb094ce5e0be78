package relyingparty

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keysLife is how long fetched keys are used. keysInterval is the shortest time
// between two fetches: anybody can send tokens with unknown key ids.
const (
	keysLife     = time.Hour
	keysInterval = 5 * time.Second
)

// keySet holds the signing keys of one provider.
type keySet struct {
	keySource
	keys *kept[[]jose.JSONWebKey]
}

// keySource says where keys are and what they are for.
type keySource struct {
	client  *http.Client
	url     string
	setting string // the configuration key to name in advice
	what    string // the keys sign; "": ID token
	algs    []jose.SignatureAlgorithm
	now     func() time.Time
}

// newKeySet makes no calls.
func newKeySet(from keySource) *keySet {
	return &keySet{from, newKept(from.fetch, from.now)}
}

// VerifySignature implements oidc.KeySet. Its errors are StepErrors.
func (k *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, k.algs)
	if err != nil {
		return nil, failed(StepSignature, ErrUntrusted, "The %s is malformed or signed with an algorithm that is not accepted.", k.signed()).because(err)
	}
	header := jws.Signatures[0].Header
	seen, keys, err := k.find(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, failed(StepKeys, ErrUntrusted, "The %s is signed with key %q, which is not among the provider's keys. Check %s.", k.signed(), clean(header.KeyID, maxCode), k.setting)
	}
	if payload, ok := verifiedBy(jws, keys); ok {
		return payload, nil
	}
	// The provider may have a new key under the old id.
	if now := k.keys.fetch(ctx, seen, keysInterval); now.attempts != seen.attempts {
		if payload, ok := verifiedBy(jws, matching(now.known, header.KeyID, header.Algorithm)); ok {
			return payload, nil
		}
	}
	return nil, failed(StepSignature, ErrUntrusted, "The signature of the %s is wrong. Check that %s belongs to this provider.", k.signed(), k.setting)
}

// verifiedBy returns the content of a token if one of the keys has signed it.
func verifiedBy(jws *jose.JSONWebSignature, keys []jose.JSONWebKey) ([]byte, bool) {
	for _, key := range keys {
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// signed names what the keys sign, for advice.
func (k *keySource) signed() string { return cmp.Or(k.what, "ID token") }

// find returns the keys that may have signed a token with this header, and what they were
// found in. It fetches the keys again if they are old, or if the key id is unknown. Old
// keys are used while the provider does not answer.
func (k *keySet) find(ctx context.Context, kid, alg string) (snapshot[[]jose.JSONWebKey], []jose.JSONWebKey, error) {
	s := k.keys.look()
	found := matching(s.known, kid, alg)
	switch old := k.now().Sub(s.fetched) > keysLife; {
	case len(found) > 0 && !old:
		return s, found, nil
	case len(found) > 0 && s.err != nil:
		s = k.keys.fetchIfFree(ctx, s, keysInterval)
	default:
		s = k.keys.fetch(ctx, s, keysInterval)
	}
	if found = matching(s.known, kid, alg); len(found) == 0 && s.err != nil {
		return s, nil, s.err
	}
	return s, found, nil
}

func (k *keySource) fetch(ctx context.Context, _ []jose.JSONWebKey) (keys []jose.JSONWebKey, err error) {
	var set struct{ Keys []json.RawMessage }
	if err := getJSON(ctx, k.client, StepKeys, "provider's key set", k.setting, k.url, http.Header{}, &set); err != nil {
		return nil, err
	}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// RFC 7517 §5: keys that we do not understand are ignored.
		if json.Unmarshal(raw, &key) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// matching returns the keys with this id that are not meant for another
// algorithm. An empty id matches all keys.
func matching(keys []jose.JSONWebKey, kid, alg string) []jose.JSONWebKey {
	var found []jose.JSONWebKey
	for _, key := range keys {
		if (kid == "" || key.KeyID == kid) && (key.Algorithm == "" || key.Algorithm == alg) {
			found = append(found, key)
		}
	}
	return slices.Clip(found)
}
