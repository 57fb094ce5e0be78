package signin

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// The steps of a sign-up that leads to a sign-in without another proof:
//
//	SignUp ─ session ─▶ ConfirmSignUp with the code ─ session ─▶ USER_AUTH ─▶ next
//
// Whoever has the first session has chosen the password just now. Whoever has the
// second has the code too.
const (
	signedUp    = signUpStep("SIGN_UP")
	confirmedUp = signUpStep("CONFIRM_SIGN_UP")
)

type signUpStep string

func (s signUpStep) rules() rules {
	return rules{name: string(s), carrier: inSession, wrong: ErrSessionInvalid}
}

// SignUpSession returns the session of whoever has signed u up just now, for
// [Engine.ConfirmSession]. "": the client has no flow that takes it, or the user is
// confirmed already.
func (e *Engine) SignUpSession(p *userpool.Pool, c *userpool.Client, u *user.User) (seal.Secret, error) {
	if u.Status == user.Confirmed {
		return "", nil
	}
	a := &attempt{pool: p, client: c, user: u, name: u.Username, now: e.now()}
	if u.Password != nil {
		a.proved = []credential.Factor{credential.FactorPassword}
	}
	return e.signUpSession(signedUp, a)
}

func (e *Engine) signUpSession(s signUpStep, a *attempt) (seal.Secret, error) {
	if !a.client.AllowsFlow(userpool.FlowUserChoice) {
		return "", nil
	}
	sealed, err := e.seal(s, a, nil)
	return joinSession(a.client.ID, sealed), err
}

// ConfirmSession returns the session with which the flow USER_AUTH signs in the
// user with that name, who is about to be confirmed. The caller must give it to
// nobody unless that succeeds. It takes the session of the sign-up; if that is
// over, it returns "". ErrSessionInvalid.
func (e *Engine) ConfirmSession(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, session seal.Secret) (seal.Secret, error) {
	a := &attempt{pool: p, client: c, given: map[string]string{"USERNAME": name}, now: e.now()}
	_, err := e.openSignUp(ctx, signedUp, a, session)
	switch {
	case errors.Is(err, ErrSessionExpired):
		return "", nil
	case err != nil:
		return "", err
	}
	return e.signUpSession(confirmedUp, a)
}

// openSignUp opens the session of a step of a sign-up.
func (e *Engine) openSignUp(ctx context.Context, step signUpStep, a *attempt, session seal.Secret) (*state, error) {
	sealed, err := inSession.take(Response{Session: session}, a.client.ID)
	if err != nil {
		return nil, err
	}
	s, err := e.open(step, a, sealed)
	if err != nil {
		return nil, err
	}
	return s, e.identify(ctx, a, s, "")
}

// afterSignUp begins a sign-in with the session of [Engine.ConfirmSession]. A user
// without a password has proved the address to which the code was sent.
func (e *Engine) afterSignUp(ctx context.Context, a *attempt) (*Outcome, error) {
	s, err := e.openSignUp(ctx, confirmedUp, a, a.session)
	if err != nil {
		return nil, err
	}
	if err := e.stepUp(ctx, a); err != nil { // the session knows no levels
		return nil, err
	}
	if err := e.spend(ctx, s); err != nil {
		return nil, err
	}
	if len(a.proved) == 0 {
		a.proved = []credential.Factor{confirmedBy(a.user)}
	}
	return e.next(ctx, a)
}

func confirmedBy(u *user.User) credential.Factor {
	if u.Verified("phone_number") {
		return credential.FactorSMS
	}
	return credential.FactorEmail
}
