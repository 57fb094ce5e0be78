package signin

import (
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of second factors.
var (
	ErrMFACode     = fault.New(fault.Invalid, "mfa_code", "Invalid code or auth state for the user.")
	ErrTOTPCode    = fault.New(fault.Invalid, "totp_code", "Invalid code received for user")
	ErrNoTOTP      = fault.New(fault.NotFound, "totp_missing", "The user has no software token.")
	ErrTOTPOff     = fault.New(fault.NotFound, "totp_off", "Software Token MFA has not been enabled by the userPool")
	ErrMFAChoice   = fault.New(fault.Invalid, "mfa_choice", "Invalid ANSWER given for SELECT_MFA_TYPE.")
	ErrNoSetUp     = fault.New(fault.Invalid, "mfa_not_set_up", "Set up a second factor first: with AssociateSoftwareToken and VerifySoftwareToken, or by naming the EMAIL address or PHONE_NUMBER for codes.")
	ErrContactKept = fault.New(fault.Invalid, "mfa_contact_kept", "The codes go to the address that the user has already.")
	ErrCodeNotSent = fault.New(fault.Unavailable, "mfa_code_not_sent", "The code could not be sent. Check the e-mail and SMS settings of this installation.")
	ErrNoMFA       = fault.New(fault.Denied, "mfa_impossible", "The user pool demands a second factor, and the user has none and can't set one up.")
)

// stillAsked refuses the answer to a second factor that the user would not be asked
// for now: since the question the pool has ceased to accept it, or it was turned off.
func (a *attempt) stillAsked(factor string) error {
	if !slices.Contains(a.factors(), factor) {
		return ErrSessionInvalid
	}
	return nil
}

// maySetUp refuses to set up a second factor for a user who is disabled or has one
// by now: another sign-in was first. u is the user as it is stored.
func (a *attempt) maySetUp(u *user.User) error {
	switch now := (&attempt{pool: a.pool, user: u, proved: a.proved}); {
	case !u.Enabled:
		return ErrDisabled
	case now.secondFactor() != MFASetup:
		return ErrSessionUsed
	}
	return nil
}

// secondFactor returns the challenge of the second factor that is due, or "".
//
//	a level is still to be reached      one of [user.StepFactors]
//	pool OFF, or two factors proved     none
//	CUSTOM_AUTH                         none: the pool's functions ask for it
//	a passkey proved                    none: see [user.FirstFactors]
//	a remembered device, if it counts   none: its own challenge follows
//	one factor, or a preferred one      SMS_MFA, SOFTWARE_TOKEN_MFA or EMAIL_OTP
//	several factors                     SELECT_MFA_TYPE
//	no factor, pool OPTIONAL            none, or MFA_SETUP: see [user.OwesSetUp]
//	no factor, pool ON                  MFA_SETUP
//
// [attempt.factors] says which factors count.
func (a *attempt) secondFactor() string {
	mode := a.pool.Settings.MFA.Mode
	switch {
	case a.stepsUp():
		return oneOf(a.factors())
	case mode == userpool.MFAOff || a.provedBySelf() > 1 || slices.Contains(a.proved, credential.FactorCustom) || slices.Contains(a.proved, credential.FactorPasskey),
		a.remembered() && a.pool.Settings.Devices.ReplaceMFA:
		return ""
	}
	due := oneOf(a.factors())
	if due == "" && (mode == userpool.MFARequired || user.OwesSetUp(a.pool, a.user)) {
		return MFASetup
	}
	return due
}

// oneOf returns the challenge for one of the factors; "" if there are none.
func oneOf(factors []string) string {
	switch len(factors) {
	case 0:
		return ""
	case 1:
		return factors[0]
	}
	return SelectMFAType
}

// factors returns the second factors among which the user can choose one. If a level
// is still to be reached, or the risk of the sign-in asks for one, those that are not
// turned on count, too.
func (a *attempt) factors() []string {
	if a.stepsUp() {
		return user.StepFactors(a.pool, a.user, a.target)
	}
	if a.risk != nil && a.risk.AsksMFA {
		return a.factorsAtRisk()
	}
	return user.SecondFactors(a.pool, a.user)
}

// factorsAtRisk returns the factors that a risk can ask for: a code to the mailbox
// with which the sign-in began proves nothing more.
func (a *attempt) factorsAtRisk() []string {
	return slices.DeleteFunc(user.FactorsAtRisk(a.pool, a.user), func(f string) bool {
		return slices.Contains(a.proved, challengeNamed(f).rules().proves)
	})
}

// provedBySelf returns how many factors the user has proved, without the device.
func (a *attempt) provedBySelf() int {
	n := len(a.proved)
	if slices.Contains(a.proved, credential.FactorDevice) {
		n--
	}
	return n
}
