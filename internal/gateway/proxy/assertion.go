package proxy

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

// assertionLife is how long an assertion is valid (Pomerium: 5 minutes).
const assertionLife = 5 * time.Minute

// largeAssertion is the length from which on the log names an assertion's: many servers
// take 8 KiB of a request's headers.
const largeAssertion = 6 << 10

// assertions signs the JWT that tells an upstream who the caller is, and caches
// it: a signature costs more than the rest of a request. It signs once for each
// session, host and minute.
type assertions struct {
	signer *signer
	claims map[string]string // ClaimHeaders: header to claim
	cache  *otter.Cache[assertionKey, *told]
}

// told is what an upstream is told about a person. Requests share it, so nothing
// may change it.
type told struct {
	assertion string
	headers   []identityHeader // the assertion's first
	// leftOut names the claim headers that lack the claim or some of its values,
	// because a header can't carry them unchanged.
	leftOut string
}

type identityHeader struct {
	name  string
	value []string
}

// assertionText returns the assertion, or "" if t is nil.
func (t *told) assertionText() string {
	if t == nil {
		return ""
	}
	return t.assertion
}

type assertionKey struct {
	session  session.ID
	revision int64
	host     string
	uri      bool
	groups   string // the groups filter
	minute   int64
}

func newAssertions(s *signer, claimHeaders map[string]string) *assertions {
	return &assertions{
		signer: s, claims: claimHeaders,
		cache: otter.Must(&otter.Options[assertionKey, *told]{MaximumSize: 10_000, ExpiryCalculator: otter.ExpiryWriting[assertionKey, *told](time.Minute)}),
	}
}

// close stops the cache's goroutines. The assertions stay usable.
func (a *assertions) close() { a.cache.StopAllGoroutines() }

// of returns what the upstreams of host are told about the person of s.
func (a *assertions) of(s *session.Session, host string, uri bool, filter *GroupsFilter, now time.Time) (*told, error) {
	key := assertionKey{session: s.ID, revision: s.Revision, host: host, uri: uri, groups: filter.cacheKey(), minute: now.Unix() / 60}
	if t, ok := a.cache.GetIfPresent(key); ok {
		return t, nil
	}
	id := filter.told(&s.Identity)
	payload := assertionClaims(id, a.claims)
	issuer := host
	if uri {
		issuer = "https://" + host + "/"
	}
	payload["iss"], payload["aud"], payload["jti"] = issuer, host, ids.UUID()
	payload["iat"], payload["exp"] = now.Unix(), now.Add(assertionLife).Unix()
	text, err := a.sign(payload)
	if err != nil {
		return nil, err
	}
	t := &told{assertion: text, headers: []identityHeader{{headerAssertion, []string{text}}}}
	t.addClaims(id, a.claims)
	a.cache.Set(key, t)
	return t, nil
}

func (a *assertions) sign(payload map[string]any) (string, error) {
	plain, err := json.Marshal(payload)
	if err != nil {
		return "", fmt.Errorf("encode assertion: %w", err)
	}
	jws, err := a.signer.Sign(plain)
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return jws.CompactSerialize()
}

// assertionClaims returns the claims about the person, under Pomerium's names. A
// claim of claimHeaders is one text, with the values of a list joined. A list
// that would read like another then stays a list.
func assertionClaims(id *identity.Identity, claimHeaders map[string]string) map[string]any {
	payload := map[string]any{}
	for _, claim := range claimHeaders {
		if values, ok := id.Claims.Get(claim); ok {
			payload[claim] = assertedValue(id, claim, values.List())
		}
	}
	groups := id.Groups
	if groups == nil {
		groups = []string{}
	}
	for name, value := range map[string]any{
		"sub": id.UserID, "user": id.UserID, "email": id.Email, "name": id.Name, "sid": id.SessionID, "groups": groups,
	} {
		payload[name] = value
	}
	return payload
}

func assertedValue(id *identity.Identity, claim string, values []any) any {
	if slices.Contains(id.CommaLists, claim) {
		return values
	}
	return joined(values)
}
