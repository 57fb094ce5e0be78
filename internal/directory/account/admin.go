package account

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Invitation is the input of Invite and ResendInvitation.
type Invitation struct {
	Username          string
	TemporaryPassword seal.Secret // "": none if the user can sign in without one; else one is generated
	Attributes        map[string]string
	Mediums           []string          // EMAIL, SMS; empty: SMS, as in Cognito
	Silent            bool              // send no message
	TakeAlias         bool              // take over an alias that another user has
	Validation        map[string]string // ValidationData, for the pool's function
	Metadata          map[string]string // ClientMetadata, for the pool's functions
}

// Invite makes a user with a temporary password, and sends the password to the
// user by each medium that is asked for. A user who can begin a sign-in
// without a password gets none, unless one is given, and is confirmed.
// Cognito: AdminCreateUser. With ErrDelivery the user exists and is returned.
func (e *Engine) Invite(ctx context.Context, p *userpool.Pool, in Invitation) (*user.User, error) {
	u, password, err := e.invited(p, in)
	if err != nil {
		return nil, err
	}
	o := trigger.Occasion{Pool: p, Metadata: in.Metadata}
	_, err = e.Triggers.PreSignUp(ctx, o, trigger.NewUser{Invited: true, Username: u.Username, Attributes: u.Attributes, Validation: in.Validation})
	if err != nil {
		return nil, err
	}
	if err := e.Users.Create(ctx, p, u, in.TakeAlias); err != nil {
		return nil, err
	}
	return u, e.sendInvitation(ctx, p, u, in, password)
}

// invited drafts the user of an invitation. password is "" if the user has none.
func (e *Engine) invited(p *userpool.Pool, in Invitation) (u *user.User, password seal.Secret, err error) {
	u, err = e.Users.Draft(p, user.NewUser{Username: in.Username, Attributes: in.Attributes, Status: user.Confirmed})
	if err != nil {
		return nil, "", err
	}
	if err := user.CheckVerified(u.Attributes, nil); err != nil {
		return nil, "", err
	}
	if err := in.checkMediums(u); err != nil {
		return nil, "", err
	}
	if in.TemporaryPassword == "" && len(user.FirstFactors(p, u)) > 0 {
		return u, "", nil
	}
	if password, err = temporary(p, in.TemporaryPassword); err != nil {
		return nil, "", err
	}
	u.Status = user.ForceChangePassword
	u.Password, err = e.Credentials.MakePassword(p, u, password, true)
	return u, password, err
}

// ResendInvitation sends an invited user a new temporary password. Errors:
// ErrNotResendable if the user has no temporary password any more.
func (e *Engine) ResendInvitation(ctx context.Context, p *userpool.Pool, in Invitation) (*user.User, error) {
	u, err := e.Users.Find(ctx, p, in.Username)
	if err != nil {
		return nil, err
	}
	if err := in.checkMediums(u); err != nil {
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
		u.Password, u.Security.PasswordOff = kept, false
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
	return given, credential.CheckPolicy(p.Settings.PasswordPolicy, given, credential.InvitationWording)
}

var attributeOf = map[string]string{"EMAIL": "email", "SMS": "phone_number"}

// checkMediums returns an error if the request asks for a message by a medium for
// which the user has no address. A message by the default medium is left out instead.
// Cognito: observed text for e-mail.
func (in *Invitation) checkMediums(u *user.User) error {
	for _, m := range in.Mediums {
		if in.Silent || u.Attributes[attributeOf[m]] != "" {
			continue
		}
		if m == "EMAIL" {
			return user.ErrAttributes.Saying("No email provided but desired delivery medium was Email")
		}
		return user.ErrAttributes.Saying("No phone number provided but desired delivery medium was SMS")
	}
	return nil
}

func (e *Engine) sendInvitation(ctx context.Context, p *userpool.Pool, u *user.User, in Invitation, password seal.Secret) error {
	if in.Silent {
		return nil
	}
	o := trigger.Occasion{Pool: p, Metadata: in.Metadata}
	mediums := in.Mediums
	if len(mediums) == 0 {
		mediums = []string{"SMS"}
	}
	for _, m := range mediums {
		attribute := attributeOf[m]
		if u.Attributes[attribute] == "" {
			continue
		}
		l := letter{kind: invitationMessage, purpose: "invitation", attribute: attribute, words: invitation(p, password), code: password}
		if err := e.deliver(ctx, o, u, l, false); err != nil {
			return err
		}
	}
	return nil
}

// invitation returns the words of an invitation, with or without a password.
func invitation(p *userpool.Pool, password seal.Secret) userpool.Template {
	if password == "" {
		return wording(withoutCode(p.Settings.Invitation), standardWelcome)
	}
	return wording(p.Settings.Invitation, standardInvitation)
}

// SetPassword sets a user's password. Unless permanent, the user must change it
// at the next sign-in, and the tokens end. It ends a lockout, and the browser
// sessions. Codes that were sent before become invalid, so that none can undo what
// the administrator decided.
// credential.ErrPasswordPolicy, credential.ErrPasswordReused.
func (e *Engine) SetPassword(ctx context.Context, p *userpool.Pool, name string, password seal.Secret, permanent bool) error {
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, password, credential.ChangeWording); err != nil {
		return err
	}
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	if err := e.Credentials.CheckReuse(ctx, p, u, name, password); err != nil {
		return err
	}
	kept, err := e.Credentials.MakePassword(p, u, password, !permanent)
	if err != nil {
		return err
	}
	checked := u
	err = e.changePassword(ctx, p, u, user.Ends{Sent: true, Browsers: true, Tokens: !permanent}, func(u *user.User) error {
		if !samePassword(u, checked) {
			return errOvertaken
		}
		u.Password, u.Status, u.Security.PasswordOff = kept, user.ForceChangePassword, false
		if permanent {
			u.Status = user.Confirmed
		}
		return nil
	})
	switch {
	case errors.Is(err, errOvertaken):
		return e.SetPassword(ctx, p, name, password, permanent)
	case err != nil:
		return err
	}
	return e.Credentials.Unlock(ctx, p.ID, credential.Guesser(credential.FactorPassword, p, u, name))
}

