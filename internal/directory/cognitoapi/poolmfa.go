package cognitoapi

import (
	"cmp"
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// GetUserPoolMfaConfig returns the second factors of a pool.
func (a *API) GetUserPoolMfaConfig(ctx context.Context, in *wire.GetUserPoolMfaConfigInput) (*wire.GetUserPoolMfaConfigOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return wireMFA(p), nil
}

// SetUserPoolMfaConfig replaces the second factors of a pool.
func (a *API) SetUserPoolMfaConfig(ctx context.Context, in *wire.SetUserPoolMfaConfigInput) (*wire.SetUserPoolMfaConfigOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	mfa := userpool.MFA{Mode: modeOf(in.MFAConfiguration), SMS: in.SMSMFAConfiguration != nil, Email: in.EmailMFAConfiguration != nil}
	if t := in.SoftwareTokenMFAConfiguration; t != nil {
		mfa.TOTP = new(val(t.Enabled))
	}
	email, sms := val(in.EmailMFAConfiguration), val(in.SMSMFAConfiguration)
	mfa.Message = userpool.Template{EmailSubject: val(email.Subject), EmailMessage: val(email.Message), SMSMessage: val(sms.SMSAuthenticationMessage)}
	if p, err = a.Pools.SetMFA(ctx, p.ID, mfa, passkeySettings(in.WebAuthnConfiguration), smsConfiguration(sms.SMSConfiguration)); err != nil {
		return nil, err
	}
	return new(wire.SetUserPoolMfaConfigOutput(*wireMFA(p))), nil
}

// wireMFA returns the wire form of a pool's second factors. A factor that is not
// configured is absent.
func wireMFA(p *userpool.Pool) *wire.GetUserPoolMfaConfigOutput {
	m := p.Settings.MFA
	out := &wire.GetUserPoolMfaConfigOutput{MFAConfiguration: new(wireMode(m.Mode)), WebAuthnConfiguration: wirePasskeys(p.Settings.Passkeys)}
	if m.TOTP != nil {
		out.SoftwareTokenMFAConfiguration = &wire.SoftwareTokenMFAConfig{Enabled: m.TOTP}
	}
	if m.SMS {
		out.SMSMFAConfiguration = &wire.SMSMFAConfig{SMSAuthenticationMessage: nonZero(m.Message.SMSMessage), SMSConfiguration: wireSMS(p.Settings.SMS)}
	}
	if m.Email {
		out.EmailMFAConfiguration = &wire.EmailMFAConfig{Subject: nonZero(m.Message.EmailSubject), Message: nonZero(m.Message.EmailMessage)}
	}
	return out
}

const passkeyAsTwo = "MULTI_FACTOR_WITH_USER_VERIFICATION"

func passkeySettings(c *wire.WebAuthnConfiguration) userpool.Passkeys {
	if c == nil {
		return userpool.Passkeys{}
	}
	return userpool.Passkeys{
		RelyingParty: val(c.RelyingPartyID), UserVerification: cmp.Or(val(c.UserVerification), "preferred"), MultiFactor: val(c.FactorConfiguration) == passkeyAsTwo,
	}
}

// wirePasskeys returns the wire form of what a pool asks of passkeys, with the
// defaults. nil: its owner has set nothing.
func wirePasskeys(s userpool.Passkeys) *wire.WebAuthnConfiguration {
	if s == (userpool.Passkeys{}) {
		return nil
	}
	factor := "SINGLE_FACTOR"
	if s.MultiFactor {
		factor = passkeyAsTwo
	}
	return &wire.WebAuthnConfiguration{RelyingPartyID: nonZero(s.RelyingParty), UserVerification: &s.UserVerification, FactorConfiguration: &factor}
}

// poolMFA returns the second factors of a new pool. A pool that is made with MFA
// has SMS as its factor; other factors come with SetUserPoolMfaConfig.
// Cognito: CreateUserPool.
func poolMFA(in *wire.CreateUserPoolInput) userpool.MFA {
	mode := modeOf(in.MFAConfiguration)
	return userpool.MFA{Mode: mode, SMS: mode != userpool.MFAOff, Message: userpool.Template{SMSMessage: val(in.SMSAuthenticationMessage)}}
}

func modeOf(text *string) userpool.MFAMode {
	if val(text) == "OFF" {
		return userpool.MFAOff
	}
	return userpool.MFAMode(val(text))
}

func wireMode(m userpool.MFAMode) string {
	if m == userpool.MFAOff {
		return "OFF"
	}
	return string(m)
}

// smsConfiguration returns the SMS configuration that a request has, or nil.
func smsConfiguration(c *wire.SMSConfiguration) *userpool.SMSConfiguration {
	if c == nil {
		return nil
	}
	return &userpool.SMSConfiguration{CallerARN: val(c.SnsCallerARN), ExternalID: val(c.ExternalID), Region: val(c.SnsRegion), EUMS: eums(c.EumsSMS)}
}

func eums(c *wire.EumsSMSConfiguration) *userpool.EUMS {
	if c == nil {
		return nil
	}
	return &userpool.EUMS{
		CallerARN: val(c.CallerARN), ExternalID: val(c.ExternalID), Origin: val(c.OriginationIdentity), ConfigurationSet: val(c.ConfigurationSetName),
		Entity: val(c.InEntityID), Template: val(c.InTemplateID), Region: val(c.Region),
	}
}

func wireEUMS(c *userpool.EUMS) *wire.EumsSMSConfiguration {
	if c == nil {
		return nil
	}
	return &wire.EumsSMSConfiguration{
		CallerARN: nonZero(c.CallerARN), ExternalID: nonZero(c.ExternalID), OriginationIdentity: nonZero(c.Origin), ConfigurationSetName: nonZero(c.ConfigurationSet),
		InEntityID: nonZero(c.Entity), InTemplateID: nonZero(c.Template), Region: nonZero(c.Region),
	}
}

func wireSMS(c *userpool.SMSConfiguration) *wire.SMSConfiguration {
	if c == nil {
		return nil
	}
	return &wire.SMSConfiguration{SnsCallerARN: nonZero(c.CallerARN), ExternalID: nonZero(c.ExternalID), SnsRegion: nonZero(c.Region), EumsSMS: wireEUMS(c.EUMS)}
}
