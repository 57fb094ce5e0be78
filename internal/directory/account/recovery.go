package account

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ForgotPassword sends a reset code to the first verified contact in the pool's
// order. If none is possible, a client that hides whether users exist gets a
// made-up delivery. Cognito: "Managing error responses". For a name that no user
// has, the pool's function may describe one, who is made then.
func (e *Engine) ForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, metadata map[string]string, v risk.Visit) (*Delivery, error) {
	w, err := e.admit(ctx, p, c.ID, v)
	if err != nil {
		return nil, err
	}
	if !RecoveryOffered(p) {
		return nil, ErrAdminRecovery
	}
	o := trigger.Occasion{Pool: p, Client: c.ID, Metadata: metadata}
	u, err := e.find(ctx, p, c, name)
	if u == nil && (err == nil || errors.Is(err, user.ErrUserNotFound)) {
		u, err = e.migrateForgetful(ctx, o, name, err)
	}
	if err != nil {
		return nil, err
	}
	d, err := e.sendReset(ctx, o, c, u, name)
	return d, record(ctx, w, u, risk.Result{Type: risk.ForgotPassword, Response: risk.InProgress, Err: err})
}

// sendReset sends u a reset code, or pretends that, if there is no user with the name.
func (e *Engine) sendReset(ctx context.Context, o trigger.Occasion, c *userpool.Client, u *user.User, name string) (*Delivery, error) {
	p := o.Pool
	found := u
	u, attribute, err := recoverableBy(p, c, u)
	if err != nil {
		return nil, err
	}
	if err := e.Credentials.Hourly(ctx, p.ID, "forgot:"+credential.Subject(p, u, name), resetsAnHour); err != nil {
		return nil, err
	}
	if u == nil {
		return e.pretendCode(ctx, p, found, verification(p, forgotMessage, credential.ForgotPassword, p.RecoveryOrder()[0]), name)
	}
	return e.sendCode(ctx, o, u, verification(p, forgotMessage, credential.ForgotPassword, attribute), c.Settings.HideUserExistence)
}

// recoverable returns the user and the contact to which a code can be sent. For a
// client that hides whether users exist, the user is nil if there is no user or
// no contact, whatever the reason.
func (e *Engine) recoverable(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*user.User, string, error) {
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return nil, "", err
	}
	return recoverableBy(p, c, u)
}

// recoverableBy is recoverable for a user who was found, or nil.
func recoverableBy(p *userpool.Pool, c *userpool.Client, u *user.User) (*user.User, string, error) {
	if u == nil {
		return nil, "", nil
	}
	attribute, err := mayRecover(p, u)
	if err != nil && c.Settings.HideUserExistence {
		return nil, "", nil
	}
	return u, attribute, err
}

// mayRecover returns the attribute to which a reset code can be sent. Errors:
// ErrDisabled, ErrStatus, ErrAdminRecovery, ErrNoRecovery.
func mayRecover(p *userpool.Pool, u *user.User) (attribute string, err error) {
	switch {
	case !u.Enabled:
		return "", ErrDisabled
	case cannotReset(u):
		return "", errNotResettable
	}
	return recoveryContact(p, u)
}

// cannotReset reports whether the user may have no new password without an
// administrator.
func cannotReset(u *user.User) bool {
	return u.Status == user.ForceChangePassword || u.Status == user.External || u.Security.PasswordOff
}

var errNotResettable = ErrStatus.Saying("User password cannot be reset in the current state.")

// Reset is the input of setting a new password with a reset code.
type Reset struct {
	Username string
	Code     seal.Secret
	Password seal.Secret
	Metadata map[string]string // ClientMetadata, for the pool's function
	Visit    risk.Visit
}

// ConfirmForgotPassword sets a new password with a reset code. An unconfirmed
// user becomes confirmed. Tokens stay valid, as in Cognito. Browser sessions and
// the codes that they gave end, so that nobody who took one over stays signed in.
func (e *Engine) ConfirmForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Reset) error {
	w, err := e.admit(ctx, p, c.ID, in.Visit)
	if err != nil {
		return err
	}
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, in.Password, credential.ChangeWording); err != nil {
		return err
	}
	if err := w.NewPassword(risk.AtPasswordChange, in.Password); err != nil {
		return err
	}
	u, _, err := e.recoverable(ctx, p, c, in.Username)
	if err != nil {
		return err
	}
	return record(ctx, w, u, risk.Result{Type: risk.ForgotPassword, Response: risk.Passed, Err: e.reset(ctx, p, c, u, in)})
}