// TakePassword takes a user's password away. The user can get a new one by
// [Engine.SetPassword] alone, and goes on to sign in at providers to which it is
// linked. Browser sessions end; tokens stay, as when a provider is taken away.
// Cognito: AdminDisableProviderForUser.
func (e *Engine) TakePassword(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	_, err = e.Users.Update(ctx, p, u.Sub, user.Change{Ends: user.Ends{Sent: true, Browsers: true}, Apply: func(u *user.User) error {
		if u.Status == user.External {
			return user.ErrIdentity.Saying("The user has no password.")
		}
		u.Password, u.Security.PasswordOff = nil, true
		return nil
	}})
	return err
}

// ResetPassword sends a user a code, with which the user must set a new password,
// and ends the user's tokens and browser sessions. Errors: ErrDisabled, ErrStatus,
// ErrNoRecovery, ErrAdminRecovery.
func (e *Engine) ResetPassword(ctx context.Context, p *userpool.Pool, name string, metadata map[string]string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	resettable := func(u *user.User) error {
		if !u.Enabled {
			return ErrDisabled
		}
		if u.Status != user.Confirmed && u.Status != user.ResetRequired || u.Security.PasswordOff {
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
	u, err = e.Users.Update(ctx, p, u.Sub, user.Change{Ends: everySignIn, Apply: func(u *user.User) error {
		if err := resettable(u); err != nil {
			return err
		}
		u.Status = user.ResetRequired
		return nil
	}})
	if err != nil {
		return err
	}
	_, err = e.sendCode(ctx, trigger.Occasion{Pool: p, Metadata: metadata}, u, verification(p, forgotMessage, credential.ForgotPassword, attribute), false)
	return err
}

// SetEnabled enables or disables a user. Disabling ends the user's tokens and
// browser sessions; enabling does not restore them.
func (e *Engine) SetEnabled(ctx context.Context, p *userpool.Pool, name string, enabled bool) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	change := user.Change{Apply: func(u *user.User) error {
		u.Enabled = enabled
		return nil
	}}
	if !enabled {
		change.Ends = everySignIn
	}
	_, err = e.Users.Update(ctx, p, u.Sub, change)
	return err
}

var everySignIn = user.Ends{Tokens: true, Browsers: true}

// SignOut revokes a user's tokens. Browser sessions stay, as in Cognito.
func (e *Engine) SignOut(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	return e.Tokens.RevokeAllOf(ctx, p.ID, u.Sub)
}

// Delete deletes a user with everything that belongs to it.
func (e *Engine) Delete(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	return e.Users.Delete(ctx, p.ID, u.Sub)
}
