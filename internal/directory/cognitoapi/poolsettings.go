package cognitoapi

import (
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// unofferedPoolMembers are the settings of a pool that ask for what Gatehouse
// does not do yet. The values that stand for "off" are taken.
func unofferedPoolMembers(in *wire.CreateUserPoolInput) []notOffered {
	return []notOffered{
		{in.ACRConfiguration != nil, "AcrConfiguration"},
		{in.DCRConfiguration != nil && val(in.DCRConfiguration.EnableStatus) == "Enabled", "DcrConfiguration"},
		{in.DeviceConfiguration != nil, "DeviceConfiguration"},
		{in.EmailConfiguration != nil && *in.EmailConfiguration != (wire.EmailConfiguration{EmailSendingAccount: in.EmailConfiguration.EmailSendingAccount}) || in.EmailConfiguration != nil && val(in.EmailConfiguration.EmailSendingAccount) == "DEVELOPER", "EmailConfiguration other than COGNITO_DEFAULT"},
		{in.IssuerConfiguration != nil && val(in.IssuerConfiguration.Type) == "UPDATED", "IssuerConfiguration UPDATED"},
		{in.KeyConfiguration != nil && val(in.KeyConfiguration.KeyType) == "CUSTOMER_MANAGED_KEY", "KeyConfiguration CUSTOMER_MANAGED_KEY"},
		{in.LambdaConfig != nil && *in.LambdaConfig != (wire.LambdaConfig{}), "LambdaConfig"},
		{val(in.MFAConfiguration) == "ON" || val(in.MFAConfiguration) == "OPTIONAL", "MfaConfiguration ON or OPTIONAL"},
		{in.SMSAuthenticationMessage != nil, "SmsAuthenticationMessage"},
		{in.SMSConfiguration != nil, "SmsConfiguration"},
		{in.UserAttributeUpdateSettings != nil && len(in.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate) > 0, "UserAttributeUpdateSettings"},
		{in.UserPoolAddOns != nil && val(in.UserPoolAddOns.AdvancedSecurityMode) != "OFF", "UserPoolAddOns.AdvancedSecurityMode other than OFF"},
		{in.VerificationMessageTemplate != nil && asksForLinks(in.VerificationMessageTemplate), "VerificationMessageTemplate CONFIRM_WITH_LINK"},
		{in.Policies != nil && in.Policies.SignInPolicy != nil && !onlyPassword(in.Policies.SignInPolicy.AllowedFirstAuthFactors), "SignInPolicy other than PASSWORD"},
		{in.Policies != nil && in.Policies.PasswordPolicy != nil && val(in.Policies.PasswordPolicy.PasswordHistorySize) > 0, "PasswordHistorySize"},
	}
}

func asksForLinks(t *wire.VerificationMessageTemplate) bool {
	return val(t.DefaultEmailOption) == "CONFIRM_WITH_LINK" || t.EmailMessageByLink != nil || t.EmailSubjectByLink != nil
}

func onlyPassword(factors []string) bool {
	return len(factors) == 0 || len(factors) == 1 && factors[0] == "PASSWORD"
}

// poolSettings reads everything but the schema.
func poolSettings(in *wire.CreateUserPoolInput) (userpool.Settings, error) {
	if err := refuse(unofferedPoolMembers(in)...); err != nil {
		return userpool.Settings{}, err
	}
	s := userpool.Settings{
		DeletionProtection: val(in.DeletionProtection) == "ACTIVE",
		AutoVerified:       in.AutoVerifiedAttributes,
		AliasAttributes:    in.AliasAttributes,
		UsernameAttributes: in.UsernameAttributes,
		Verification:       verificationTemplate(in),
		Tier:               val(in.UserPoolTier),
		Tags:               in.UserPoolTags,
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
	s.PasswordPolicy, err = passwordPolicy(in)
	return s, err
}

// passwordPolicy reads the policy. Sent without a member, that member is off;
// not sent at all, everything has its default.
func passwordPolicy(in *wire.CreateUserPoolInput) (userpool.PasswordPolicy, error) {
	policy := userpool.DefaultPasswordPolicy()
	unused := val(in.AdminCreateUserConfig).UnusedAccountValidityDays
	var temporary *int64
	if in.Policies != nil && in.Policies.PasswordPolicy != nil {
		p := in.Policies.PasswordPolicy
		temporary = p.TemporaryPasswordValidityDays
		policy = userpool.PasswordPolicy{
			MinimumLength: int(val(p.MinimumLength)), Uppercase: val(p.RequireUppercase), Lowercase: val(p.RequireLowercase),
			Numbers: val(p.RequireNumbers), Symbols: val(p.RequireSymbols),
		}
	}
	if temporary != nil && unused != nil && *temporary != *unused {
		return policy, userpool.ErrSettings.Saying("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
	}
	if temporary == nil {
		temporary = unused
	}
	if policy.TemporaryValidityDays = int(val(temporary)); policy.TemporaryValidityDays == 0 {
		policy.TemporaryValidityDays = 7
	}
	return policy, nil
}

// verificationTemplate takes the new form of the wording before the old one.
func verificationTemplate(in *wire.CreateUserPoolInput) userpool.Template {
	t := userpool.Template{EmailSubject: val(in.EmailVerificationSubject), EmailMessage: val(in.EmailVerificationMessage), SMSMessage: val(in.SMSVerificationMessage)}
	if v := in.VerificationMessageTemplate; v != nil {
		t.EmailSubject = first(val(v.EmailSubject), t.EmailSubject)
		t.EmailMessage = first(val(v.EmailMessage), t.EmailMessage)
		t.SMSMessage = first(val(v.SMSMessage), t.SMSMessage)
	}
	return t
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func updateAsCreate(in *wire.UpdateUserPoolInput) *wire.CreateUserPoolInput {
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

// schemaOf reads the schema of a new pool: changes of standard attributes, and
// custom ones, whose names come without their prefix.
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
		a.Required = val(s.Required)
		if s.Mutable != nil {
			a.Mutable = *s.Mutable
		}
		constrain(&a, s)
		schema = append(schema, a)
	}
	return schema, nil
}

func standardAttribute(name string) *userpool.Attribute {
	for _, a := range userpool.StandardAttributes() {
		if a.Name == name {
			return &a
		}
	}
	return nil
}

// customAttribute reads one custom attribute. Cognito: names of at most twenty
// characters; a text unless a type is given.
func customAttribute(s wire.SchemaAttribute) (userpool.Attribute, error) {
	name := strings.TrimPrefix(val(s.Name), "custom:")
	if name == "" || len(name) > 20 {
		return userpool.Attribute{}, userpool.ErrSettings.Saying("Custom attribute names have 1 to 20 characters: %q", name)
	}
	a := userpool.Attribute{Name: "custom:" + name, Type: first(val(s.AttributeDataType), userpool.TypeString), Mutable: val(s.Mutable), Required: val(s.Required)}
	if val(s.DeveloperOnlyAttribute) {
		a.DeveloperOnly, a.Name = true, "dev:custom:"+name
	}
	constrain(&a, s)
	return a, nil
}

func constrain(a *userpool.Attribute, s wire.SchemaAttribute) {
	if c := s.StringAttributeConstraints; c != nil {
		a.MinLength, a.MaxLength = first(val(c.MinLength), a.MinLength), first(val(c.MaxLength), a.MaxLength)
	}
	if c := s.NumberAttributeConstraints; c != nil {
		a.MinValue, a.MaxValue = first(val(c.MinValue), a.MinValue), first(val(c.MaxValue), a.MaxValue)
	}
}
