package account

import (
	"context"
	"errors"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
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
	Password   seal.Secret // "": none, where users can sign in without one
	Attributes map[string]string
	Validation map[string]string // ValidationData, for the pool's function
	Metadata   map[string]string // ClientMetadata, for the pool's functions
	Visit      risk.Visit
}

// SignUp makes an unconfirmed user and sends the code that confirms it. The
// delivery is nil if the pool verifies no attribute that the user gave: then an
// administrator confirms the user. It is nil, too, if the pool's function confirms
// the user at once. With ErrDelivery the user exists and is returned.
func (e *Engine) SignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, in SignUp) (*user.User, *Delivery, error) {
	w, err := e.admit(ctx, p, c.ID, in.Visit)
	if err != nil {
		return nil, nil, err
	}
	u, d, err := e.signUp(ctx, w, p, c, in)
	if u == nil {
		return nil, nil, err
	}
	response := risk.InProgress
	if u.Status == user.Confirmed {
		response = risk.Passed
	}
	if kept := w.Record(ctx, u, risk.Result{Type: risk.SignUp, Response: response}); kept != nil {
		return u, d, errors.Join(err, kept)
	}
	return u, d, err
}

func (e *Engine) signUp(ctx context.Context, w *risk.Watch, p *userpool.Pool, c *userpool.Client, in SignUp) (*user.User, *Delivery, error) {
	if p.Settings.AdminCreateOnly {
		return nil, nil, ErrSignUpClosed
	}
	if err := checkOwnWords(p, c, in.Attributes); err != nil {
		return nil, nil, err
	}
	if in.Password != "" {
		if err := credential.CheckPolicy(p.Settings.PasswordPolicy, in.Password, credential.SignUpWording); err != nil {
			return nil, nil, err
		}
		if err := w.NewPassword(risk.AtSignUp, in.Password); err != nil {
			return nil, nil, err
		}
	}
	u, err := e.draft(p, c, in)
	if err != nil {
		return nil, nil, err
	}
	o := trigger.Occasion{Pool: p, Client: c.ID, Metadata: in.Metadata}
	takeAlias, err := e.welcome(ctx, o, u, in.Validation)
	if err != nil {
		return nil, nil, err
	}
	if err := e.Users.Create(ctx, p, u, takeAlias); err != nil {
		return nil, nil, err
	}
	if u.Status == user.Confirmed {
		return u, nil, e.Triggers.PostConfirmation(ctx, o, trigger.ConfirmedSignUp, u)
	}
	d, err := e.sendConfirmation(ctx, o, u, signUpMessage, false)
	return u, d, err
}

// welcome asks the pool's function about a drafted user. The function may refuse
// it, confirm it, and verify its contacts: then the user takes over an alias that
// another user has. Cognito: "Pre sign-up Lambda trigger".
func (e *Engine) welcome(ctx context.Context, o trigger.Occasion, u *user.User, validation map[string]string) (takeAlias bool, err error) {
	w, err := e.Triggers.PreSignUp(ctx, o, trigger.NewUser{Username: u.Username, Attributes: u.Attributes, Validation: validation})
	if err != nil {
		return false, err
	}
	for contact, verify := range map[string]bool{"email": w.VerifyEmail, "phone_number": w.VerifyPhone} {
		switch {
		case verify && u.Attributes[contact] == "":
			return false, trigger.ErrOutput.Saying("The function verifies the attribute %s, which the user does not have.", contact)
		case verify:
			u.Attributes[contact+"_verified"], takeAlias = "true", true
		}
	}
	if w.Confirm {
		u.Status = user.Confirmed
	}
	return takeAlias, nil
}

func (e *Engine) draft(p *userpool.Pool, c *userpool.Client, in SignUp) (*user.User, error) {
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
	if in.Password == "" {
		return u, needlessPassword(p, c, u)
	}
	u.Password, err = e.Credentials.MakePassword(p, u, in.Password, false)
	return u, err
}

// needlessPassword returns an error unless u, who has no password, can sign in to
// the client without one.
func needlessPassword(p *userpool.Pool, c *userpool.Client, u *user.User) error {
	if c.AllowsFlow(userpool.FlowUserChoice) && len(user.FirstFactors(p, u)) > 0 {
		return nil
	}
	return credential.CheckPolicy(p.Settings.PasswordPolicy, "", credential.SignUpWording)
}

