package user

import "gatehouse/internal/directory/userpool"

// The first factors, with the names that Cognito gives them as challenges. The
// code to the user's mailbox is [EmailOTP], as it is among the second factors.
const (
	ByPassword = "PASSWORD"
	BySRP      = "PASSWORD_SRP" // the password too, proved without sending it
	SMSOTP     = "SMS_OTP"
)

// FirstFactors returns the factors with which the user can begin a sign-in by
// choice: the pool allows them, and the user has what they need.
//
// The codes that are sent would be the second factor too, so a user who needs a
// second factor begins with the password; as does one who must replace it.
// Cognito: "Choice-based sign-in".
func FirstFactors(p *userpool.Pool, u *User) []string {
	var list []string
	if u.Password != nil && p.Settings.AllowsFirst(userpool.FirstPassword) {
		list = append(list, BySRP, ByPassword)
	}
	if u.Status == ForceChangePassword || u.needsSecond(p) {
		return list
	}
	for _, f := range []struct{ factor, contact string }{{userpool.FirstEmail, "email"}, {userpool.FirstSMS, "phone_number"}} {
		if p.Settings.AllowsFirst(f.factor) && u.Attributes[f.contact] != "" {
			list = append(list, f.factor)
		}
	}
	return list
}

// needsSecond reports whether the user can't sign in with one factor.
func (u *User) needsSecond(p *userpool.Pool) bool {
	return p.Settings.MFA.Mode == userpool.MFARequired || len(SecondFactors(p, u)) > 0
}
