package bearer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// proof is one token with what verifies it. It implements [session.Proof].
type proof struct {
	token seal.Secret
	id    session.ID
	prove prove

	tokens session.Tokens // the token, as what its provider made it
}

// prove verifies a token and returns its session.
type prove func(context.Context, *proof) (*session.Session, error)

// newProof returns the proof of a token. by names what verifies it.
func newProof(token seal.Secret, prove prove, by ...string) *proof {
	sum := sha256.Sum256([]byte("gatehouse bearer\x00" + strings.Join(by, "\x00") + "\x00" + token.Reveal()))
	return &proof{token: token, id: session.ID("b" + base64.RawURLEncoding.EncodeToString(sum[:])), prove: prove}
}

// SessionID implements [session.Proof].
func (p *proof) SessionID() session.ID { return p.id }

// Tokens implements [session.Proof].
func (p *proof) Tokens() session.Tokens { return p.tokens }

// Prove implements [session.Proof].
func (p *proof) Prove(ctx context.Context) (*session.Session, error) {
	s, err := p.prove(ctx, p)
	if err != nil {
		return nil, err
	}
	s.ID, s.Proof, s.Identity.SessionID = p.id, p, string(p.id)
	s.Revision = s.Issued.UnixMicro() // of each proof: what is known may have changed
	return s, nil
}

func (r *Reader) identityToken(ctx context.Context, p *proof, v Verifier) (*session.Session, error) {
	found, err := v.VerifyIDToken(ctx, p.token)
	if err != nil {
		return nil, err
	}
	s := r.sessionOf(v, found)
	s.ProvenUntil = s.Expires
	return s, nil
}

func (r *Reader) accessToken(ctx context.Context, p *proof, v Verifier, audiences []string) (*session.Session, error) {
	found, err := v.VerifyAccessToken(ctx, p.token, audiences)
	if err != nil {
		return nil, err
	}
	s := r.sessionOf(v, found)
	s.ProvenUntil = earlier(s.Expires, r.Now().Add(Recheck))
	return s, nil
}

// sessionOf returns the session of a person whom an identity provider names.
func (r *Reader) sessionOf(v Verifier, found *relyingparty.Result) *session.Session {
	return &session.Session{
		Identity: found.Identity(v.ID()), Provider: v.ID(),
		Origin: session.Origin{Issuer: found.Issuer, Subject: found.Subject, ProviderSession: identity.Text(found.Claims, "sid")},
		Issued: r.Now(), Expires: r.Sessions.EndOf(found.Expiry),
	}
}

// verified returns the session of a JWT. Pomerium: the user id has the issuer's name
// before it, so that no issuer can name the people of another, and the token itself
// is kept nowhere.
func (r *Reader) verified(ctx context.Context, p *proof, issuer *relyingparty.Issuer) (*session.Session, error) {
	found, err := issuer.Verify(ctx, p.token)
	if err != nil {
		return nil, err
	}
	who := identity.FromClaims(found.Claims, false)
	who.UserID, who.Provider = issuer.Name()+"/"+found.Subject, issuer.Name()
	end := r.Sessions.EndOf(found.Expiry)
	return &session.Session{
		Identity: who, Provider: issuer.Name(), Issued: r.Now(), Expires: end, ProvenUntil: end,
		Origin: session.Origin{Issuer: identity.Text(found.Claims, "iss"), Subject: found.Subject},
	}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
