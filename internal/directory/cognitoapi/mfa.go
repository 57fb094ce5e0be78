package cognitoapi

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// errWhose means that a call has neither of the two members that say whose
// authenticator app it is about.
var errWhose = signin.ErrParameter.Saying("One of AccessToken and Session is required.")

// AssociateSoftwareToken makes the secret of an authenticator app, for the user of
// an access token or of a session of MFA_SETUP.
func (a *API) AssociateSoftwareToken(ctx context.Context, in *wire.AssociateSoftwareTokenInput) (*wire.AssociateSoftwareTokenOutput, error) {
	switch {
	case in.AccessToken != nil:
		b, err := a.bearer(ctx, in.AccessToken)
		if err != nil {
			return nil, err
		}
		secret, err := a.SignIns.AssociateTOTP(ctx, b.Pool, b.User)
		return &wire.AssociateSoftwareTokenOutput{SecretCode: &secret}, err
	case in.Session != nil:
		secret, next, err := a.SignIns.AssociateTOTPFor(ctx, *in.Session)
		return &wire.AssociateSoftwareTokenOutput{SecretCode: &secret, Session: &next}, err
	}
	return nil, errWhose
}

// VerifySoftwareToken takes the first code of an authenticator app. The operation
// may not answer ExpiredCodeException for a code that was used before.
func (a *API) VerifySoftwareToken(ctx context.Context, in *wire.VerifySoftwareTokenInput) (*wire.VerifySoftwareTokenOutput, error) {
	out, err := a.verifySoftwareToken(ctx, in)
	if errors.Is(err, credential.ErrTOTPUsed) {
		err = signin.ErrTOTPSetUp.Saying("%s", fault.As(err).Message)
	}
	return out, err
}

func (a *API) verifySoftwareToken(ctx context.Context, in *wire.VerifySoftwareTokenInput) (*wire.VerifySoftwareTokenOutput, error) {
	code, name := val(in.UserCode), val(in.FriendlyDeviceName)
	switch {
	case in.AccessToken != nil:
		b, err := a.bearer(ctx, in.AccessToken)
		if err != nil {
			return nil, err
		}
		return &wire.VerifySoftwareTokenOutput{Status: new("SUCCESS")}, a.SignIns.VerifyTOTP(ctx, b.Pool, b.User, code, name)
	case in.Session != nil:
		next, err := a.SignIns.VerifyTOTPFor(ctx, *in.Session, code, name)
		return &wire.VerifySoftwareTokenOutput{Status: new("SUCCESS"), Session: &next}, err
	}
	return nil, errWhose
}

// AdminDeleteSoftwareToken removes a user's authenticator app. A user without one
// is no error.
func (a *API) AdminDeleteSoftwareToken(ctx context.Context, in *wire.AdminDeleteSoftwareTokenInput) (*wire.AdminDeleteSoftwareTokenOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.SignIns.RemoveTOTP(ctx, p, u.Sub)
}

// SetUserMFAPreference turns second factors on and off, for the user whose access
// token it gets.
func (a *API) SetUserMFAPreference(ctx context.Context, in *wire.SetUserMFAPreferenceInput) (*wire.SetUserMFAPreferenceOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.SetMFA(ctx, b.Pool, b.User.Sub, factorChanges(in.SMSMFASettings, in.SoftwareTokenMFASettings, in.EmailMFASettings, in.WebAuthnMFASettings))
}

// AdminSetUserMFAPreference turns second factors of a user on and off.
func (a *API) AdminSetUserMFAPreference(ctx context.Context, in *wire.AdminSetUserMFAPreferenceInput) (*wire.AdminSetUserMFAPreferenceOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.SetMFA(ctx, p, u.Sub, factorChanges(in.SMSMFASettings, in.SoftwareTokenMFASettings, in.EmailMFASettings, in.WebAuthnMFASettings))
}

