package account

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Invitation asks for a user made by an administrator.
type Invitation struct {
	Username          string
	TemporaryPassword seal.Secret // "": one is generated
	Attributes        map[string]string
	Mediums           []string // EMAIL, SMS; empty: SMS, as Cognito
	Silent            bool     // no message
	TakeAlias         bool
}

// Invite makes a user with a temporary password and tells it so, by each
// medium whose attribute the user has. On ErrDelivery the user exists and is
// returned.
func (e *Engine) Invite(ctx context.Context, p *userpool.Pool, in Invitation) (*user.User, error) {
	password, err := temporary(p, in.TemporaryPassword)
	if err != nil {
		return nil, err
	}
	u, err := e.Users.Draft(p, user.NewUser{Username: in.Username, Attributes: in.Attributes, Status: user.ForceChangePassword})
	if err != nil {
		return nil, err
	}
	if u.Password, err = e.Credentials.MakePassword(p, u, password, true); err != nil {
		return nil, err
	}
	if err := e.Users.Create(ctx, p, u, in.TakeAlias); err != nil {
		return nil, err
	}
	return u, e.sendInvitation(ctx, p, u, in, password)
}

// ResendInvitation gives an invited user a new temporary password and message.
// ErrNotResendable unless it still has a temporary one.
func (e *Engine) ResendInvitation(ctx context.Context, p *userpool.Pool, in Invitation) (*user.User, error) {
	u, err := e.Users.Find(ctx, p, in.Username)
	if err != nil {
		return nil, err
	}
	password, err := temporary(p, in.TemporaryPassword)
	if err != nil {
		return nil, err
	}
	kept, err := e.Credentials.MakePassword(p, u, password, true)
	if err != nil {
		return nil, err
	}
	u, err = e.update(ctx, p, u, func(u *user.User) error {
		if u.Status != user.ForceChangePassword {
			return ErrNotResendable.Saying("Resend not possible. %s status is not FORCE_CHANGE_PASSWORD", u.Username)
		}
		u.Password = kept
		return nil
	})
	if err != nil {
		return nil, err
	}
	return u, e.sendInvitation(ctx, p, u, in, password)
}

func temporary(p *userpool.Pool, given seal.Secret) (seal.Secret, error) {
	if given == "" {
		return credential.Generate(p.Settings.PasswordPolicy), nil
	}
	return given, credential.CheckPolicy(p.Settings.PasswordPolicy, given)
}

var attributeOf = map[string]string{"EMAIL": "email", "SMS": "phone_number"}

func (e *Engine) sendInvitation(ctx context.Context, p *userpool.Pool, u *user.User, in Invitation, password seal.Secret) error {
	if in.Silent {
		return nil
	}
	mediums := in.Mediums
	if len(mediums) == 0 {
		mediums = []string{"SMS"}
	}
	for _, m := range mediums {
		attribute := attributeOf[m]
		if u.Attributes[attribute] == "" {
			continue
		}
		if err := e.send(ctx, p, u, attribute, "invitation", wording(p.Settings.Invitation, standardInvitation), password); err != nil {
			return err
		}
	}
	return nil
}

// SetPassword sets a user's password: for good, or to be changed at the next
// sign-in. It lifts a lockout, and codes that were sent before are worth
// nothing: none may undo what the administrator decided.
func (e *Engine) SetPassword(ctx context.Context, p *userpool.Pool, name string, password seal.Secret, permanent bool) error {
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, password); err != nil {
		return err
	}
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	kept, err := e.Credentials.MakePassword(p, u, password, !permanent)
	if err != nil {
		return err
	}
	_, err = e.update(ctx, p, u, func(u *user.User) error {
		u.Password, u.Status = kept, user.ForceChangePassword
		if permanent {
			u.Status = user.Confirmed
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := e.Credentials.DeleteCodes(ctx, u); err != nil {
		return err
	}
	return e.Credentials.Unlock(ctx, p.ID, credential.Guesser(credential.FactorPassword, p, u, name))
}

// ResetPassword makes a user set a new password with a code that is sent to
// it, and ends its tokens and browser sessions. ErrStatus, ErrNoRecovery,
// ErrAdminRecovery.
func (e *Engine) ResetPassword(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	resettable := func(u *user.User) error {
		if u.Status != user.Confirmed && u.Status != user.ResetRequired {
			return errNotResettable
		}
		return nil
	}
	if err := resettable(u); err != nil {
		return err
	}
	attribute, err := recoveryContact(p, u)
	if err != nil {
		return err
	}
	u, err = e.update(ctx, p, u, func(u *user.User) error {
		if err := resettable(u); err != nil {
			return err
		}
		u.Status = user.ResetRequired
		return nil
	})
	if err != nil {
		return err
	}
	if err := e.endAll(ctx, p, u); err != nil {
		return err
	}
	_, err = e.sendCode(ctx, p, u, credential.ForgotPassword, attribute, false)
	return err
}

// SetAttributes writes attributes of a user; an empty value removes one.
func (e *Engine) SetAttributes(ctx context.Context, p *userpool.Pool, name string, changes map[string]string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	_, err = e.update(ctx, p, u, func(u *user.User) error { return user.SetAttributes(p, u, changes) })
	return err
}

// SetEnabled lets a user sign in, or not. Disabling ends its tokens and
// browser sessions, and enabling does not bring them back.
func (e *Engine) SetEnabled(ctx context.Context, p *userpool.Pool, name string, enabled bool) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	_, err = e.update(ctx, p, u, func(u *user.User) error {
		u.Enabled = enabled
		return nil
	})
	if err != nil || enabled {
		return err
	}
	return e.endAll(ctx, p, u)
}

// endAll ends a user's tokens and browser sessions.
func (e *Engine) endAll(ctx context.Context, p *userpool.Pool, u *user.User) error {
	if err := e.Tokens.RevokeAllOf(ctx, p.ID, u.Sub); err != nil {
		return err
	}
	return e.Tokens.EndSessionsOf(ctx, p.ID, u.Sub)
}

// SignOut kills a user's tokens. The browser session stays, as at Cognito.
func (e *Engine) SignOut(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	return e.Tokens.RevokeAllOf(ctx, p.ID, u.Sub)
}

// Delete removes a user with all that is known of it.
func (e *Engine) Delete(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	return e.Users.Delete(ctx, p.ID, u.Sub)
}
