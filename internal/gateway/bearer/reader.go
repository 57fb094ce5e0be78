package bearer

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// Why a token is refused. The cause is for the log.
var (
	ErrRefused    = fault.New(fault.Denied, "bearer_token_refused", "The bearer token is not accepted here.")
	ErrNoVerifier = fault.New(fault.Denied, "bearer_token_unverifiable", "The identity provider does not verify tokens of this kind.")
)

// Recheck is how long the word of a provider on an access token counts.
const Recheck = time.Minute

// maxToken limits the length of a token.
const maxToken = 32 << 10

// Format says what a bearer token is.
type Format int

// The formats; Pomerium's names.
const (
	Default       Format = iota // not ours: it goes to the upstream
	AccessToken                 // idp_access_token
	IdentityToken               // idp_identity_token
	JWT                         // jwt
)

// ParseFormat reads bearer_token_format. Every other text is Default.
func ParseFormat(text string) Format {
	switch text {
	case "idp_access_token":
		return AccessToken
	case "idp_identity_token":
		return IdentityToken
	case "jwt":
		return JWT
	}
	return Default
}

// Verifier is an identity provider that verifies the tokens it has issued.
type Verifier interface {
	relyingparty.Provider
	VerifyIDToken(ctx context.Context, token seal.Secret) (*relyingparty.Result, error)
	VerifyAccessToken(ctx context.Context, token seal.Secret, audiences []string) (*relyingparty.Result, error)
}

// Rule says which tokens a route takes.
type Rule struct {
	Format    Format
	Audiences []string // of access tokens; nil: any; empty: none
	// Issuers are the names of those whose JWTs the route takes. Empty: all.
	Issuers []string
}

// Takes reports whether the route looks at bearer tokens at all.
func (r Rule) Takes() bool { return r.Format != Default }

// Reader makes sessions of tokens. Safe for concurrent use.
type Reader struct {
	Sessions *session.Manager
	Issuers  []*relyingparty.Issuer
	Accounts Accounts // nil: there are no service accounts
	Refusals *Refusals
	Now      func() time.Time
}

// Session returns the session of a token under a rule. provider is the route's
// identity provider, and may be nil. caller is who presents the token, as far as that is
// known without it. The errors are ErrRefused, ErrNoVerifier, ErrTooMany and those of
// kind Unavailable.
func (r *Reader) Session(ctx context.Context, token string, rule Rule, provider relyingparty.Provider, caller string) (*session.Session, error) {
	if token == "" || len(token) > maxToken || strings.ContainsAny(token, " \t") {
		return nil, ErrRefused
	}
	p, err := r.proofOf(seal.Secret(token), rule, provider, caller)
	if err != nil {
		return nil, err
	}
	s, err := r.Sessions.Prove(ctx, p)
	if kind := fault.KindOf(err); err != nil && kind != fault.Unavailable && kind != fault.Throttled {
		return nil, ErrRefused.Because(plain{err})
	}
	return s, err
}

// Accepts reports whether a session that was made of a token would be made under
// rule too.
func (r *Reader) Accepts(s *session.Session, rule Rule, provider relyingparty.Provider) bool {
	p, ok := s.Proof.(*proof)
	if !ok || IsAccount(s) {
		return ok
	}
	now, err := r.proofOf(p.token, rule, provider, "")
	return err == nil && now.id == p.id
}

func (r *Reader) proofOf(token seal.Secret, rule Rule, provider relyingparty.Provider, caller string) (*proof, error) {
	if rule.Format == JWT {
		return r.jwt(token, rule.Issuers)
	}
	v, ok := provider.(Verifier)
	switch {
	case !ok:
		return nil, ErrNoVerifier
	case rule.Format == IdentityToken:
		p := newProof(token, func(ctx context.Context, p *proof) (*session.Session, error) { return r.identityToken(ctx, p, v) }, "ID token", v.ID())
		p.tokens.ID = token
		return p, nil
	case rule.Format == AccessToken:
		p := newProof(token, r.asking(caller, func(ctx context.Context, p *proof) (*session.Session, error) {
			return r.accessToken(ctx, p, v, rule.Audiences)
		}), "access token", v.ID(), audienceKey(rule.Audiences))
		p.tokens.Access = token
		return p, nil
	}
	return nil, ErrRefused
}

// audienceKey tells "any" from "none".
func audienceKey(audiences []string) string {
	if audiences == nil {
		return "any"
	}
	return "of " + strings.Join(audiences, "\n")
}

// jwt chooses the issuer by what the token says, before anything is verified: the
// issuer verifies that too.
func (r *Reader) jwt(token seal.Secret, allowed []string) (*proof, error) {
	for _, issuer := range r.Issuers {
		if !issuer.Issues(token) {
			continue
		}
		if len(allowed) > 0 && !slices.Contains(allowed, issuer.Name()) {
			return nil, ErrRefused
		}
		return newProof(token, func(ctx context.Context, p *proof) (*session.Session, error) { return r.verified(ctx, p, issuer) }, "JWT", issuer.ID()), nil
	}
	return nil, ErrRefused
}

// plain is an error for the log alone: a fault inside would be taken for the answer.
type plain struct{ err error }

func (p plain) Error() string { return p.err.Error() }
