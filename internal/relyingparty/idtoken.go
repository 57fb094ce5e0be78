package relyingparty

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"gatehouse/internal/base/seal"
)

// expected are the values that an ID token must have.
type expected struct {
	issuer   string // "": not known; the token must have any
	clientID string
	nonce    string // "": none was sent (a refresh)
	access   seal.Secret
	alone    bool   // the token came without an access token
	idKey    string // the configuration key of the client id, for advice
	issKey   string // and of the issuer
	now      func() time.Time
}

// idToken is a verified ID token.
type idToken struct {
	*oidc.IDToken
	claims map[string]any
}

// captured remembers the error of its key set, which go-oidc turns into text.
type captured struct {
	*keySet
	payload []byte
	err     error
}

func (c *captured) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	c.payload, c.err = c.keySet.VerifySignature(ctx, raw)
	return c.payload, c.err
}

// verify checks an ID token as OpenID Connect Core §3.1.3.7 requires.
func (k *keySet) verify(ctx context.Context, raw seal.Secret, want expected) (*idToken, error) {
	algs := make([]string, len(k.algs))
	for i, a := range k.algs {
		algs[i] = string(a)
	}
	keys := &captured{keySet: k}
	verifier := oidc.NewVerifier(want.issuer, keys, &oidc.Config{
		ClientID: want.clientID, SupportedSigningAlgs: algs, Now: want.now, SkipIssuerCheck: want.issuer == "",
	})
	token, err := verifier.Verify(ctx, raw.Reveal())
	switch {
	case keys.err != nil:
		return nil, keys.err
	case err != nil && keys.payload == nil:
		return nil, failed(StepSignature, ErrUntrusted, "The ID token is malformed or signed with an algorithm that is not accepted.").because(err)
	case err != nil:
		return nil, explainClaims(keys.payload, err, want)
	}
	t := &idToken{IDToken: token}
	if err := unmarshal(keys.payload, &t.claims); err != nil {
		return nil, failed(StepClaims, ErrUntrusted, "The claims of the ID token are not a JSON object.").because(err)
	}
	return t, t.check(want)
}

// check does the checks that go-oidc leaves to its caller.
func (t *idToken) check(want expected) error {
	azp := t.claims["azp"]
	switch {
	case t.Issuer == "":
		return failed(StepClaims, ErrUntrusted, `The ID token has no issuer ("iss").`)
	case t.Subject == "":
		return failed(StepClaims, ErrUntrusted, `The ID token has no subject ("sub").`)
	// A token for several clients without azp is accepted: several providers issue
	// such tokens. OpenID Connect Core §3.1.3.7 is stricter (SHOULD).
	case azp != nil && azp != "" && azp != want.clientID:
		return failed(StepClaims, ErrUntrusted, `The ID token was issued to another client ("azp"). Check %s.`, want.idKey)
	case want.nonce != "" && t.Nonce == "":
		return failed(StepClaims, ErrUntrusted, `The ID token lacks the nonce that was sent, so it may belong to another sign-in.`)
	case want.nonce != "" && subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(want.nonce)) != 1:
		return failed(StepClaims, ErrUntrusted, `The nonce of the ID token is not the one that was sent.`)
	}
	if t.AccessTokenHash != "" && !want.alone {
		if err := t.VerifyAccessToken(want.access.Reveal()); err != nil {
			return failed(StepClaims, ErrUntrusted, `The access token is not the one that the ID token came with ("at_hash").`).because(err)
		}
	}
	return nil
}

// explainClaims returns the error that names the claim for which a token with a
// good signature was refused.
func explainClaims(payload []byte, err error, want expected) error {
	var c struct {
		Issuer   string          `json:"iss"`
		Audience json.RawMessage `json:"aud"`
	}
	if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
		return failed(StepClaims, ErrUntrusted, "The ID token has expired. Check the clocks of both machines.").because(err)
	}
	_ = json.Unmarshal(payload, &c) // a missing claim stays empty
	switch {
	case want.issuer != "" && c.Issuer != want.issuer:
		return failed(StepClaims, ErrUntrusted, "The ID token was issued by %q, not by %q. Check %s.", clean(c.Issuer, maxDescription), want.issuer, want.issKey).because(err)
	case !slices.Contains(audiences(c.Audience), want.clientID):
		return failed(StepClaims, ErrUntrusted, "The ID token is meant for %q, not for this client. Check %s.", clean(string(c.Audience), maxDescription), want.idKey).because(err)
	}
	return failed(StepClaims, ErrUntrusted, "The ID token is not valid now.").because(err)
}

func audiences(raw json.RawMessage) []string {
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one string
	_ = json.Unmarshal(raw, &one)
	return []string{one}
}
