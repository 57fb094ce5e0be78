package relyingparty

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
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
	client  *http.Client
	url     string
	setting string // the configuration key to name in advice
	what    string // the keys sign; "": ID token
	algs    []jose.SignatureAlgorithm
	now     func() time.Time

	mu      sync.Mutex // also held while fetching: one fetch at a time
	keys    []jose.JSONWebKey
	fetched time.Time // the last success
	tried   time.Time // the last attempt
	err     error     // of the last attempt
}

// VerifySignature implements oidc.KeySet. Its errors are StepErrors.
func (k *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, k.algs)
	if err != nil {
		return nil, failed(StepSignature, ErrUntrusted, "The %s is malformed or signed with an algorithm that is not accepted.", k.signed()).because(err)
	}
	header := jws.Signatures[0].Header
	for again := false; ; again = true {
		keys, err := k.find(ctx, header.KeyID, header.Algorithm)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if payload, err := jws.Verify(key.Key); err == nil {
				return payload, nil
			}
		}
		if len(keys) == 0 {
			return nil, failed(StepKeys, ErrUntrusted, "The %s is signed with key %q, which is not among the provider's keys. Check %s.", k.signed(), clean(header.KeyID, maxCode), k.setting)
		}
		// The provider may have a new key under the old id.
		if again || !k.fetchAgain(ctx) {
			break
		}
	}
	return nil, failed(StepSignature, ErrUntrusted, "The signature of the %s is wrong. Check that %s belongs to this provider.", k.signed(), k.setting)
}

// signed names what the keys sign, for advice.
func (k *keySet) signed() string { return cmp.Or(k.what, "ID token") }

// find returns the keys that may have signed a token with this header. It
// fetches the keys again if they are old, or if the key id is unknown.
func (k *keySet) find(ctx context.Context, kid, alg string) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); now.Sub(k.fetched) > keysLife {
		k.fetch(ctx, now)
	}
	found := matching(k.keys, kid, alg)
	if len(found) == 0 {
		k.fetch(ctx, k.now())
		found = matching(k.keys, kid, alg)
	}
	if len(found) == 0 && k.err != nil {
		return nil, k.err
	}
	return found, nil
}

// fetchAgain fetches the keys although they are not old, unless they were fetched a
// moment ago. It reports whether it has new ones.
func (k *keySet) fetchAgain(ctx context.Context) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.fetched
	k.fetch(ctx, k.now())
	return !k.fetched.Equal(before)
}

func (k *keySet) fetch(ctx context.Context, now time.Time) {
	if now.Sub(k.tried) < keysInterval {
		return
	}
	k.tried = now
	var set struct{ Keys []json.RawMessage }
	// The fetch goes on if its caller goes away: otherwise the next caller would
	// have to wait for the interval.
	ctx = context.WithoutCancel(ctx)
	if k.err = getJSON(ctx, k.client, StepKeys, "provider's key set", k.setting, k.url, http.Header{}, &set); k.err != nil {
		return
	}
	k.fetched, k.keys = now, nil
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// RFC 7517 §5: keys that we do not understand are ignored.
		if json.Unmarshal(raw, &key) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			k.keys = append(k.keys, key)
		}
	}
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
