package user

// Security is what a pool keeps of a user to sign it in, besides the password. It
// is stored as one JSON document, so a field keeps its name. A secret in it is
// sealed or hashed.
type Security struct {
	MFA MFA `json:",omitzero"`
	// Pending has, for email and phone_number, a new value that replaces the
	// attribute's value when the user has verified it.
	Pending map[string]string `json:",omitempty"`
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
}