// checkOwnWords returns an error if a new user may not set one of the attributes
// through the client.
func checkOwnWords(p *userpool.Pool, c *userpool.Client, attributes map[string]string) error {
	if _, given := attributes["preferred_username"]; given && p.AliasIs("preferred_username") {
		return user.ErrAttributes.Saying("Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.") // Cognito: observed text
	}
	return user.CheckOwnWords(p, c, attributes)
}

func (e *Engine) sendConfirmation(ctx context.Context, o trigger.Occasion, u *user.User, kind string, hidden bool) (*Delivery, error) {
	p := o.Pool
	attribute := confirmationContact(p, u)
	if attribute == "" {
		return nil, nil
	}
	l := verification(p, kind, credential.ConfirmSignUp, attribute)
	if attribute == "email" && p.Settings.ConfirmLink.On {
		own := p.Settings.ConfirmLink
		l.words = wording(userpool.Template{EmailSubject: own.EmailSubject, EmailMessage: own.EmailMessage}, standardLink)
		l.linkAt = o.Client
	}
	return e.sendCode(ctx, o, u, l, hidden)
}

// Confirmation is the input of confirming a sign-up.
type Confirmation struct {
	Username  string
	Code      seal.Secret
	TakeAlias bool              // take over an alias that another user has
	Metadata  map[string]string // ClientMetadata, for the pool's function
}

// ConfirmSignUp confirms a new user with a code. Errors: credential.ErrCodeMismatch,
// credential.ErrCodeExpired, ErrStatus, user.ErrAliasExists. With an error of
// package trigger the user is confirmed.
func (e *Engine) ConfirmSignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Confirmation) error {
	u, err := e.find(ctx, p, c, in.Username)
	switch {
	case err != nil:
		return err
	case u == nil || u.Status != user.Unconfirmed && hidesConfirmed(p, c):
		return e.Credentials.PretendRedeem(ctx, p, in.Username, credential.ConfirmSignUp)
	}
	if err := mustBe(u, user.Unconfirmed, "User cannot be confirmed. Current status is %s"); err != nil {
		return err
	}
	u, err = e.Credentials.Redeem(ctx, p, u, credential.ConfirmSignUp, in.Code, user.Change{TakeAliases: in.TakeAlias}, confirm)
	if err != nil {
		return err
	}
	return e.Triggers.PostConfirmation(ctx, trigger.Occasion{Pool: p, Client: c.ID, Metadata: in.Metadata}, trigger.ConfirmedSignUp, u)
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
func (e *Engine) ResendConfirmation(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, metadata map[string]string, v risk.Visit) (*Delivery, error) {
	w, err := e.admit(ctx, p, c.ID, v)
	if err != nil {
		return nil, err
	}
	if len(autoVerified(p)) == 0 {
		return nil, ErrNoVerification
	}
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return nil, err
	}
	d, err := e.resend(ctx, trigger.Occasion{Pool: p, Client: c.ID, Metadata: metadata}, c, u, name)
	return d, record(ctx, w, u, risk.Result{Type: risk.ResendCode, Response: risk.Passed, Err: err})
}

// resend sends u a new code, or pretends that, if there is no user with the name.
func (e *Engine) resend(ctx context.Context, o trigger.Occasion, c *userpool.Client, u *user.User, name string) (*Delivery, error) {
	p := o.Pool
	if err := e.Credentials.Hourly(ctx, p.ID, "resend:"+credential.Subject(p, u, name), resendsAnHour); err != nil {
		return nil, err
	}
	switch {
	case u == nil || u.Status != user.Unconfirmed && hidesConfirmed(p, c):
		return e.pretendCode(ctx, p, u, verification(p, resendMessage, credential.ConfirmSignUp, autoVerified(p)[0]), name)
	case u.Status != user.Unconfirmed:
		return nil, ErrAlreadyActive
	}
	d, err := e.sendConfirmation(ctx, o, u, resendMessage, c.Settings.HideUserExistence)
	if d == nil && err == nil {
		return nil, ErrNoVerification
	}
	return d, err
}

// ConfirmByAdmin confirms a user without a code. It verifies no attribute. With an
// error of package trigger the user is confirmed.
func (e *Engine) ConfirmByAdmin(ctx context.Context, p *userpool.Pool, name string, metadata map[string]string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	u, err = e.update(ctx, p, u, func(u *user.User) error { return confirm(u, "") })
	if err != nil {
		return err
	}
	return e.Triggers.PostConfirmation(ctx, trigger.Occasion{Pool: p, Metadata: metadata}, trigger.ConfirmedSignUp, u)
}
