package user

import (
	"slices"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// The first factors, with the names that Cognito gives them as challenges. The
// code to the user's mailbox is [EmailOTP], as it is among the second factors.
const (
	ByPassword = "PASSWORD"
	BySRP      = "PASSWORD_SRP" // the password too, proved without sending it
	SMSOTP     = "SMS_OTP"
	WebAuthn   = "WEB_AUTHN" // a passkey
)

// FirstFactors returns the factors with which the user can begin a sign-in by
// choice: the pool allows them, and the user has what they need.
//
// The codes that are sent would be the second factor too, so a user who needs a
// second factor begins with the password; as does one who must replace it. A
// passkey can be two factors at once, where the pool says so and the user has not
// turned that off.
// Cognito: "Choice-based sign-in".
func FirstFactors(p *userpool.Pool, u *User) []string {
	var list []string
	if u.Password != nil && p.Settings.AllowsFirst(userpool.FirstPassword) {
		list = append(list, BySRP, ByPassword)
	}
	second := u.needsSecond(p)
	if u.Status == ForceChangePassword || second && (!p.Settings.Passkeys.MultiFactor || u.Security.MFA.PasskeyOff) {
		return list
	}
	if p.Settings.AllowsFirst(userpool.FirstPasskey) && u.hasPasskey(p) {
		list = append(list, WebAuthn)
	}
	if second {
		return list
	}
	for _, f := range []struct{ factor, contact string }{{userpool.FirstEmail, "email"}, {userpool.FirstSMS, "phone_number"}} {
		if p.Settings.AllowsFirst(f.factor) && u.Attributes[f.contact] != "" {
			list = append(list, f.factor)
		}
	}
	return list
}

// hasPasskey reports whether the user has a passkey, if possible for the pool's
// relying party: only an owner who named it can change it here.
func (u *User) hasPasskey(p *userpool.Pool) bool {
	rp := p.Settings.Passkeys.RelyingParty
	return slices.ContainsFunc(u.Security.Passkeys, func(k passkey.Key) bool { return rp == "" || k.RP == rp || k.RP == "" })
}

// needsSecond reports whether the user can't sign in with one factor.
func (u *User) needsSecond(p *userpool.Pool) bool {
	return OwesSetUp(p, u) || len(SecondFactors(p, u)) > 0
}
