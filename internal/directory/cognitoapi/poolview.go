package cognitoapi

import (
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// wirePool returns the wire form of a pool. Cognito: CreateUserPool,
// DescribeUserPool.
func (a *API) wirePool(p *userpool.Pool, domains []*userpool.Domain, users int) *wire.UserPool {
	s := &p.Settings
	days := int64(s.PasswordPolicy.TemporaryValidityDays)
	out := &wire.UserPool{
		ID: new(string(p.ID)), ARN: new(a.poolARN(p.ID)), Name: new(p.Name),
		CreationDate: wire.At(p.Created), LastModifiedDate: wire.At(p.Modified),
		Policies:                    wirePolicies(s),
		ACRConfiguration:            wireLevels(s.Levels),
		DeletionProtection:          new(activeOrInactive(s.DeletionProtection)),
		LambdaConfig:                wireTriggers(s.Triggers),
		SchemaAttributes:            wireSchema(p),
		AutoVerifiedAttributes:      s.AutoVerified,
		AliasAttributes:             s.AliasAttributes,
		UsernameAttributes:          s.UsernameAttributes,
		VerificationMessageTemplate: wireVerification(s.Verification, s.ConfirmLink),
		EmailVerificationMessage:    nonZero(s.Verification.EmailMessage),
		EmailVerificationSubject:    nonZero(s.Verification.EmailSubject),
		SMSVerificationMessage:      nonZero(s.Verification.SMSMessage),
		UserAttributeUpdateSettings: &wire.UserAttributeUpdateSettings{AttributesRequireVerificationBeforeUpdate: append([]string{}, s.VerifiedBeforeUpdate...)},
		MFAConfiguration:            new(wireMode(s.MFA.Mode)),
		SMSAuthenticationMessage:    nonZero(s.MFA.Message.SMSMessage),
		SMSConfiguration:            wireSMS(s.SMS),
		DeviceConfiguration:         wireDevices(s.Devices),
		EstimatedNumberOfUsers:      new(int64(users)),
		EmailConfiguration:          wireEmail(s.Email),
		UserPoolTags:                wireTags(s.Tags),
		AdminCreateUserConfig:       &wire.AdminCreateUserConfig{AllowAdminCreateUserOnly: new(s.AdminCreateOnly), UnusedAccountValidityDays: &days, InviteMessageTemplate: wireInvitation(s.Invitation)},
		AccountRecoverySetting:      wireRecovery(p.RecoveryOptions()),
		UserPoolTier:                new(s.Tier),
		UserPoolAddOns:              wireThreats(s.Threats),
		DCRConfiguration:            wireRegistration(s.Registration),
	}
	if s.Issuer != "" {
		out.IssuerConfiguration = &wire.IssuerConfiguration{Type: new(s.Issuer)}
	}
	if s.KeyType != "" {
		out.KeyConfiguration = &wire.KeyConfiguration{KeyType: new(s.KeyType)}
	}
	if s.CaseSensitivityChosen {
		out.UsernameConfiguration = &wire.UsernameConfiguration{CaseSensitive: new(!s.CaseInsensitive)}
	}
	for _, d := range domains {
		if d.Custom {
			out.CustomDomain = new(d.Name)
		} else {
			out.Domain = new(d.Name)
		}
	}
	return out
}

// activeOrInactive returns the wire form of deletion protection.
func activeOrInactive(on bool) string {
	if on {
		return "ACTIVE"
	}
	return "INACTIVE"
}

func wirePolicies(s *userpool.Settings) *wire.UserPoolPolicy {
	p := s.PasswordPolicy
	return &wire.UserPoolPolicy{
		PasswordPolicy: &wire.PasswordPolicy{
			MinimumLength: new(int64(p.MinimumLength)), RequireUppercase: new(p.Uppercase), RequireLowercase: new(p.Lowercase),
			RequireNumbers: new(p.Numbers), RequireSymbols: new(p.Symbols), TemporaryPasswordValidityDays: new(int64(p.TemporaryValidityDays)),
			PasswordHistorySize: nonZero(int64(p.HistorySize)),
		},
		SignInPolicy: &wire.SignInPolicy{AllowedFirstAuthFactors: s.SignInFactors()},
	}
}

func wireSchema(p *userpool.Pool) []wire.SchemaAttribute {
	var out []wire.SchemaAttribute
	for _, a := range p.Attributes() {
		s := wire.SchemaAttribute{
			Name: new(a.Name), AttributeDataType: new(a.Type), DeveloperOnlyAttribute: new(a.DeveloperOnly),
			Mutable: new(a.Mutable), Required: new(a.Required),
		}
		switch a.Type {
		case userpool.TypeString:
			s.StringAttributeConstraints = &wire.StringAttributeConstraints{MinLength: nonZero(a.MinLength), MaxLength: nonZero(a.MaxLength)}
		case userpool.TypeNumber:
			s.NumberAttributeConstraints = &wire.NumberAttributeConstraints{MinValue: nonZero(a.MinValue), MaxValue: nonZero(a.MaxValue)}
		}
		out = append(out, s)
	}
	return out
}

// identitiesAttribute describes the attribute that names a user's identities at
// providers. Nobody writes it.
func identitiesAttribute() wire.SchemaAttribute {
	return wire.SchemaAttribute{
		Name: new("identities"), AttributeDataType: new(userpool.TypeString), DeveloperOnlyAttribute: new(false),
		Mutable: new(true), Required: new(false), StringAttributeConstraints: &wire.StringAttributeConstraints{},
	}
}

func wireVerification(t userpool.Template, link userpool.LinkMessage) *wire.VerificationMessageTemplate {
	out := &wire.VerificationMessageTemplate{
		DefaultEmailOption: new(confirmWithCode),
		EmailMessage:       nonZero(t.EmailMessage), EmailSubject: nonZero(t.EmailSubject), SMSMessage: nonZero(t.SMSMessage),
		EmailMessageByLink: nonZero(link.EmailMessage), EmailSubjectByLink: nonZero(link.EmailSubject),
	}
	if link.On {
		out.DefaultEmailOption = new(confirmWithLink)
	}
	return out
}

func wireInvitation(t userpool.Template) *wire.MessageTemplate {
	if t == (userpool.Template{}) {
		return nil
	}
	return &wire.MessageTemplate{EmailMessage: nonZero(t.EmailMessage), EmailSubject: nonZero(t.EmailSubject), SMSMessage: nonZero(t.SMSMessage)}
}

func wireRecovery(options []userpool.RecoveryOption) *wire.AccountRecoverySetting {
	out := &wire.AccountRecoverySetting{}
	for _, o := range options {
		out.RecoveryMechanisms = append(out.RecoveryMechanisms, wire.RecoveryOption{Name: new(o.Name), Priority: new(int64(o.Priority))})
	}
	return out
}
