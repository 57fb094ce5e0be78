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
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/maypok86/otter/v2"

	"gatehouse/internal/base/fault"
)

// ErrToken refuses a token that the team key did not sign, that is for another
// place, or that is not valid at this time.
var ErrToken = fault.New(fault.Unauthenticated, "app_token_invalid", "The token is not valid.")

// The types of token. Cloudflare Access: "app" is for one application. "org" is
// for the team domain, which signs the person in at further applications.
const (
	TypeApp = "app"
	TypeOrg = "org"
)

// maxTokenLength fits into a cookie together with the cookie's name and
// attributes.
const maxTokenLength = 3800

// clockLeeway is the greatest difference between the clocks of two nodes.
const clockLeeway = time.Minute

// Claims are the content of a token. The names are Cloudflare Access's, except
// sid.
type Claims struct {
	Type      string         `json:"type"`
	Audience  []string       `json:"aud"`
	Issuer    string         `json:"iss"`
	IssuedAt  int64          `json:"iat"`
	NotBefore int64          `json:"nbf"`
	Expiry    int64          `json:"exp"`
	Email     string         `json:"email"`
	Subject   string         `json:"sub"` // the person's id here: UserUUID
	Nonce     string         `json:"identity_nonce"`
	Session   string         `json:"sid"` // the token is valid only while this session lives
	Custom    map[string]any `json:"custom,omitempty"`
}

// Tokens is the engine of application tokens. It signs them with the team key
// and verifies them. Safe for concurrent use.
type Tokens struct {
	keys    *TeamKeys
	issuer  string
	account string
	now     func() time.Time

	verified *otter.Cache[[sha256.Size]byte, *Claims] // the tokens whose signature is good, by their hash
}

func newTokens(keys *TeamKeys, issuer, account string, now func() time.Time) *Tokens {
	return &Tokens{
		keys: keys, issuer: issuer, account: account, now: now,
		verified: otter.Must(&otter.Options[[sha256.Size]byte, *Claims]{
			MaximumSize: 20_000, ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, *Claims](5 * time.Minute),
		}),
	}
}

func (e *Tokens) close() { e.verified.StopAllGoroutines() }

// Audience returns the AUD tag of an application's host, or of the team domain:
// 64 hexadecimal digits. The tag depends on the account and the host alone.
func (e *Tokens) Audience(host string) string {
	sum := sha256.Sum256([]byte("gatehouse access audience\x00" + e.account + "\x00" + host))
	return hex.EncodeToString(sum[:])
}

// Issue signs c and sets its issuer. It leaves Custom out if the token would
// not fit into a cookie. Cloudflare Access: the same.
func (e *Tokens) Issue(ctx context.Context, c Claims) (string, error) {
	key, err := e.keys.signing(ctx)
	if err != nil {
		return "", err
	}
	c.Issuer = e.issuer
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

// tokenLength returns the length of a token with this payload: 343 characters
// are its signature, 150 its header with the kid.
func tokenLength(payload []byte) int {
	return base64.RawURLEncoding.EncodedLen(len(payload)) + 343 + 150
}

// Verify returns the claims of a token that has one of the types and is for
// audience. If audience is empty, every audience of this team is good. The
// caller must check that the session of the token lives. Verify fails with
// ErrToken.
func (e *Tokens) Verify(ctx context.Context, text, audience string, types ...string) (*Claims, error) {
	if len(text) == 0 || len(text) > 2*maxTokenLength {
		return nil, ErrToken
	}
	c, err := e.signed(ctx, text)
	if err != nil {
		return nil, err
	}
	now := e.now()
	switch {
	case c.Issuer != e.issuer, !slices.Contains(types, c.Type), audience != "" && !slices.Contains(c.Audience, audience), c.Session == "",
		!now.Before(time.Unix(c.Expiry, 0)), now.Add(clockLeeway).Before(time.Unix(c.NotBefore, 0)):
		return nil, ErrToken
	}
	return c, nil
}

// signed returns the claims of a token that the team key signed. It checks
// nothing else, and remembers good signatures.
func (e *Tokens) signed(ctx context.Context, text string) (*Claims, error) {
	key, err := e.keys.signing(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	if c, ok := e.verified.GetIfPresent(sum); ok {
		return c, nil
	}
	c, err := key.claims(text)
	if err != nil {
		return nil, ErrToken.Because(err)
	}
	e.verified.Set(sum, c)
	return c, nil
}

// claims verifies the signature of a token and returns its claims.
func (k *signingKey) claims(text string) (*Claims, error) {
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
