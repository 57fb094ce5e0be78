package server

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
)

// declaredPart is a key of the file that decides a part of a pool's settings.
type declaredPart struct {
	key   string
	given bool
	// set writes what the file says; without the key, the default.
	set func(s *userpool.Settings)
}

// declareSettings gives a pool the settings that the file has for it. What the file
// says no more gets its default back, and what it never said stays as the API has it.
func (d *directory) declareSettings(c *config.Pool, s *userpool.Settings) {
	var declared []string
	for _, p := range d.partsOf(c) {
		if p.given {
			declared = append(declared, p.key)
		}
		if p.given || slices.Contains(s.Declared, p.key) {
			p.set(s)
		}
	}
	s.Declared = declared
}

func (d *directory) partsOf(c *config.Pool) []declaredPart {
	return []declaredPart{
		{"mfa", c.MFA != nil, func(s *userpool.Settings) { d.declareMFA(c.MFA, s) }},
		{"allowed_first_auth_factors", len(c.AllowedFirstAuthFactors) > 0, func(s *userpool.Settings) { s.FirstFactors = c.AllowedFirstAuthFactors }},
		{"web_authn", c.WebAuthn != nil, func(s *userpool.Settings) { s.Passkeys = passkeysOf(c.WebAuthn) }},
		{"password_policy", c.PasswordPolicy != nil, func(s *userpool.Settings) { s.PasswordPolicy = passwordPolicyOf(c.PasswordPolicy) }},
		{"auto_verified_attributes", len(c.AutoVerifiedAttributes) > 0, func(s *userpool.Settings) { declareVerified(c.AutoVerifiedAttributes, s) }},
		{"account_recovery", len(c.AccountRecovery) > 0, func(s *userpool.Settings) { s.Recovery = recoveryOf(c.AccountRecovery) }},
		{"advanced_security_mode", c.AdvancedSecurityMode != "", func(s *userpool.Settings) { s.Threats = threatsOf(c.AdvancedSecurityMode, s.Threats) }},
		{"device_configuration", c.DeviceConfiguration != nil, func(s *userpool.Settings) { s.Devices = devicesOf(c.DeviceConfiguration) }},
		{"lambda_config", c.LambdaConfig != nil, func(s *userpool.Settings) { s.Triggers = triggersOf(c.LambdaConfig) }},
		{"acr_configuration", c.AcrConfiguration != nil, func(s *userpool.Settings) { s.Levels = levelsOf(c.AcrConfiguration) }},
		{"messages", c.Messages != nil, func(s *userpool.Settings) { declareMessages(c.Messages, s) }},
	}
}

// declareMFA keeps the wording of messages, which is another key's. A pool with codes
// by SMS is sent to as one whose owner has set up SMS at AWS.
func (d *directory) declareMFA(c *config.PoolMFA, s *userpool.Settings) {
	words := s.MFA.Message
	s.MFA = userpool.MFA{Message: words}
	if c == nil || c.Configuration == "OFF" {
		return
	}
	has := func(f string) bool { return slices.Contains(c.Factors, f) }
	s.MFA = userpool.MFA{Mode: userpool.MFAMode(c.Configuration), SMS: has("SMS_MFA"), Email: has("EMAIL_OTP"), TOTP: new(has("SOFTWARE_TOKEN_MFA")), Message: words}
	if s.MFA.SMS && s.SMS == nil {
		s.SMS = &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::" + d.cfg.AccountID + ":role/gatehouse"}
	}
}

func passkeysOf(c *config.WebAuthn) userpool.Passkeys {
	if c == nil {
		return userpool.Passkeys{}
	}
	return userpool.Passkeys{RelyingParty: c.RelyingPartyID, UserVerification: c.UserVerification, MultiFactor: c.FactorConfiguration == "MULTI_FACTOR_WITH_USER_VERIFICATION"}
}

func passwordPolicyOf(c *config.PasswordPolicy) userpool.PasswordPolicy {
	if c == nil {
		return userpool.DefaultPasswordPolicy()
	}
	return userpool.PasswordPolicy{
		MinimumLength: c.MinimumLength, Lowercase: c.RequireLowercase, Uppercase: c.RequireUppercase, Numbers: c.RequireNumbers, Symbols: c.RequireSymbols,
		TemporaryValidityDays: c.TemporaryPasswordValidityDays, HistorySize: c.PasswordHistorySize,
	}
}

