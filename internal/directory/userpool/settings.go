package userpool

import "time"

// Settings is what a pool's owner may choose. It is stored as one JSON
// document, so a field keeps its name.
type Settings struct {
	PasswordPolicy     PasswordPolicy
	DeletionProtection bool     `json:",omitempty"`
	AutoVerified       []string `json:",omitempty"` // email, phone_number: sign-up and changes send a code to these
	// VerifiedBeforeUpdate has those of AutoVerified whose new value replaces the
	// old one only after the user has verified it. Cognito:
	// AttributesRequireVerificationBeforeUpdate.
	VerifiedBeforeUpdate []string `json:",omitempty"`
	AliasAttributes      []string `json:",omitempty"` // email, phone_number, preferred_username; not with UsernameAttributes
	UsernameAttributes   []string `json:",omitempty"` // email, phone_number: the username is one of these
	// CaseInsensitive makes usernames and aliases match in any case. If false,
	// they match exactly, as is Cognito's default.
	CaseInsensitive bool `json:",omitempty"`
	// CaseSensitivityChosen is true if the owner sent the setting. Only then
	// does the API show it.
	CaseSensitivityChosen bool        `json:",omitempty"`
	Schema                []Attribute `json:",omitempty"` // changed standard attributes and all custom attributes
	Verification          Template
	Email                 EmailSettings `json:",omitzero"`
	ConfirmLink           LinkMessage   `json:",omitzero"`
	Invitation            Template
	AdminCreateOnly       bool              `json:",omitempty"` // nobody may sign up
	Recovery              []RecoveryOption  `json:",omitempty"` // empty: first e-mail, then phone
	FirstFactors          []string          `json:",omitempty"` // how a sign-in by choice can begin; empty: with the password
	Passkeys              Passkeys          `json:",omitzero"`
	Levels                []string          `json:",omitempty"` // the names of the levels of assurance, lowest first: four; none: the pool has none
	MFA                   MFA               `json:",omitzero"`
	SMS                   *SMSConfiguration `json:",omitempty"` // nil: the pool's owner has not set up SMS
	Tier                  string            `json:",omitempty"` // LITE, ESSENTIALS or PLUS; Gatehouse has all features in every tier
	Tags                  map[string]string `json:",omitempty"`
	Triggers              Triggers          `json:",omitzero"`
	Devices               *Devices          `json:",omitempty"` // nil: no device is remembered
	Sessions              UserSessions      `json:",omitzero"`  // SetUserSessions sets them
	Threats               Threats           `json:",omitzero"`
	Logs                  []LogDelivery     `json:",omitempty"` // SetLogs sets them
	// Registration is what the owner sent. nil: nothing, which means off.
	Registration *Registration `json:",omitempty"`
	// ForeignHashes has the forms of password hashes of other systems that users came
	// with; see package foreignhash. A check of any password costs as much as one of
	// each.
	ForeignHashes []string `json:",omitempty"`
	// RecoveryCodes is how many recovery codes a user with a second factor has. 0: the
	// pool has none.
	RecoveryCodes int `json:",omitempty"`
	// Declared has the names of those of its settings that the configuration file
	// decides. Nobody else reads it.
	Declared []string `json:",omitempty"`
	// Former is the pool that is asked for the passwords of users who have not signed in
	// since they came from there. nil: none is.
	Former *FormerPool `json:",omitempty"`
	// Taken says what came along from the pool at Amazon Cognito. nil: nothing did.
	Taken *TakenOver `json:",omitempty"`
	// AWSIssuer makes the pool's tokens name the issuer that AWS would use, for
	// development against clients that accept no other issuer.
	AWSIssuer bool `json:",omitempty"`
	// Issuer is ORIGINAL or UPDATED: which of its two hosts an issuer of AWS names.
	// "": not chosen, which means ORIGINAL.
	Issuer string `json:",omitempty"`
	// KeyType is AWS_OWNED_KEY, or "" if it was not chosen. It is shown and means
	// nothing: secrets are sealed under the installation's own keys.
	KeyType string `json:",omitempty"`
}

// Devices says what a pool does with the devices of its users. Cognito:
// DeviceConfiguration.
type Devices struct {
	ReplaceMFA   bool `json:",omitempty"` // a remembered device takes the place of a second factor
	OnlyOnPrompt bool `json:",omitempty"` // a confirmed device is remembered only after UpdateDeviceStatus
}

// PasswordPolicy is what a password must have. MinimumLength counts characters.
type PasswordPolicy struct {
	MinimumLength                          int
	Uppercase, Lowercase, Numbers, Symbols bool
	TemporaryValidityDays                  int // 0: 7
	// HistorySize is how many of a user's last passwords, with the present one, a
	// new one must differ from. 0: it may be any.
	HistorySize int `json:",omitempty"`
}

// DefaultPasswordPolicy returns the policy of a pool without a policy of its owner.
// Cognito: CreateUserPool.
func DefaultPasswordPolicy() PasswordPolicy {
	return PasswordPolicy{MinimumLength: 8, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, TemporaryValidityDays: 7}
}

// or returns the other policy if p says nothing, or nothing but how long a temporary
// password may be used, which is then the one thing that differs.
func (p PasswordPolicy) or(other PasswordPolicy) PasswordPolicy {
	if p != (PasswordPolicy{TemporaryValidityDays: p.TemporaryValidityDays}) {
		return p
	}
	if p.TemporaryValidityDays != 0 {
		other.TemporaryValidityDays = p.TemporaryValidityDays
	}
	return other
}

// FormerPasswords returns how many passwords are kept besides the present one.
func (p PasswordPolicy) FormerPasswords() int { return max(0, p.HistorySize-1) }

// TemporaryValidity returns how long a temporary password may be used.
func (p PasswordPolicy) TemporaryValidity() time.Duration {
	days := p.TemporaryValidityDays
	if days == 0 {
		days = 7
	}
	return time.Duration(days) * 24 * time.Hour
}

// Template is the wording of one kind of message. An empty field stands for
// Gatehouse's own text. "{####}" stands for the code, "{username}" for the
// username.
type Template struct {
	EmailSubject string `json:",omitempty"`
	EmailMessage string `json:",omitempty"`
	SMSMessage   string `json:",omitempty"`
}

// LinkMessage is the wording of the e-mail with a link that confirms a sign-up. An
// empty field stands for Gatehouse's own text. "{##text##}" stands for the link.
type LinkMessage struct {
	On           bool   `json:",omitempty"` // false: the e-mail has a code, as Verification says
	EmailSubject string `json:",omitempty"`
	EmailMessage string `json:",omitempty"`
}

// RecoveryOption is one way to recover from a forgotten password.
type RecoveryOption struct {
	Name     string // verified_email, verified_phone_number or admin_only
	Priority int    // 1 is tried before 2
}
