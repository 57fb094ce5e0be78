package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/arn"
	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/settings"
)

// PoolMFA says whether the users of a pool need a second factor.
type PoolMFA struct {
	// `OFF`: no second factor. `OPTIONAL`: whoever has turned one on is asked for it.
	// `ON`: everybody is, and sets one up at the next sign-in.
	Configuration string `key:"configuration" default:"OPTIONAL" enum:"OFF,OPTIONAL,ON"`

	// The second factors that the pool accepts: an authenticator app, and codes by
	// e-mail and SMS.
	Factors []string `key:"factors" default:"SOFTWARE_TOKEN_MFA" enum:"SOFTWARE_TOKEN_MFA,EMAIL_OTP,SMS_MFA"`
}

// WebAuthn says what a pool asks of passkeys.
type WebAuthn struct {
	// The host name to which passkeys belong: they work at it and below it. Left out:
	// the host of the pool's domain.
	RelyingPartyID string `key:"relying_party_id"`

	// Whether a passkey must verify its user, by finger, face or PIN.
	UserVerification string `key:"user_verification" default:"preferred" enum:"preferred,required"`

	// Whether a passkey that verifies its user counts as two factors.
	FactorConfiguration string `key:"factor_configuration" default:"SINGLE_FACTOR" enum:"SINGLE_FACTOR,MULTI_FACTOR_WITH_USER_VERIFICATION"`
}

// PasswordPolicy says what a password must have.
type PasswordPolicy struct {
	// The fewest characters of a password, from 6 to 99.
	MinimumLength int `key:"minimum_length" default:"8"`

	// Whether a password needs a lower-case letter.
	RequireLowercase bool `key:"require_lowercase" default:"true"`

	// Whether a password needs an upper-case letter.
	RequireUppercase bool `key:"require_uppercase" default:"true"`

	// Whether a password needs a digit.
	RequireNumbers bool `key:"require_numbers" default:"true"`

	// Whether a password needs a character that is neither letter nor digit.
	RequireSymbols bool `key:"require_symbols" default:"true"`

	// For how many days a temporary password of an administrator can be used, from 1
	// to 365.
	TemporaryPasswordValidityDays int `key:"temporary_password_validity_days" default:"7"`

	// From how many of the last passwords, with the present one, a new one must
	// differ: at most 24. 0: it may be any.
	PasswordHistorySize int `key:"password_history_size"`
}

// PoolDevices says what a pool does with the devices of its users.
type PoolDevices struct {
	// A remembered device takes the place of the second factor, in the API.
	ChallengeRequiredOnNewDevice bool `key:"challenge_required_on_new_device"`

	// A device is remembered only if the user says so. Otherwise each is.
	DeviceOnlyRememberedOnUserPrompt bool `key:"device_only_remembered_on_user_prompt"`
}

// LambdaConfig has the ARNs of the functions that a pool calls. Where each runs
// stands in `directory.functions`.
type LambdaConfig struct {
	// Before a user signs up.
	PreSignUp string `key:"pre_sign_up"`

	// After a user was confirmed.
	PostConfirmation string `key:"post_confirmation"`

	// Before a user signs in.
	PreAuthentication string `key:"pre_authentication"`

	// After a user has signed in.
	PostAuthentication string `key:"post_authentication"`

	// Before tokens are issued.
	PreTokenGeneration string `key:"pre_token_generation"`

	// The version of the event of `pre_token_generation`.
	PreTokenGenerationVersion string `key:"pre_token_generation_version" default:"V1_0" enum:"V1_0,V2_0,V3_0"`

	// For a name that no user of the pool has: the users of another system.
	UserMigration string `key:"user_migration"`

	// Before a message is sent.
	CustomMessage string `key:"custom_message"`

	// To decide what a sign-in with `CUSTOM_AUTH` asks next.
	DefineAuthChallenge string `key:"define_auth_challenge"`

	// To make the question of `CUSTOM_AUTH`.
	CreateAuthChallenge string `key:"create_auth_challenge"`

	// To check the answer of `CUSTOM_AUTH`.
	VerifyAuthChallengeResponse string `key:"verify_auth_challenge_response"`

	// To send e-mail.
	CustomEmailSender string `key:"custom_email_sender"`

	// To send SMS.
	CustomSMSSender string `key:"custom_sms_sender"`

	// The ARN of the key under which the two senders get codes.
	KMSKeyID string `key:"kms_key_id"`
}