// declareVerified keeps of the attributes that are verified before they change those
// that are verified at all.
func declareVerified(attributes []string, s *userpool.Settings) {
	if len(attributes) == 0 {
		attributes = []string{"email"}
	}
	s.AutoVerified = attributes
	s.VerifiedBeforeUpdate = slices.DeleteFunc(slices.Clone(s.VerifiedBeforeUpdate), func(a string) bool { return !slices.Contains(attributes, a) })
}

func recoveryOf(names []string) (list []userpool.RecoveryOption) {
	for i, name := range names {
		list = append(list, userpool.RecoveryOption{Name: name, Priority: i + 1})
	}
	return list
}

// threatsOf keeps the mode of sign-ins that the pool's functions decide.
func threatsOf(mode string, now userpool.Threats) userpool.Threats {
	if mode == "OFF" {
		mode = ""
	}
	return userpool.Threats{Mode: userpool.ThreatMode(mode), Custom: now.Custom, Chosen: mode != "" || now.Custom != ""}
}

func devicesOf(c *config.PoolDevices) *userpool.Devices {
	if c == nil {
		return nil
	}
	return &userpool.Devices{ReplaceMFA: c.ChallengeRequiredOnNewDevice, OnlyOnPrompt: c.DeviceOnlyRememberedOnUserPrompt}
}

func levelsOf(c *config.AcrConfiguration) []string {
	if c == nil {
		return nil
	}
	return c.Names()
}

// triggerKeys are the triggers of the keys of lambda_config.
var triggerKeys = map[string]userpool.Trigger{
	"pre_sign_up": userpool.TriggerPreSignUp, "post_confirmation": userpool.TriggerPostConfirmation, "pre_authentication": userpool.TriggerPreAuthentication,
	"post_authentication": userpool.TriggerPostAuthentication, "pre_token_generation": userpool.TriggerPreToken, "user_migration": userpool.TriggerUserMigration,
	"custom_message": userpool.TriggerCustomMessage, "define_auth_challenge": userpool.TriggerDefineAuthChallenge, "create_auth_challenge": userpool.TriggerCreateAuthChallenge,
	"verify_auth_challenge_response": userpool.TriggerVerifyAuthChallenge, "custom_email_sender": userpool.TriggerCustomEmailSender, "custom_sms_sender": userpool.TriggerCustomSMSSender,
}

func triggersOf(c *config.LambdaConfig) userpool.Triggers {
	if c == nil {
		return userpool.Triggers{}
	}
	t := userpool.Triggers{CodeKey: c.KMSKeyID}
	for key, arn := range c.Functions() {
		if t.Functions == nil {
			t.Functions = map[userpool.Trigger]string{}
		}
		t.Functions[triggerKeys[key]] = arn
	}
	if c.PreTokenGeneration != "" {
		t.TokenEvent, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(c.PreTokenGenerationVersion, "V"), "_0"))
	}
	return t
}

func declareMessages(c *config.PoolMessages, s *userpool.Settings) {
	if c == nil {
		c = &config.PoolMessages{}
	}
	template := func(m config.MessageText) userpool.Template {
		return userpool.Template{EmailSubject: m.EmailSubject, EmailMessage: m.EmailMessage, SMSMessage: m.SMSMessage}
	}
	s.Verification, s.Invitation, s.MFA.Message = template(c.Verification), template(c.Invitation), template(c.Authentication)
}

func declareValidity(c *config.ClientValidity, s *userpool.ClientSettings) {
	if c == nil {
		return
	}
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	s.AccessTokenValidity, s.IDTokenValidity, s.RefreshTokenValidity = seconds(c.AccessToken), seconds(c.IDToken), seconds(c.RefreshToken)
	s.Units = map[string]string{"AccessToken": "seconds", "IdToken": "seconds", "RefreshToken": "seconds"}
	s.AuthSessionMinutes = int(c.AuthSession / time.Minute)
}