// factorChanges returns the changes that a request has. A member that is absent
// changes nothing.
func factorChanges(sms *wire.SMSMFASettings, token *wire.SoftwareTokenMFASettings, email *wire.EmailMFASettings, key *wire.WebAuthnMFASettings) []user.FactorChange {
	var list []user.FactorChange
	if sms != nil {
		list = append(list, user.FactorChange{Factor: user.SMSMFA, On: val(sms.Enabled), Preferred: val(sms.PreferredMFA)})
	}
	if token != nil {
		list = append(list, user.FactorChange{Factor: user.SoftwareTokenMFA, On: val(token.Enabled), Preferred: val(token.PreferredMFA)})
	}
	if email != nil {
		list = append(list, user.FactorChange{Factor: user.EmailOTP, On: val(email.Enabled), Preferred: val(email.PreferredMFA)})
	}
	if key != nil {
		list = append(list, user.FactorChange{Factor: user.WebAuthn, On: val(key.Enabled)})
	}
	return list
}

// SetUserSettings turns SMS as a second factor on or off, for the user whose
// access token it gets. SetUserMFAPreference replaces it.
func (a *API) SetUserSettings(ctx context.Context, in *wire.SetUserSettingsInput) (*wire.SetUserSettingsOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	sms, err := wantsSMS(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.SetOptions(ctx, b.Pool, b.User.Sub, sms)
}

// AdminSetUserSettings turns SMS as a second factor of a user on or off.
func (a *API) AdminSetUserSettings(ctx context.Context, in *wire.AdminSetUserSettingsInput) (*wire.AdminSetUserSettingsOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	sms, err := wantsSMS(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.SetOptions(ctx, p, u.Sub, sms)
}

// wantsSMS reports whether the options turn SMS on. They know no other factor.
// Cognito: SetUserSettings.
func wantsSMS(options []wire.MFAOption) (bool, error) {
	for _, o := range options {
		if val(o.AttributeName) != "phone_number" || val(o.DeliveryMedium) != "SMS" {
			return false, user.ErrMFA.Saying("MFAOptions can name only SMS to phone_number. SetUserMFAPreference sets the other factors.")
		}
	}
	return len(options) > 0, nil
}

// wireOptions returns the old form of a user's second factors.
func wireOptions(m user.MFA) []wire.MFAOption {
	if !m.Options {
		return nil
	}
	return []wire.MFAOption{{AttributeName: new("phone_number"), DeliveryMedium: new("SMS")}}
}

// GetUserAuthFactors returns how the user whose access token it gets can sign in.
func (a *API) GetUserAuthFactors(ctx context.Context, in *wire.GetUserAuthFactorsInput) (*wire.GetUserAuthFactorsOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return wireFactors(b.Pool, b.User), nil
}

// AdminGetUserAuthFactors returns how a user can sign in.
func (a *API) AdminGetUserAuthFactors(ctx context.Context, in *wire.AdminGetUserAuthFactorsInput) (*wire.AdminGetUserAuthFactorsOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return new(wire.AdminGetUserAuthFactorsOutput(*wireFactors(p, u))), nil
}

func wireFactors(p *userpool.Pool, u *user.User) *wire.GetUserAuthFactorsOutput {
	m := u.Security.MFA
	return &wire.GetUserAuthFactorsOutput{
		Username: new(u.Username), UserMFASettingList: m.On(), PreferredMFASetting: nonZero(m.Preferred),
		ConfiguredUserAuthFactors: authFactors(p, u),
	}
}

// authFactors returns the factors that the user has, first and second ones, under
// the names of AuthFactorType.
func authFactors(p *userpool.Pool, u *user.User) []string {
	first := user.FirstFactors(p, u)
	factors := []string{}
	for _, f := range []struct {
		has  bool
		name string
	}{
		{u.Password != nil, "PASSWORD"}, {u.Security.MFA.Email || slices.Contains(first, user.EmailOTP), "EMAIL_OTP"}, {u.Security.MFA.SMS || slices.Contains(first, user.SMSOTP), "SMS_OTP"}, {len(u.Security.Passkeys) > 0, "WEB_AUTHN"}, {u.Security.TOTP != nil, "SOFTWARE_TOKEN"},
	} {
		if f.has {
			factors = append(factors, f.name)
		}
	}
	return factors
}