// Functions returns the ARNs by their keys, without those left out.
func (l *LambdaConfig) Functions() map[string]string {
	all := map[string]string{
		"pre_sign_up": l.PreSignUp, "post_confirmation": l.PostConfirmation, "pre_authentication": l.PreAuthentication,
		"post_authentication": l.PostAuthentication, "pre_token_generation": l.PreTokenGeneration, "user_migration": l.UserMigration,
		"custom_message": l.CustomMessage, "define_auth_challenge": l.DefineAuthChallenge, "create_auth_challenge": l.CreateAuthChallenge,
		"verify_auth_challenge_response": l.VerifyAuthChallengeResponse, "custom_email_sender": l.CustomEmailSender, "custom_sms_sender": l.CustomSMSSender,
	}
	for key, arn := range all {
		if arn == "" {
			delete(all, key)
		}
	}
	return all
}

// PoolMessages is the wording of the messages of a pool.
type PoolMessages struct {
	// With the code for a new account or address, and for a forgotten password.
	Verification MessageText `key:"verification"`

	// To a user whom an administrator has made: it names the user and the temporary
	// password.
	Invitation MessageText `key:"invitation"`

	// With the code of a second factor.
	Authentication MessageText `key:"authentication"`
}

// MessageText is the wording of one message. `{####}` stands for the code or the
// password, `{username}` for the name. What is left out has Gatehouse's own words.
type MessageText struct {
	// The subject of the e-mail.
	EmailSubject string `key:"email_subject"`

	// The e-mail, in HTML.
	EmailMessage string `key:"email_message"`

	// The SMS.
	SMSMessage string `key:"sms_message"`
}

// ClientValidity has the lifetimes of what a client gets.
type ClientValidity struct {
	// From 5 minutes to a day, in whole seconds.
	AccessToken time.Duration `key:"access_token" default:"1h"`

	// From 5 minutes to a day, in whole seconds.
	IDToken time.Duration `key:"id_token" default:"1h"`

	// From an hour to ten years, in whole seconds, and not shorter than the others.
	RefreshToken time.Duration `key:"refresh_token" default:"720h"`

	// How long a user may take for one step of a sign-in: from 3 to 15 minutes.
	AuthSession time.Duration `key:"auth_session" default:"3m"`
}

var (
	kmsKeyARN     = pattern.New(`^arn:[\w-]+:kms:[a-z0-9-]+:[0-9]+:key/[\w-]+$`)
	attributeName = visible(20)
)

// checkSettings checks the keys of a pool that stand for its settings.
func (k *checker) checkSettings(at string, d *Directory, p *Pool) {
	k.number(at+".recovery_codes", p.RecoveryCodes, 0, 20)
	if w := p.WebAuthn; w != nil {
		k.checkRelyingParty(at+".web_authn.relying_party_id", w.RelyingPartyID)
	}
	if w := p.PasswordPolicy; w != nil {
		k.number(at+".password_policy.minimum_length", w.MinimumLength, 6, 99)
		k.number(at+".password_policy.temporary_password_validity_days", w.TemporaryPasswordValidityDays, 1, 365)
		k.number(at+".password_policy.password_history_size", w.PasswordHistorySize, 0, 24)
	}
	if i := slices.Index(p.AccountRecovery, "admin_only"); i >= 0 && len(p.AccountRecovery) > 1 {
		k.fail(settings.Item(at+".account_recovery", i), settings.Quote("admin_only"), "a way beside others", "write it alone")
	}
	if m := p.MFA; m != nil && slices.Contains(m.Factors, "SMS_MFA") && d.SMS == nil && (p.LambdaConfig == nil || p.LambdaConfig.CustomSMSSender == "") {
		k.missing("directory.sms", at+".mfa.factors has SMS_MFA")
	}
	k.checkLambdas(at+".lambda_config", d, p.LambdaConfig)
	k.checkMessages(at+".messages", p.Messages)
	k.checkRequired(at+".required_attributes", p.RequiredAttributes)
	k.checkAttributes(at+".custom_attributes", p.CustomAttributes)
	k.checkLevels(at+".acr_configuration", p.AcrConfiguration)
}

