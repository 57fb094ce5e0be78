package user

import (
	"bytes"
	"slices"

	"gatehouse/internal/passkey"
)

// Security is what a pool keeps of a user to sign it in, besides the password. It
// is stored as one JSON document, so a field keeps its name. A secret in it is
// sealed or hashed.
type Security struct {
	MFA         MFA   `json:",omitzero"`
	TOTP        *TOTP `json:",omitempty"` // nil: the user has no authenticator app
	PendingTOTP *TOTP `json:",omitempty"` // an app that has not shown a code yet
	// Linked says that the user may have identities at providers of the pool.
	Linked bool `json:",omitempty"`
	// PasswordOff says that an administrator took the password away: the user
	// cannot get a new one without an administrator.
	PasswordOff bool          `json:",omitempty"`
	Passkeys    []passkey.Key `json:",omitempty"`
	// Recovery says where the code went with which the password was set, if it was.
	Recovery *Recovery `json:",omitempty"`
	// Pending has, for email and phone_number, a new value that replaces the
	// attribute's value when the user has verified it.
	Pending map[string]string `json:",omitempty"`
	// RecoveryCodes take the place of a second factor. nil: the user was never given
	// any.
	RecoveryCodes *RecoveryCodes `json:",omitempty"`
}

// MFA has the second factors that a user has turned on. Cognito:
// UserMFASettingList and PreferredMfaSetting.
type MFA struct {
	SMS   bool `json:",omitempty"`
	Email bool `json:",omitempty"`
	TOTP  bool `json:",omitempty"`
	// Preferred is the factor to ask for if several are on: SMS_MFA, EMAIL_OTP or
	// SOFTWARE_TOKEN_MFA. "": the user chooses at each sign-in.
	Preferred string `json:",omitempty"`
	// PasskeyOff is true if a passkey of the user does not count as two factors,
	// although the pool would have it so. Cognito: WebAuthnMfaSettings.
	PasskeyOff bool `json:",omitempty"`
	// Options is true if SMS was turned on with SetUserSettings. Only then does the
	// API show the old member MFAOptions.
	Options bool `json:",omitempty"`
}

// TOTP is an authenticator app of a user. RFC 6238.
type TOTP struct {
	Sealed []byte // the secret that the app has too
	Name   string `json:",omitempty"` // what the user calls the app; may be empty
	// Used is the time step of the last code that was accepted. No code of that
	// step or of an earlier one is accepted again.
	Used int64 `json:",omitempty"`
}

// beyond returns the factors that s has and before had not: [WebAuthn] for a new
// passkey, [SoftwareTokenMFA] for another authenticator app, [SMSMFA] and
// [EmailOTP] if they were turned on, [RecoveryCode] for new codes.
func (s *Security) beyond(before Security) (factors []string) {
	for _, k := range s.Passkeys {
		if !slices.ContainsFunc(before.Passkeys, func(b passkey.Key) bool { return bytes.Equal(b.ID, k.ID) }) {
			factors = append(factors, WebAuthn)
			break
		}
	}
	if s.TOTP != nil && (before.TOTP == nil || !bytes.Equal(s.TOTP.Sealed, before.TOTP.Sealed)) {
		factors = append(factors, SoftwareTokenMFA)
	}
	if s.MFA.SMS && !before.MFA.SMS {
		factors = append(factors, SMSMFA)
	}
	if s.MFA.Email && !before.MFA.Email {
		factors = append(factors, EmailOTP)
	}
	if s.RecoveryCodes != nil && (before.RecoveryCodes == nil || s.RecoveryCodes.Made.After(before.RecoveryCodes.Made)) {
		factors = append(factors, RecoveryCode)
	}
	return factors
}

// Recovery is a forgotten password that was set anew with a code.
type Recovery struct {
	Contact string // the attribute to which the code went
	Salt    []byte // of that password: the next one has another
}

// recoveredWith reports whether the present password was set with a code that went
// to the contact.
func (u *User) recoveredWith(contact string) bool {
	r := u.Security.Recovery
	return r != nil && r.Contact == contact && u.Password != nil && bytes.Equal(r.Salt, u.Password.Salt)
}
