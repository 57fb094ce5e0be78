package cognitoapi

import (
	"cmp"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// unofferedPoolMembers returns the members that ask for what Gatehouse does not do
// yet. A value that means "off" is accepted.
func unofferedPoolMembers(in *wire.CreateUserPoolInput) []unofferedMember {
	return []unofferedMember{
		{in.KeyConfiguration != nil && val(in.KeyConfiguration.KeyType) == "CUSTOMER_MANAGED_KEY", "KeyConfiguration CUSTOMER_MANAGED_KEY"},
		{val(in.KeyConfiguration).KMSKeyARN != nil, "KeyConfiguration.KmsKeyArn"},
		{val(in.LambdaConfig).InboundFederation != nil, "LambdaConfig.InboundFederation"},
	}
}

// poolSettings returns the settings that a request asks for, without the schema.
func poolSettings(in *wire.CreateUserPoolInput) (userpool.Settings, error) {
	if err := refuseRequested(unofferedPoolMembers(in)...); err != nil {
		return userpool.Settings{}, err
	}
	s := userpool.Settings{
		DeletionProtection:   val(in.DeletionProtection) == "ACTIVE",
		AutoVerified:         asSet(in.AutoVerifiedAttributes),
		VerifiedBeforeUpdate: beforeUpdate(in.UserAttributeUpdateSettings),
		AliasAttributes:      asSet(in.AliasAttributes),
		UsernameAttributes:   asSet(in.UsernameAttributes),
		Verification:         verificationTemplate(in),
		Email:                emailSettings(val(in.EmailConfiguration)),
		ConfirmLink:          linkMessage(val(in.VerificationMessageTemplate)),
		Tier:                 val(in.UserPoolTier),
		Tags:                 in.UserPoolTags,
		MFA:                  poolMFA(in),
		SMS:                  smsConfiguration(in.SMSConfiguration),
		FirstFactors:         val(val(in.Policies).SignInPolicy).AllowedFirstAuthFactors,
		Threats:              threatsOf(in.UserPoolAddOns),
		Registration:         registrationOf(in.DCRConfiguration),
	}
	if c := in.IssuerConfiguration; c != nil {
		s.Issuer = val(c.Type)
	}
	if c := in.KeyConfiguration; c != nil {
		s.KeyType = val(c.KeyType)
	}
	if c := in.DeviceConfiguration; c != nil {
		s.Devices = &userpool.Devices{ReplaceMFA: val(c.ChallengeRequiredOnNewDevice), OnlyOnPrompt: val(c.DeviceOnlyRememberedOnUserPrompt)}
	}
	if c := in.UsernameConfiguration; c != nil {
		s.CaseInsensitive, s.CaseSensitivityChosen = !val(c.CaseSensitive), true
	}
	if c := in.AdminCreateUserConfig; c != nil {
		s.AdminCreateOnly = val(c.AllowAdminCreateUserOnly)
		if t := c.InviteMessageTemplate; t != nil {
			s.Invitation = userpool.Template{EmailSubject: val(t.EmailSubject), EmailMessage: val(t.EmailMessage), SMSMessage: val(t.SMSMessage)}
		}
	}
	if r := in.AccountRecoverySetting; r != nil {
		for _, m := range r.RecoveryMechanisms {
			s.Recovery = append(s.Recovery, userpool.RecoveryOption{Name: val(m.Name), Priority: int(val(m.Priority))})
		}
	}
	var err error
	if s.Levels, err = levels(in.ACRConfiguration); err != nil {
		return s, err
	}
	if s.Triggers, err = triggersOf(in.LambdaConfig); err != nil {
		return s, err
	}
	s.PasswordPolicy, err = passwordPolicy(in)
	return s, err
}

// beforeUpdate returns nil if the request does not say which attributes are verified
// before they change.
func beforeUpdate(c *wire.UserAttributeUpdateSettings) []string {
	if c == nil {
		return nil
	}
	return append([]string{}, asSet(c.AttributesRequireVerificationBeforeUpdate)...)
}

// passwordPolicy returns the password policy. If the request has a policy, what the
// policy leaves out is off. If it has no policy, the result says nothing but how long
// a temporary password may be used, if the request says that.
func passwordPolicy(in *wire.CreateUserPoolInput) (policy userpool.PasswordPolicy, err error) {
	temporary, unused := (*int64)(nil), val(in.AdminCreateUserConfig).UnusedAccountValidityDays
	p := val(in.Policies).PasswordPolicy
	if p != nil {
		temporary = p.TemporaryPasswordValidityDays
		policy = userpool.PasswordPolicy{
			MinimumLength: int(cmp.Or(val(p.MinimumLength), 8)), Uppercase: val(p.RequireUppercase), Lowercase: val(p.RequireLowercase),
			Numbers: val(p.RequireNumbers), Symbols: val(p.RequireSymbols), HistorySize: int(val(p.PasswordHistorySize)),
		}
	}
	if temporary != nil && unused != nil && *temporary != *unused {
		return policy, userpool.ErrSettings.Saying("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
	}
	if temporary == nil {
		temporary = unused
	}
	if policy.TemporaryValidityDays = int(val(temporary)); policy.TemporaryValidityDays == 0 && (p != nil || temporary != nil) {
		policy.TemporaryValidityDays = 7
	}
	return policy, nil
}

// verificationTemplate returns the wording of verification messages. The member
// VerificationMessageTemplate comes before the older members.
func verificationTemplate(in *wire.CreateUserPoolInput) userpool.Template {
	t := userpool.Template{EmailSubject: val(in.EmailVerificationSubject), EmailMessage: val(in.EmailVerificationMessage), SMSMessage: val(in.SMSVerificationMessage)}
	if v := in.VerificationMessageTemplate; v != nil {
		t.EmailSubject = cmp.Or(val(v.EmailSubject), t.EmailSubject)
		t.EmailMessage = cmp.Or(val(v.EmailMessage), t.EmailMessage)
		t.SMSMessage = cmp.Or(val(v.SMSMessage), t.SMSMessage)
	}
	return t
}

func emailSettings(c wire.EmailConfiguration) userpool.EmailSettings {
	return userpool.EmailSettings{
		Developer: val(c.EmailSendingAccount) == "DEVELOPER", SourceARN: val(c.SourceARN), From: val(c.From),
		ReplyTo: val(c.ReplyToEmailAddress), ConfigurationSet: val(c.ConfigurationSet),
	}
}

func wireEmail(s userpool.EmailSettings) *wire.EmailConfiguration {
	out := &wire.EmailConfiguration{
		EmailSendingAccount: new("COGNITO_DEFAULT"), SourceARN: nonZero(s.SourceARN), From: nonZero(s.From),
		ReplyToEmailAddress: nonZero(s.ReplyTo), ConfigurationSet: nonZero(s.ConfigurationSet),
	}
	if s.Developer {
		out.EmailSendingAccount = new("DEVELOPER")
	}
	return out
}

func linkMessage(t wire.VerificationMessageTemplate) userpool.LinkMessage {
	return userpool.LinkMessage{On: val(t.DefaultEmailOption) == confirmWithLink, EmailSubject: val(t.EmailSubjectByLink), EmailMessage: val(t.EmailMessageByLink)}
}

// The values of DefaultEmailOption.
const (
	confirmWithCode = "CONFIRM_WITH_CODE"
	confirmWithLink = "CONFIRM_WITH_LINK"
)

// asCreateUserPool returns the request to create a pool with the same settings.
func asCreateUserPool(in *wire.UpdateUserPoolInput) *wire.CreateUserPoolInput {
	return &wire.CreateUserPoolInput{
		AccountRecoverySetting: in.AccountRecoverySetting, ACRConfiguration: in.ACRConfiguration, AdminCreateUserConfig: in.AdminCreateUserConfig,
		AutoVerifiedAttributes: in.AutoVerifiedAttributes, DCRConfiguration: in.DCRConfiguration, DeletionProtection: in.DeletionProtection,
		DeviceConfiguration: in.DeviceConfiguration, EmailConfiguration: in.EmailConfiguration, EmailVerificationMessage: in.EmailVerificationMessage,
		EmailVerificationSubject: in.EmailVerificationSubject, IssuerConfiguration: in.IssuerConfiguration, KeyConfiguration: in.KeyConfiguration,
		LambdaConfig: in.LambdaConfig, MFAConfiguration: in.MFAConfiguration, Policies: in.Policies, SMSAuthenticationMessage: in.SMSAuthenticationMessage,
		SMSConfiguration: in.SMSConfiguration, SMSVerificationMessage: in.SMSVerificationMessage, UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
		UserPoolAddOns: in.UserPoolAddOns, UserPoolTags: in.UserPoolTags, UserPoolTier: in.UserPoolTier, VerificationMessageTemplate: in.VerificationMessageTemplate,
	}
}

// schemaOf returns the schema of a new pool: standard attributes that the request
// changes, and custom attributes, which the request names without a prefix.
func schemaOf(list []wire.SchemaAttribute) ([]userpool.Attribute, error) {
	var schema []userpool.Attribute
	for _, s := range list {
		standard := standardAttribute(val(s.Name))
		if standard == nil {
			a, err := customAttribute(s)
			if err != nil {
				return nil, err
			}
			schema = append(schema, a)
			continue
		}
		a := *standard
		if s.AttributeDataType != nil {
			a.Type = *s.AttributeDataType
		}
		a.DeveloperOnly = val(s.DeveloperOnlyAttribute)
		// Cognito: a listed attribute is mutable only if the list says so.
		a.Required, a.Mutable = val(s.Required), val(s.Mutable)
		constrain(&a, s)
		schema = append(schema, a)
	}
	return schema, nil
}

// standardAttribute returns a copy of the standard attribute with a name, or nil.
func standardAttribute(name string) *userpool.Attribute {
	for _, a := range userpool.StandardAttributes() {
		if a.Name == name {
			return &a
		}
	}
	return nil
}

// customAttribute returns a custom attribute. Without a type it is a string.
func customAttribute(s wire.SchemaAttribute) (userpool.Attribute, error) {
	if s.AttributeDataType == nil {
		return userpool.Attribute{}, userpool.ErrSettings.Saying("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
	}
	name, err := userpool.CustomName(val(s.Name), val(s.DeveloperOnlyAttribute))
	if err != nil {
		return userpool.Attribute{}, err
	}
	a := userpool.Attribute{
		Name: name, Type: *s.AttributeDataType, DeveloperOnly: val(s.DeveloperOnlyAttribute),
		Mutable: val(s.Mutable), Required: val(s.Required),
	}
	constrain(&a, s)
	return a, nil
}

// constrain replaces the constraints of a that the request has.
func constrain(a *userpool.Attribute, s wire.SchemaAttribute) {
	if c := s.StringAttributeConstraints; c != nil {
		a.MinLength, a.MaxLength = cmp.Or(val(c.MinLength), a.MinLength), cmp.Or(val(c.MaxLength), a.MaxLength)
	}
	if c := s.NumberAttributeConstraints; c != nil {
		a.MinValue, a.MaxValue = cmp.Or(val(c.MinValue), a.MinValue), cmp.Or(val(c.MaxValue), a.MaxValue)
	}
}
