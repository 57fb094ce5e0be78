package userpool

import "slices"

// The first factors with which the flow USER_AUTH lets users begin a sign-in.
// Cognito: AllowedFirstAuthFactors.
const (
	FirstPassword = "PASSWORD"
	FirstEmail    = "EMAIL_OTP" // a code to the user's mailbox
	FirstSMS      = "SMS_OTP"   // a code to the user's phone
	FirstPasskey  = "WEB_AUTHN"
)

// SignInFactors returns the first factors that the pool allows.
func (s *Settings) SignInFactors() []string {
	if len(s.FirstFactors) == 0 {
		return []string{FirstPassword}
	}
	return s.FirstFactors
}

// AllowsFirst reports whether the pool allows a first factor.
func (s *Settings) AllowsFirst(factor string) bool {
	return slices.Contains(s.SignInFactors(), factor)
}

// ChoosesFirst reports whether there is something to choose: the pool allows more
// than the password.
func (s *Settings) ChoosesFirst() bool {
	return slices.ContainsFunc(s.SignInFactors(), func(f string) bool { return f != FirstPassword })
}

// checkFirstFactors refuses a factor that does not begin a sign-in.
func (s *Settings) checkFirstFactors() error {
	for i, f := range s.FirstFactors {
		switch {
		case !slices.Contains([]string{FirstPassword, FirstEmail, FirstSMS, FirstPasskey}, f):
			return ErrSettings.Saying("%s cannot be in AllowedFirstAuthFactors.", f)
		case slices.Contains(s.FirstFactors[:i], f):
			return ErrSettings.Saying("AllowedFirstAuthFactors names %s twice.", f)
		}
	}
	if len(s.FirstFactors) == 1 && s.FirstFactors[0] == FirstPasskey {
		return ErrSettings.Saying("WEB_AUTHN cannot be the only one of AllowedFirstAuthFactors: nobody could register the first passkey.")
	}
	return nil
}
