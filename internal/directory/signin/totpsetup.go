package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrTOTPSetUp means that the first code of a new authenticator app is wrong.
var ErrTOTPSetUp = fault.New(fault.Invalid, "totp_set_up_code", "Code mismatch")

// AssociateTOTP makes the secret of a new authenticator app for a user who is
// signed in, and returns the text that the app needs. The app counts after
// [Engine.VerifyTOTP]. Until then an older app of the user stays valid. ErrTOTPOff.
func (e *Engine) AssociateTOTP(ctx context.Context, p *userpool.Pool, u *user.User) (seal.Secret, error) {
	app, text, err := e.newTOTP(p, u)
	if err != nil {
		return "", err
	}
	_, err = e.users.Update(ctx, p, u.Sub, user.Change{Apply: func(u *user.User) error {
		u.Security.PendingTOTP = app
		return nil
	}})
	return text, err
}

// VerifyTOTP makes the new authenticator app of a user valid if the code is one of
// its codes. The factor is turned on by [user.Engine.SetMFA]. Without a new app
// the code is checked against the app that the user has. ErrTOTPSetUp, ErrNoTOTP,
// credential.ErrTOTPUsed.
func (e *Engine) VerifyTOTP(ctx context.Context, p *userpool.Pool, u *user.User, code seal.Secret, name string) error {
	app := u.Security.PendingTOTP
	if app == nil {
		app = u.Security.TOTP
	}
	if app == nil {
		return ErrNoTOTP
	}
	step, err := e.firstCode(ctx, p, u, app, code)
	if err != nil {
		return err
	}
	_, err = e.users.Update(ctx, p, u.Sub, user.Change{Apply: func(u *user.User) error {
		return keepTOTP(u, *app, name, step)
	}})
	return err
}

// keepTOTP makes the new app of u valid, or uses up the step of the app that u
// has, if app still is one of them.
func keepTOTP(u *user.User, app user.TOTP, name string, step int64) error {
	is := func(t *user.TOTP) bool { return t != nil && bytes.Equal(t.Sealed, app.Sealed) }
	switch s := &u.Security; {
	case is(s.TOTP) && step <= s.TOTP.Used:
		return credential.ErrTOTPUsed
	case !is(s.TOTP) && !is(s.PendingTOTP): // another app took its place
		return ErrTOTPSetUp
	}
	u.Security.TOTP, u.Security.PendingTOTP = &user.TOTP{Sealed: app.Sealed, Name: name, Used: step}, nil
	return nil
}

// AssociateTOTPFor is [Engine.AssociateTOTP] for a user who must set up a second
// factor to sign in: it takes the session of MFA_SETUP, and returns the next.
func (e *Engine) AssociateTOTPFor(ctx context.Context, session seal.Secret) (text, next seal.Secret, err error) {
	a, s, err := e.resume(ctx, session)
	if err != nil {
		return "", "", err
	}
	app, text, err := e.newTOTP(a.pool, a.user)
	if err == nil {
		err = a.maySetUp(a.user)
	}
	if err != nil {
		return "", "", err
	}
	next, err = e.proceed(ctx, a, s, setUpState{App: app})
	return text, next, err
}

