package account

import (
	"context"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Hourly limits for each user. Cognito: "Quotas".
const (
	resendsAnHour  = 5
	resetsAnHour   = 5
	changesAnHour  = 5
	verifiesAnHour = 5
	// contactsAnHour limits the new addresses and numbers to which a user can have
	// codes sent. Cognito documents no such limit.
	contactsAnHour = 15
)

// SignUp is the input of signing up.
type SignUp struct {
	Username   string
	Password   seal.Secret
	Attributes map[string]string
}

// SignUp makes an unconfirmed user and sends the code that confirms it. The
// delivery is nil if the pool verifies no attribute that the user gave: then an
// administrator confirms the user. With ErrDelivery the user exists and is
// returned.
func (e *Engine) SignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, in SignUp) (*user.User, *Delivery, error) {
	if p.Settings.AdminCreateOnly {
		return nil, nil, ErrSignUpClosed
	}
	if err := checkOwnWords(p, c, in.Attributes); err != nil {
		return nil, nil, err
	}
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, in.Password); err != nil {
		return nil, nil, err
	}
	u, err := e.draft(p, in)
	if err != nil {
		return nil, nil, err
	}
	if err := e.Users.Create(ctx, p, u, false); err != nil {
		return nil, nil, err
	}
	d, err := e.sendConfirmation(ctx, p, c, u, false)
	return u, d, err
}

func (e *Engine) draft(p *userpool.Pool, in SignUp) (*user.User, error) {
	u, err := e.Users.Draft(p, user.NewUser{Username: in.Username, Attributes: in.Attributes, Status: user.Unconfirmed, OwnWords: true})
	if err != nil {
		return nil, err
	}
	if missing := user.MissingAttributes(p, u); len(missing) > 0 {
		var faults strings.Builder
		for _, name := range missing {
			faults.WriteString(name + ": The attribute is required\n")
		}
		return nil, user.ErrAttributes.Saying("Attributes did not conform to the schema: %s", faults.String())
	}
	u.Password, err = e.Credentials.MakePassword(p, u, in.Password, false)
	return u, err
}

// checkOwnWords returns an error if a new user may not set one of the attributes
// through the client.
func checkOwnWords(p *userpool.Pool, c *userpool.Client, attributes map[string]string) error {
	if _, given := attributes["preferred_username"]; given && p.AliasIs("preferred_username") {
		return user.ErrAttributes.Saying("Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.") // Cognito: observed text
	}
	return user.CheckOwnWords(p, c, attributes)
}

func (e *Engine) sendConfirmation(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, hidden bool) (*Delivery, error) {
	attribute := confirmationContact(p, u)
	if attribute == "" {
		return nil, nil
	}
	l := verification(p, credential.ConfirmSignUp, attribute)
	if attribute == "email" && p.Settings.ConfirmLink.On {
		own := p.Settings.ConfirmLink
		l.words = wording(userpool.Template{EmailSubject: own.EmailSubject, EmailMessage: own.EmailMessage}, standardLink)
		l.linkAt = c.ID
	}
	return e.sendCode(ctx, p, u, l, hidden)
}

// ConfirmSignUp confirms a new user with a code. With takeAlias the user takes
// over an alias that another user has. Errors: credential.ErrCodeMismatch,
// credential.ErrCodeExpired, ErrStatus, user.ErrAliasExists.
func (e *Engine) ConfirmSignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, code seal.Secret, takeAlias bool) error {
	u, err := e.find(ctx, p, c, name)
	switch {
	case err != nil:
		return err
	case u == nil || u.Status != user.Unconfirmed && hidesConfirmed(p, c):
		return e.Credentials.PretendRedeem(ctx, p, name, credential.ConfirmSignUp)
	}
	if err := mustBe(u, user.Unconfirmed, "User cannot be confirmed. Current status is %s"); err != nil {
		return err
	}
	_, err = e.Credentials.Redeem(ctx, p, u, credential.ConfirmSignUp, code, user.Change{TakeAliases: takeAlias}, confirm)
	return err
}

// confirm makes an unconfirmed user confirmed, and the attribute sentTo verified
// ("": none).
func confirm(u *user.User, sentTo string) error {
	if err := mustBe(u, user.Unconfirmed, "User cannot be confirmed. Current status is %s"); err != nil {
		return err
	}
	u.Status = user.Confirmed
	if sentTo != "" {
		u.Attributes[sentTo+"_verified"] = "true"
	}
	return nil
}

func mustBe(u *user.User, s user.Status, say string) error {
	if u.Status != s {
		return ErrStatus.Saying(say, u.Status)
	}
	return nil
}

// ResendConfirmation sends an unconfirmed user a new code. Errors:
// ErrNoVerification if the pool verifies no attribute that the user has;
// ErrAlreadyActive.
func (e *Engine) ResendConfirmation(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*Delivery, error) {
	verified := autoVerified(p)
	if len(verified) == 0 {
		return nil, ErrNoVerification
	}
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return nil, err
	}
	if err := e.Credentials.Hourly(ctx, p.ID, "resend:"+credential.Subject(p, u, name), resendsAnHour); err != nil {
		return nil, err
	}
	switch {
	case u == nil || u.Status != user.Unconfirmed && hidesConfirmed(p, c):
		return e.pretendCode(ctx, p, credential.ConfirmSignUp, verified[0], name)
	case u.Status != user.Unconfirmed:
		return nil, ErrAlreadyActive
	}
	d, err := e.sendConfirmation(ctx, p, c, u, c.Settings.HideUserExistence)
	if d == nil && err == nil {
		return nil, ErrNoVerification
	}
	return d, err
}

// ConfirmByAdmin confirms a user without a code. It verifies no attribute.
func (e *Engine) ConfirmByAdmin(ctx context.Context, p *userpool.Pool, name string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	_, err = e.update(ctx, p, u, func(u *user.User) error { return confirm(u, "") })
	return err
}
