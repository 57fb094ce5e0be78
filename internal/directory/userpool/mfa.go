package userpool

import (
	"context"

	"gatehouse/internal/base/pattern"
)

// MFAMode says whether users need a second factor to sign in.
type MFAMode string

// The modes. Cognito: MfaConfiguration.
const (
	MFAOff      MFAMode = ""         // no second factor is asked for
	MFAOptional MFAMode = "OPTIONAL" // users who have turned on a factor are asked for it
	MFARequired MFAMode = "ON"       // every user is asked for a factor, or must set one up
)

// MFA is what a pool asks of its users besides the first factor.
type MFA struct {
	Mode MFAMode `json:",omitempty"`
	// SMS and Email accept a code that is sent to the user.
	SMS   bool `json:",omitempty"`
	Email bool `json:",omitempty"`
	// TOTP accepts the codes of an authenticator app. nil and false both mean
	// that it does not, but false is shown to the pool's owner and counts as a
	// factor where the service demands that one is configured.
	TOTP    *bool    `json:",omitempty"`
	Message Template `json:",omitzero"` // the wording of the messages with codes
}

// SMSConfiguration says that the pool's owner has set up SMS, and as whom its
// messages are sent: by SNS, or by End User Messaging if EUMS is set.
// Cognito: SmsConfigurationType.
type SMSConfiguration struct {
	CallerARN  string
	ExternalID string `json:",omitempty"`
	Region     string `json:",omitempty"`
	EUMS       *EUMS  `json:",omitempty"`
}

// EUMS is how AWS End User Messaging sends the SMS of a pool. What is empty was not
// chosen. Cognito: EumsSmsConfigurationType.
type EUMS struct {
	CallerARN        string
	ExternalID       string `json:",omitempty"`
	Origin           string `json:",omitempty"` // a phone number, or the ARN of a number, a sender id or a pool of them
	ConfigurationSet string `json:",omitempty"`
	// India demands that senders and texts are registered.
	Entity   string `json:",omitempty"`
	Template string `json:",omitempty"`
	Region   string `json:",omitempty"` // "": that of the pool, which is the only one
}

// regionForm is that of the regions of AWS. A region becomes part of the name of the
// host to which codes are sent.
var regionForm = pattern.New(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)

func (s *SMSConfiguration) check() error {
	if s != nil && s.EUMS == nil && s.CallerARN == "" {
		return ErrSettings.Saying("SmsConfiguration needs SnsCallerArn or EumsSms.")
	}
	if region := s.SendsFrom(); region != "" && !regionForm.MatchString(region) {
		return ErrSettings.Saying("SnsRegion is not the name of a region.")
	}
	if s != nil && s.EUMS != nil && (s.CallerARN != "" || s.Region != "") {
		return ErrSettings.Saying("SmsConfiguration has SnsCallerArn or SnsRegion together with EumsSms: give one of the two.")
	}
	return nil
}

// checkRegion refuses that End User Messaging sends from another region than the
// pool's. Cognito: EumsSmsConfigurationType, Region.
func (s *SMSConfiguration) checkRegion(pool PoolID) error {
	if s == nil || s.EUMS == nil || s.EUMS.Region == "" || s.EUMS.Region == pool.Region() {
		return nil
	}
	return ErrSettings.Saying("The Region of EumsSms must be that of the user pool, %s.", pool.Region())
}

// SendsFrom returns the region from which SNS sends the pool's SMS. "": the pool has
// not chosen one.
func (s *SMSConfiguration) SendsFrom() string {
	if s == nil {
		return ""
	}
	return s.Region
}

// AcceptsTOTP reports whether the codes of an authenticator app are a second
// factor in the pool.
func (m MFA) AcceptsTOTP() bool { return m.Mode != MFAOff && m.TOTP != nil && *m.TOTP }

// AcceptsCodeTo reports whether a code that is sent to the attribute, email or
// phone_number, is a second factor in the pool.
func (m MFA) AcceptsCodeTo(attribute string) bool {
	return m.Mode != MFAOff && (attribute == "email" && m.Email || attribute == "phone_number" && m.SMS)
}

func (m MFA) hasFactor() bool { return m.SMS || m.Email || m.TOTP != nil }

// checkMFA checks the settings of second factors. Cognito: SetUserPoolMfaConfig,
// CreateUserPool; observed texts.
func (s *Settings) checkMFA() error {
	switch {
	case s.MFA.Mode == MFAOff:
		return nil
	case !s.MFA.hasFactor():
		return ErrSettings.Saying("Invalid MFA configuration given, at least one of SMS MFA, Email MFA, or Software Token MFA must be enabled.")
	case s.MFA.SMS && s.SMS == nil:
		return ErrSettings.Saying("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
	}
	return nil
}

// updated returns m after an update of the pool that asks for the mode, unless it is
// nil, and for the wording of the SMS. The factors stay. A pool without factors gets
// SMS, which is the factor that creating a pool with MFA gives; but once a pool exists,
// MFA is made mandatory only after its factors were chosen.
// Cognito: UpdateUserPool; observed text.
func (m MFA) updated(mode *MFAMode, sms string) (MFA, error) {
	m.Message.SMSMessage = sms
	if mode == nil {
		return m, nil
	}
	if *mode == MFARequired && !m.hasFactor() {
		return m, ErrSettings.Saying("Cannot turn MFA functionality ON, once the user pool has been created")
	}
	if *mode != MFAOff && !m.hasFactor() {
		m.SMS = true
	}
	m.Mode = *mode
	return m, nil
}

// SetMFA replaces the second factors of a pool, what it asks of passkeys, and its SMS configuration unless
// sms is nil. With the mode off, mfa must name no factor. ErrPoolNotFound,
// ErrSettings. Cognito: SetUserPoolMfaConfig.
func (e *Engine) SetMFA(ctx context.Context, id PoolID, mfa MFA, passkeys Passkeys, sms *SMSConfiguration) (*Pool, error) {
	if mfa.Mode == MFAOff && mfa.hasFactor() {
		return nil, ErrSettings.Saying("Invalid MFA configuration given, can't turn off MFA and configure an MFA together")
	}
	return e.UpdatePool(ctx, id, func(p *Pool) error {
		p.Settings.MFA, p.Settings.Passkeys = mfa, passkeys
		if sms != nil {
			p.Settings.SMS = sms
		}
		return nil
	})
}
