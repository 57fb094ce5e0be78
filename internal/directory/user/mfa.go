package user

import (
	"context"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// The second factors, with the names that Cognito gives them among a user's
// settings and as challenges.
const (
	SMSMFA           = "SMS_MFA"
	SoftwareTokenMFA = "SOFTWARE_TOKEN_MFA"
	EmailOTP         = "EMAIL_OTP"
)

// secondFactors are all second factors, in the order in which a user is offered
// them.
var secondFactors = []string{SMSMFA, SoftwareTokenMFA, EmailOTP}

// ErrMFA means that a user's second factors can't be set as the caller asks.
var ErrMFA = fault.New(fault.Invalid, "mfa_preference", "The MFA preference is not valid.")

// On returns the factors that are turned on; nil if there is none.
func (m MFA) On() []string {
	var on []string
	for _, f := range secondFactors {
		if *m.flag(f) {
			on = append(on, f)
		}
	}
	return on
}

// flag returns the field that turns a factor on.
func (m *MFA) flag(factor string) *bool {
	return map[string]*bool{SMSMFA: &m.SMS, SoftwareTokenMFA: &m.TOTP, EmailOTP: &m.Email}[factor]
}

// TurnOn turns a factor on.
func (m *MFA) TurnOn(factor string) { *m.flag(factor) = true }

// TurnOff turns a factor off, and forgets that it was preferred.
func (m *MFA) TurnOff(factor string) {
	*m.flag(factor) = false
	if m.Preferred == factor {
		m.Preferred = ""
	}
	if factor == SMSMFA {
		m.Options = false
	}
}

// ContactOf returns the attribute to which the code of a factor is sent; "" for
// an authenticator app.
func ContactOf(factor string) string {
	return map[string]string{SMSMFA: "phone_number", EmailOTP: "email"}[factor]
}

// SecondFactors returns the factors from which the pool lets the user choose one
// after the first factor. One: the user is asked for it. None: the user signs in
// without a second factor, or, where the pool demands one, must set one up.
//
//	turned on         preferred: that one; otherwise all that are on
//	none, pool ON     the authenticator app, if the user has one; otherwise all
//	                  contacts that the user has
//
// A factor counts only if the pool accepts it and the user can use it. A contact
// that is the pool's only way to a forgotten password is not chosen by itself, and
// the contact that got the code for the present password is no choice beside
// others: a mailbox would be both factors. Cognito: "Adding MFA to a user pool".
func SecondFactors(p *userpool.Pool, u *User) []string {
	factors := choices(p, u)
	if len(factors) < 2 {
		return factors
	}
	return slices.DeleteFunc(factors, func(f string) bool { return u.recoveredWith(ContactOf(f)) })
}

func choices(p *userpool.Pool, u *User) []string {
	if p.Settings.MFA.Mode == userpool.MFAOff {
		return nil
	}
	usable := slices.DeleteFunc(slices.Clone(secondFactors), func(f string) bool { return !u.canUse(p, f) })
	on := slices.DeleteFunc(slices.Clone(usable), func(f string) bool { return !*u.Security.MFA.flag(f) })
	switch {
	case slices.Contains(on, u.Security.MFA.Preferred):
		return []string{u.Security.MFA.Preferred}
	case len(on) > 0 || p.Settings.MFA.Mode == userpool.MFAOptional:
		return on
	case slices.Contains(usable, SoftwareTokenMFA):
		return []string{SoftwareTokenMFA}
	}
	only := p.RecoveryOrder()
	return slices.DeleteFunc(usable, func(f string) bool { return len(only) == 1 && only[0] == ContactOf(f) })
}

// OwesSetUp reports whether the user must set up a second factor to sign in with a
// password: the pool demands one, or the user had an authenticator app elsewhere that
// could not come along. No factor may be left, see SecondFactors.
func OwesSetUp(p *userpool.Pool, u *User) bool {
	switch mode := p.Settings.MFA.Mode; {
	case mode == userpool.MFAOff || len(SecondFactors(p, u)) > 0:
		return false
	case mode == userpool.MFARequired:
		return true
	}
	return u.Security.MFA.TOTP && u.Security.TOTP == nil
}

// BringFactors turns on the second factors that a user had at another installation.
// Codes to contacts go on. The secret of an authenticator app stays there: if there was
// nothing else, the user owes a new one.
func (u *User) BringFactors(p *userpool.Pool, had []string) {
	for _, factor := range []string{SMSMFA, EmailOTP} {
		if slices.Contains(had, factor) {
			u.Security.MFA.TurnOn(factor)
		}
	}
	if slices.Contains(had, SoftwareTokenMFA) && len(SecondFactors(p, u)) == 0 {
		u.Security.MFA.TurnOn(SoftwareTokenMFA)
	}
}

// FactorsAtRisk returns the factors with which a user can prove more than the first
// one, turned on or not: what SecondFactors would return if the pool demanded one.
// Cognito: AccountTakeoverActionType.
func FactorsAtRisk(p *userpool.Pool, u *User) []string {
	if p.Settings.MFA.Mode == userpool.MFAOff {
		return nil
	}
	demanding := *p
	demanding.Settings.MFA.Mode = userpool.MFARequired
	return SecondFactors(&demanding, u)
}

// canUse reports whether the pool accepts the factor and the user has what it
// needs.
func (u *User) canUse(p *userpool.Pool, factor string) bool {
	if contact := ContactOf(factor); contact != "" {
		return p.Settings.MFA.AcceptsCodeTo(contact) && u.Attributes[contact] != ""
	}
	return p.Settings.MFA.AcceptsTOTP() && u.Security.TOTP != nil
}

// FactorChange turns one second factor on or off. With [WebAuthn] it says whether a
// passkey counts as two factors, which it does anyway if the pool has it so.
type FactorChange struct {
	Factor    string
	On        bool
	Preferred bool
}

// SetMFA turns second factors of a user on and off. A factor that no change names
// stays as it is. ErrMFA, ErrUserNotFound. Cognito: SetUserMFAPreference.
func (e *Engine) SetMFA(ctx context.Context, p *userpool.Pool, sub Sub, changes []FactorChange) error {
	_, err := e.Update(ctx, p, sub, Change{Apply: func(u *User) error { return u.changeMFA(p, changes) }})
	return err
}

func (u *User) changeMFA(p *userpool.Pool, changes []FactorChange) error {
	m, preferred := &u.Security.MFA, 0
	for _, c := range changes {
		switch {
		case c.Factor == WebAuthn && c.On && !p.Settings.Passkeys.MultiFactor:
			return ErrMFA.Saying("The user pool does not allow passkeys as multi-factor authentication.")
		case c.Factor == WebAuthn:
			m.PasskeyOff = !c.On
			continue
		case !c.On && c.Preferred:
			return ErrMFA.Saying("A factor that is not enabled cannot be the preferred MFA.")
		case c.On && !u.has(c.Factor):
			return ErrMFA.Saying("User does not have delivery config set to turn on %s", c.Factor) // Cognito: observed text
		case !c.On:
			m.TurnOff(c.Factor)
			continue
		}
		m.TurnOn(c.Factor)
		if c.Preferred {
			m.Preferred = c.Factor
			preferred++
		} else if m.Preferred == c.Factor {
			m.Preferred = ""
		}
	}
	if preferred > 1 {
		return ErrMFA.Saying("Only one MFA method can be the preferred one.")
	}
	return nil
}

// has reports whether the user has what a factor needs.
func (u *User) has(factor string) bool {
	if contact := ContactOf(factor); contact != "" {
		return u.Attributes[contact] != ""
	}
	return u.Security.TOTP != nil
}

// SetOptions turns SMS as a second factor on or off in the old way, which knows no
// other factor. ErrMFA, ErrUserNotFound. Cognito: SetUserSettings.
func (e *Engine) SetOptions(ctx context.Context, p *userpool.Pool, sub Sub, sms bool) error {
	_, err := e.Update(ctx, p, sub, Change{Apply: func(u *User) error {
		if err := u.changeMFA(p, []FactorChange{{Factor: SMSMFA, On: sms}}); err != nil {
			return err
		}
		u.Security.MFA.Options = sms
		return nil
	}})
	return err
}