// reset sets the new password of u, or pretends that, if u is nil.
func (e *Engine) reset(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, in Reset) error {
	// Only a right code may tell whether the user had the password before.
	reused := e.Credentials.CheckReuse(ctx, p, u, in.Username, in.Password)
	if reused != nil && !errors.Is(reused, credential.ErrPasswordReused) {
		return reused
	}
	if u == nil {
		return e.pretendReset(ctx, p, in.Username, in.Password)
	}
	kept, err := e.Credentials.MakePassword(p, u, in.Password, false)
	if err != nil {
		return err
	}
	checked, change := u, user.Change{KeepPasswords: p.Settings.PasswordPolicy.FormerPasswords(), Ends: user.Ends{Browsers: true}}
	confirmed, err := e.Credentials.Redeem(ctx, p, u, credential.ForgotPassword, in.Code, change, func(u *user.User, sentTo string) error {
		switch {
		case reused != nil:
			return reused
		case !samePassword(u, checked):
			return errOvertaken
		case !u.Enabled:
			return ErrDisabled
		case cannotReset(u): // since then an administrator has set a password or taken it away
			return errNotResettable
		}
		u.Password, u.Status = kept, user.Confirmed
		u.Security.Recovery = &user.Recovery{Contact: sentTo, Salt: kept.Salt}
		u.Attributes[sentTo+"_verified"] = "true"
		return nil
	})
	switch {
	case errors.Is(err, errOvertaken):
		return e.resetAgain(ctx, p, c, in)
	case err != nil:
		return err
	}
	if err := e.Credentials.Unlock(ctx, p.ID, credential.Guesser(credential.FactorPassword, p, u, in.Username)); err != nil {
		return err
	}
	return e.Triggers.PostConfirmation(ctx, trigger.Occasion{Pool: p, Client: c.ID, Metadata: in.Metadata}, trigger.ConfirmedForgotPassword, confirmed)
}

// resetAgain is reset for the user as it is now.
func (e *Engine) resetAgain(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Reset) error {
	u, _, err := e.recoverable(ctx, p, c, in.Username)
	if err != nil {
		return err
	}
	return e.reset(ctx, p, c, u, in)
}

// pretendReset returns the error of a wrong code, after the same work.
func (e *Engine) pretendReset(ctx context.Context, p *userpool.Pool, name string, password seal.Secret) error {
	if _, err := e.Credentials.MakePassword(p, &user.User{Pool: p.ID, Username: name}, password, false); err != nil {
		return err
	}
	return e.Credentials.PretendRedeem(ctx, p, name, credential.ForgotPassword)
}

// Change is the input of changing a password.
type Change struct {
	Client             userpool.ClientID // of the user's access token
	Previous, Proposed seal.Secret
	Visit              risk.Visit
}

// ChangePassword sets a new password for a user who knows the old one. Wrong old
// passwords are counted together with those of signing in. Errors:
// ErrWrongPassword, ErrStatus, risk.ErrCompromised, and those of package credential.
func (e *Engine) ChangePassword(ctx context.Context, p *userpool.Pool, u *user.User, in Change) error {
	w, err := e.Risks.Watch(ctx, p, in.Client, in.Visit, false)
	if err != nil {
		return err
	}
	return record(ctx, w, u, risk.Result{Type: risk.PasswordChange, Response: risk.Passed, Err: e.change(ctx, w, p, u, in)})
}

func (e *Engine) change(ctx context.Context, w *risk.Watch, p *userpool.Pool, u *user.User, in Change) error {
	if err := e.Credentials.Hourly(ctx, p.ID, "change:"+credential.Subject(p, u, ""), changesAnHour); err != nil {
		return err
	}
	if err := e.provePassword(ctx, p, u, in.Previous); err != nil {
		return err
	}
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, in.Proposed, credential.ChangeWording); err != nil {
		return err
	}
	if err := w.NewPassword(risk.AtPasswordChange, in.Proposed); err != nil {
		return err
	}
	if err := e.Credentials.CheckReuse(ctx, p, u, u.Username, in.Proposed); err != nil {
		return err
	}
	kept, err := e.Credentials.MakePassword(p, u, in.Proposed, false)
	if err != nil {
		return err
	}
	checked := u
	return e.changePassword(ctx, p, u, user.Ends{}, func(u *user.User) error {
		switch {
		// Another change was first, and previous is wrong now.
		case !samePassword(u, checked):
			return ErrWrongPassword
		// A temporary password is changed by signing in with it.
		case u.Status != user.Confirmed:
			return ErrStatus.Saying("User password cannot be changed in the current state.")
		}
		u.Password = kept
		return nil
	})
}

func (e *Engine) provePassword(ctx context.Context, p *userpool.Pool, u *user.User, password seal.Secret) error {
	right, err := e.Credentials.Try(ctx, p.ID, credential.Guesser(credential.FactorPassword, p, u, ""), func() (bool, error) {
		return e.Credentials.Matches(ctx, p, u, u.Username, password)
	})
	if err == nil && !right {
		err = ErrWrongPassword
	}
	return err
}