func (k *checker) number(path string, n, least, most int) {
	if n < least || n > most {
		k.fail(path, settings.Quote(strconv.Itoa(n)), "a number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most), "")
	}
}

func (k *checker) checkRelyingParty(path, id string) {
	if id == "" || id == "localhost" || customDomainForm.MatchString(id) && id == strings.ToLower(id) {
		return
	}
	k.fail(path, settings.Quote(id), "a host name in lower case", "")
}

// checkLambdas checks that each function is one of directory.functions.
func (k *checker) checkLambdas(at string, d *Directory, l *LambdaConfig) {
	if l == nil {
		return
	}
	functions := l.Functions()
	for _, key := range slices.Sorted(maps.Keys(functions)) {
		path, name := at+"."+key, functions[key]
		_, runs := arn.Best(d.Functions, func(f Function) string { return f.ARN }, name)
		switch {
		case !functionARN.MatchString(name) || strings.HasSuffix(name, "*"):
			k.fail(path, settings.Quote(name), "the ARN of a Lambda function", "for example arn:aws:lambda:us-east-1:000000000000:function:pre-token")
		case len(d.Functions) > 0 && !runs:
			k.fail(path, settings.Quote(name), "the ARN of one of directory.functions", "say there where it runs")
		}
	}
	senders := l.CustomEmailSender != "" || l.CustomSMSSender != ""
	switch {
	case l.KMSKeyID != "" && !kmsKeyARN.MatchString(l.KMSKeyID):
		k.fail(at+".kms_key_id", settings.Quote(l.KMSKeyID), "the ARN of a key", "for example arn:aws:kms:us-east-1:000000000000:key/codes")
	case l.KMSKeyID == "" && senders:
		k.missing(at+".kms_key_id", "the senders get codes under it: write an ARN, for example arn:aws:kms:us-east-1:000000000000:key/codes")
	}
}

// checkMessages checks that each message has what it is sent for.
func (k *checker) checkMessages(at string, m *PoolMessages) {
	if m == nil {
		return
	}
	for _, t := range []struct {
		key   string
		text  MessageText
		needs []string
	}{
		{"verification", m.Verification, []string{"{####}"}},
		{"invitation", m.Invitation, []string{"{username}", "{####}"}},
		{"authentication", m.Authentication, []string{"{####}"}},
	} {
		k.checkMessage(at+"."+t.key+".email_message", t.text.EmailMessage, t.needs)
		k.checkMessage(at+"."+t.key+".sms_message", t.text.SMSMessage, t.needs)
	}
}

func (k *checker) checkMessage(path, text string, needs []string) {
	if text != "" && slices.ContainsFunc(needs, func(n string) bool { return !strings.Contains(text, n) }) {
		k.fail(path, "the message", "a message with "+strings.Join(needs, " and "), "")
	}
}

// checkValidity allows what Cognito allows.
func (k *checker) checkValidity(at string, v *ClientValidity) {
	if v == nil {
		return
	}
	k.between(at+".access_token", v.AccessToken, 5*time.Minute, 24*time.Hour, time.Second)
	k.between(at+".id_token", v.IDToken, 5*time.Minute, 24*time.Hour, time.Second)
	k.between(at+".refresh_token", v.RefreshToken, time.Hour, 3650*24*time.Hour, time.Second)
	k.between(at+".auth_session", v.AuthSession, 3*time.Minute, 15*time.Minute, time.Minute)
	if longest := max(v.AccessToken, v.IDToken); v.RefreshToken < longest && v.RefreshToken >= time.Hour {
		k.fail(at+".refresh_token", settings.Quote(v.RefreshToken.String()), "as long as the other tokens", "write at least "+longest.String())
	}
}

func (k *checker) between(path string, d, least, most, unit time.Duration) {
	if d < least || d > most || d%unit != 0 {
		k.fail(path, settings.Quote(d.String()), "a whole number of "+map[time.Duration]string{time.Second: "seconds", time.Minute: "minutes"}[unit]+" from "+least.String()+" to "+most.String(), "")
	}
}