// VerifyTOTPFor is [Engine.VerifyTOTP] for the session of AssociateTOTPFor. It
// turns the factor on, and returns the session that answers MFA_SETUP. The user
// is asked for the app at the next sign-in even if this one is not finished.
func (e *Engine) VerifyTOTPFor(ctx context.Context, session, code seal.Secret, name string) (next seal.Secret, err error) {
	a, s, err := e.resume(ctx, session)
	if err != nil {
		return "", err
	}
	set, err := setUpOf(s.Keep)
	switch {
	case err != nil:
		return "", err
	case !a.pool.Settings.MFA.AcceptsTOTP():
		return "", ErrTOTPOff
	case set.App == nil:
		return "", ErrNoTOTP
	}
	if err := a.maySetUp(a.user); err != nil {
		return "", err
	}
	step, err := e.firstCode(ctx, a.pool, a.user, set.App, code)
	if errors.Is(err, ErrTOTPSetUp) {
		err = ErrTOTPSetUp.Saying("Code mismatch and fail enable Software Token MFA")
	}
	if err != nil {
		return "", err
	}
	if next, err = e.proceed(ctx, a, s, setUpState{Verified: true}); err != nil {
		return "", err
	}
	_, err = e.users.Update(ctx, a.pool, a.user.Sub, user.Change{Apply: func(u *user.User) error {
		if err := a.maySetUp(u); err != nil {
			return err
		}
		u.Security.TOTP, u.Security.PendingTOTP = &user.TOTP{Sealed: set.App.Sealed, Name: name, Used: step}, nil
		u.Security.MFA.TurnOn(SoftwareTokenMFA)
		return nil
	}})
	return next, err
}

// RemoveTOTP removes a user's authenticator app, and turns the factor off.
func (e *Engine) RemoveTOTP(ctx context.Context, p *userpool.Pool, sub user.Sub) error {
	_, err := e.users.Update(ctx, p, sub, user.Change{Apply: func(u *user.User) error {
		u.Security.TOTP, u.Security.PendingTOTP = nil, nil
		u.Security.MFA.TurnOff(SoftwareTokenMFA)
		return nil
	}})
	return err
}

func (e *Engine) newTOTP(p *userpool.Pool, u *user.User) (*user.TOTP, seal.Secret, error) {
	if !p.Settings.MFA.AcceptsTOTP() {
		return nil, "", ErrTOTPOff
	}
	return e.credentials.NewTOTP(u)
}

// firstCode returns the time step of a new app's code. Wrong codes are counted.
func (e *Engine) firstCode(ctx context.Context, p *userpool.Pool, u *user.User, app *user.TOTP, code seal.Secret) (int64, error) {
	var step int64
	right, err := e.credentials.Try(ctx, p.ID, credential.Guesser(credential.FactorTOTPSetUp, p, u, ""), func() (_ bool, err error) {
		step, err = e.credentials.TOTPStep(u, app, code)
		return step != 0, err
	})
	if err == nil && !right {
		err = ErrTOTPSetUp
	}
	return step, err
}

// resume opens a session of MFA_SETUP that comes without the name of its client
// and user: the session has the client, and its sealed state the user.
func (e *Engine) resume(ctx context.Context, session seal.Secret) (*attempt, *state, error) {
	client, sealed, err := splitSession(session)
	if err != nil {
		return nil, nil, err
	}
	a := &attempt{now: e.now()}
	if a.client, err = e.pools.Client(ctx, client); err == nil {
		a.pool, err = e.pools.Pool(ctx, a.client.Pool)
	}
	if err != nil {
		return nil, nil, gone(err)
	}
	s, err := e.open(mfaSetup{}, a, sealed)
	if err != nil {
		return nil, nil, err
	}
	if a.user, err = e.users.User(ctx, a.pool.ID, s.Sub); err != nil {
		return nil, nil, gone(err)
	}
	return a, s, a.stands(s)
}

// gone returns ErrSessionInvalid if err says that something does not exist, or that
// it can't exist: the name of the client is what a stranger may have sent.
func gone(err error) error {
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Invalid {
		return ErrSessionInvalid.Because(err)
	}
	return err
}

// proceed uses up a session of MFA_SETUP and returns the next.
func (e *Engine) proceed(ctx context.Context, a *attempt, s *state, set setUpState) (seal.Secret, error) {
	keep, err := json.Marshal(set)
	if err != nil {
		return "", fmt.Errorf("encode state of %s: %w", MFASetup, err)
	}
	if err := e.spend(ctx, s); err != nil {
		return "", err
	}
	sealed, err := e.seal(mfaSetup{}, a, keep)
	if err != nil {
		return "", err
	}
	return joinSession(a.client.ID, sealed), nil
}
