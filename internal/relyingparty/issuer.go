package relyingparty

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

var issuerNames = settings{issuer: "identity_providers", keysURL: "identity_providers"}

// IssuerConfig describes somebody who issues signed tokens to programs: a cluster,
// a CI service. Only KeysURL, Algorithms, HTTP and Now may be empty.
type IssuerConfig struct {
	Name       string   // ours for the issuer
	Issuer     string   // the claim "iss", exactly
	KeysURL    string   // empty: the discovery document of Issuer has it
	Algorithms []string // empty: RS256, ES256, EdDSA (Pomerium)
	Audiences  []string // the claim "aud" must have one of these
	HTTP       *http.Client
	Now        func() time.Time
}

// Issuer verifies the tokens of one issuer. Nobody signs in there. It is safe for
// concurrent use.
type Issuer struct {
	cfg   IssuerConfig
	algs  []jose.SignatureAlgorithm
	found *discovery // nil: KeysURL is known

	mu   sync.Mutex
	keys *keySet // of the address in use; nil: there was none yet
}

// Verified is a token whose signature and claims are right.
type Verified struct {
	Subject string
	Claims  map[string]any // as in the token
	Expiry  time.Time
}

// NewIssuer returns an issuer. It makes no calls.
func NewIssuer(cfg IssuerConfig) *Issuer {
	if cfg.HTTP == nil {
		cfg.HTTP = NewHTTPClient(nil)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = []string{"RS256", "ES256", "EdDSA"}
	}
	i := &Issuer{cfg: cfg, algs: acceptable(cfg.Algorithms)}
	if cfg.KeysURL == "" {
		i.found = newDiscovery(&discovery{client: cfg.HTTP, issuer: cfg.Issuer, now: cfg.Now, check: (*metadata).checkKeys})
	}
	return i
}

// ID identifies the issuer with its settings: what was verified under others is
// another thing.
func (i *Issuer) ID() string {
	return settingsID("issuer", i.cfg.Name, i.cfg.Issuer, i.cfg.KeysURL, strings.Join(i.cfg.Algorithms, " "), strings.Join(i.cfg.Audiences, "\n"))
}

// Name returns our name for the issuer.
func (i *Issuer) Name() string { return i.cfg.Name }

// Issues reports whether a token says that it is of this issuer. Nothing of it is
// verified.
func (i *Issuer) Issues(token seal.Secret) bool {
	claims, err := claimsOf(token)
	return err == nil && identity.Text(claims, "iss") == i.cfg.Issuer
}

// Verify checks a token: signature, issuer, audience, times, subject.
func (i *Issuer) Verify(ctx context.Context, token seal.Secret) (*Verified, error) {
	keys, err := i.keySet(ctx)
	if err != nil {
		return nil, err
	}
	return keys.verifyBearer(ctx, token, i.cfg.Issuer, func(audience []string, _ map[string]any) bool {
		return anyOf(audience, i.cfg.Audiences)
	}, i.cfg.Now)
}

// keySet returns the keys at the address that is known now.
func (i *Issuer) keySet(ctx context.Context) (*keySet, error) {
	address := i.cfg.KeysURL
	if i.found != nil {
		m, err := i.found.get(ctx)
		if err != nil {
			return nil, err
		}
		address = m.KeysURL
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.keys == nil || i.keys.url != address {
		i.keys = newKeySet(keySource{client: i.cfg.HTTP, url: address, setting: issuerNames.keysURL, what: "bearer token", algs: i.algs, now: i.cfg.Now})
	}
	return i.keys, nil
}

// verifyBearer checks a token that came alone. meant says whether its audience is
// right, and gets the claims too.
func (k *keySet) verifyBearer(ctx context.Context, token seal.Secret, issuer string, meant func(audience []string, claims map[string]any) bool, now func() time.Time) (*Verified, error) {
	algs := make([]string, len(k.algs))
	for i, a := range k.algs {
		algs[i] = string(a)
	}
	keys := &captured{keySet: k}
	t, err := oidc.NewVerifier(issuer, keys, &oidc.Config{SkipClientIDCheck: true, SupportedSigningAlgs: algs, Now: now, SkipIssuerCheck: issuer == ""}).Verify(ctx, token.Reveal())
	if keys.err != nil {
		return nil, keys.err
	}
	if err != nil {
		return nil, failed(StepClaims, ErrUntrusted, "The bearer token is malformed, has expired, or is of another issuer.").because(err)
	}
	v := &Verified{Subject: t.Subject, Expiry: t.Expiry}
	if err := unmarshal(keys.payload, &v.Claims); err != nil {
		return nil, failed(StepClaims, ErrUntrusted, "The claims of the bearer token are not a JSON object.").because(err)
	}
	switch {
	case t.Subject == "":
		return nil, failed(StepClaims, ErrUntrusted, `The bearer token has no subject ("sub").`)
	case isLogout(keys.payload):
		return nil, failed(StepClaims, ErrUntrusted, "The bearer token is a logout token.")
	case !meant(t.Audience, v.Claims):
		return nil, failed(StepClaims, ErrUntrusted, `The bearer token is meant for somebody else ("aud").`)
	}
	return v, nil
}

// isLogout reports whether a token orders a logout: providers sign such tokens with
// the same keys, and everybody whom they reach could use them (OpenID Connect
// Back-Channel Logout §2.4).
func isLogout(payload []byte) bool {
	var c struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	_ = json.Unmarshal(payload, &c) // it was read before
	return c.Events[logoutEvent] != nil
}

func anyOf(have, want []string) bool {
	return slices.ContainsFunc(have, func(v string) bool { return slices.Contains(want, v) })
}
