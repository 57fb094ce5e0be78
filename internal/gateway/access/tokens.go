package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/maypok86/otter/v2"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// ErrToken refuses a token that the team key did not sign, or that is meant
// for another place or time.
var ErrToken = fault.New(fault.Unauthenticated, "app_token_invalid", "The token is not valid.")

// The kinds of token. Cloudflare Access: "app" is for one application, "org"
// for the team domain, where it stands for single sign-on.
const (
	TypeApp = "app"
	TypeOrg = "org"
)

// maxTokenLength is what fits into a cookie with its name and attributes.
const maxTokenLength = 3800

// clockLeeway is how much the clocks of two nodes may differ.
const clockLeeway = time.Minute

// Claims are what a token says; Cloudflare Access's names, and the session.
type Claims struct {
	Type      string         `json:"type"`
	Audience  []string       `json:"aud"`
	Issuer    string         `json:"iss"`
	IssuedAt  int64          `json:"iat"`
	NotBefore int64          `json:"nbf"`
	Expiry    int64          `json:"exp"`
	Email     string         `json:"email"`
	Subject   string         `json:"sub"` // the person's id of our own
	Nonce     string         `json:"identity_nonce"`
	Session   string         `json:"sid"` // the session that must live for the token to count
	Custom    map[string]any `json:"custom,omitempty"`
}

// Tokens signs tokens with the team key and reads them. It makes the key when
// there is none. Close it when done; it is safe for concurrent use.
type Tokens struct {
	Store   KeyStore
	Sealer  *seal.Sealer
	Issuer  string           // "https://" and the team domain
	Account string           // a part of every audience
	Now     func() time.Time // nil: time.Now

	mu    sync.Mutex
	key   *signingKey
	known *otter.Cache[[sha256.Size]byte, *Claims] // tokens whose signature was good
}

// ready returns the team key, loaded or made once.
func (t *Tokens) ready(ctx context.Context) (*signingKey, *otter.Cache[[sha256.Size]byte, *Claims], error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.key != nil {
		return t.key, t.known, nil
	}
	stored, err := t.Store.TeamKey(ctx)
	if errors.Is(err, ErrNoTeamKey) {
		if stored, err = makeTeamKey(t.Sealer, t.Issuer, t.now()); err == nil {
			stored, err = t.Store.KeepTeamKey(ctx, stored)
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load team key: %w", err)
	}
	if t.key, err = openTeamKey(t.Sealer, stored); err != nil {
		return nil, nil, err
	}
	t.known = otter.Must(&otter.Options[[sha256.Size]byte, *Claims]{
		MaximumSize: 20_000, ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, *Claims](5 * time.Minute),
	})
	return t.key, t.known, nil
}

// Prepare loads or makes the team key, so that no request waits for it.
func (t *Tokens) Prepare(ctx context.Context) error {
	_, _, err := t.ready(ctx)
	return err
}

// Close lets go of what is remembered.
func (t *Tokens) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known != nil {
		t.known.StopAllGoroutines()
	}
}

// Audience is the AUD tag of an application's host (or of the team domain): 64
// hexadecimal digits that stay the same as long as host and account do.
func (t *Tokens) Audience(host string) string {
	sum := sha256.Sum256([]byte("gatehouse access audience\x00" + t.Account + "\x00" + host))
	return hex.EncodeToString(sum[:])
}

// Issue signs c, whose issuer it sets. Custom is left out when the token would
// not fit into a cookie. Cloudflare Access: so too.
func (t *Tokens) Issue(ctx context.Context, c Claims) (string, error) {
	key, _, err := t.ready(ctx)
	if err != nil {
		return "", err
	}
	c.Issuer = t.Issuer
	payload, err := json.Marshal(c)
	if err == nil && len(c.Custom) > 0 && tokenLength(payload) > maxTokenLength {
		c.Custom = nil
		payload, err = json.Marshal(c)
	}
	if err != nil {
		return "", fmt.Errorf("encode token: %w", err)
	}
	jws, err := key.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return jws.CompactSerialize()
}

// tokenLength is the length of a token: payload, 2048-bit signature, and a
// header with its kid.
func tokenLength(payload []byte) int {
	return base64.RawURLEncoding.EncodedLen(len(payload)) + 343 + 150
}

// Verify reads a token of one of the types. audience "": any of this team's.
// Whether its session lives is for the caller to see. ErrToken.
func (t *Tokens) Verify(ctx context.Context, text, audience string, types ...string) (*Claims, error) {
	if len(text) == 0 || len(text) > 2*maxTokenLength {
		return nil, ErrToken
	}
	key, known, err := t.ready(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	c, ok := known.GetIfPresent(sum)
	if !ok {
		if c, err = key.read(text); err != nil {
			return nil, ErrToken.Because(err)
		}
		known.Set(sum, c)
	}
	now := t.now()
	switch {
	case c.Issuer != t.Issuer, !slices.Contains(types, c.Type), audience != "" && !slices.Contains(c.Audience, audience), c.Session == "",
		!now.Before(time.Unix(c.Expiry, 0)), now.Add(clockLeeway).Before(time.Unix(c.NotBefore, 0)):
		return nil, ErrToken
	}
	return c, nil
}

// read checks the signature alone.
func (k *signingKey) read(text string) (*Claims, error) {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	if jws.Signatures[0].Header.KeyID != k.id {
		return nil, errors.New("signed with another key")
	}
	payload, err := jws.Verify(k.private.Public())
	if err != nil {
		return nil, err
	}
	var c Claims
	return &c, json.Unmarshal(payload, &c)
}

// Certs is what verifiers fetch; Cloudflare Access's form.
type Certs struct {
	Keys        []jose.JSONWebKey `json:"keys"`
	PublicCert  PublicCert        `json:"public_cert"`
	PublicCerts []PublicCert      `json:"public_certs"`
}

// PublicCert is a key as a certificate.
type PublicCert struct {
	KeyID string `json:"kid"`
	Cert  string `json:"cert"`
}

// Certs publishes the team key.
func (t *Tokens) Certs(ctx context.Context) (*Certs, error) {
	key, _, err := t.ready(ctx)
	if err != nil {
		return nil, err
	}
	cert := PublicCert{KeyID: key.id, Cert: key.cert}
	return &Certs{
		Keys:       []jose.JSONWebKey{{Key: key.private.Public(), KeyID: key.id, Algorithm: string(jose.RS256), Use: "sig"}},
		PublicCert: cert, PublicCerts: []PublicCert{cert},
	}, nil
}

func (t *Tokens) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}
