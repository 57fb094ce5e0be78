package account

import (
	"context"
	"errors"

	"gatehouse/internal/credential"
	"gatehouse/internal/seal"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// ForgotPassword sends a reset code to the best verified contact. A client
// that hides whether users exist gets a made-up delivery wherever none is
// possible. Cognito: "Managing error responses".
func (e *Engine) ForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*Delivery, error) {
	if err := e.Credentials.Hourly(ctx, p.ID, "forgot:"+p.Case(name), resetsAnHour); err != nil {
		return nil, err
	}
	u, attribute, err := e.recoverable(ctx, p, c, name)
	if err != nil && hidden(c, err) || err == nil && u == nil {
		return simulated(recoveryOrder(p)[0], name), nil
	}
	if err != nil {
		return nil, err
	}
	return e.sendCode(ctx, p, u, credential.ForgotPassword, attribute)
}

// recoverable returns the named user and the contact that a code can go to.
func (e *Engine) recoverable(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*user.User, string, error) {
	u, err := e.find(ctx, p, c, name)
	switch {
	case errors.Is(err, user.ErrUserNotFound):
		return nil, "", user.ErrUserNotFound.Saying("Username/client id combination not found.")
	case err != nil || u == nil:
		return nil, "", err
	case !u.Enabled:
		return nil, "", ErrDisabled
	case u.Status == user.ForceChangePassword:
		return nil, "", ErrStatus.Saying("User password cannot be reset in the current state.")
	}
	attribute, err := recoveryContact(p, u)
	return u, attribute, err
}

// ConfirmForgotPassword proves a reset code and sets the new password. An
// unconfirmed user becomes confirmed; tokens stay, as at Cognito.
func (e *Engine) ConfirmForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, code, password seal.Secret) error {
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, password); err != nil {
		return err
	}
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return err
	}
	if u == nil {
		return credential.ErrCodeMismatch
	}
	if !u.Enabled {
		return ErrDisabled
	}
	kept, err := e.Credentials.MakePassword(p, u, password, false)
	if err != nil {
		return err
	}
	_, err = e.Credentials.Redeem(ctx, p, u, credential.ForgotPassword, code, user.Change{}, func(u *user.User, sentTo string) error {
		u.Password, u.Status = kept, user.Confirmed
		u.Attributes[sentTo+"_verified"] = "true"
		return nil
	})
	if err != nil {
		return err
	}
	return e.Credentials.Store.Forget(ctx, p.ID, credential.Guesser(p, u, name))
}

// ChangePassword sets a new password for who knows the old one. It counts
// wrong ones as sign-in does.
func (e *Engine) ChangePassword(ctx context.Context, p *userpool.Pool, u *user.User, previous, proposed seal.Secret) error {
	if err := e.Credentials.Hourly(ctx, p.ID, "change:"+string(u.Sub), changesAnHour); err != nil {
		return err
	}
	if err := e.provePassword(ctx, p, u, previous); err != nil {
		return err
	}
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, proposed); err != nil {
		return err
	}
	kept, err := e.Credentials.MakePassword(p, u, proposed, false)
	if err != nil {
		return err
	}
	was := u.Password
	_, err = e.update(ctx, p, u, func(u *user.User) error {
		// A change that came between has made previous wrong.
		if u.Password == nil || string(u.Password.Salt) != string(was.Salt) {
			return ErrWrongPassword
		}
		u.Password = kept
		return nil
	})
	return err
}

func (e *Engine) provePassword(ctx context.Context, p *userpool.Pool, u *user.User, password seal.Secret) error {
	guesser := credential.Guesser(p, u, u.Username)
	if err := e.Credentials.MayTry(ctx, p.ID, guesser); err != nil {
		return err
	}
	right, err := e.Credentials.Matches(p, u, u.Username, password)
	if err != nil {
		return err
	}
	if !right {
		if err := e.Credentials.Failed(ctx, p.ID, guesser); err != nil {
			return err
		}
		return ErrWrongPassword
	}
	return e.Credentials.Succeeded(ctx, p.ID, guesser)
}
