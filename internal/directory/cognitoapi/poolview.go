package cognitoapi

import (
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// poolOut shows a pool as the API does. Cognito: CreateUserPool,
// DescribeUserPool.
func (a *API) poolOut(p *userpool.Pool, domains []*userpool.Domain, users int) *wire.UserPool {
	s := &p.Settings
	days := int64(s.PasswordPolicy.TemporaryValidityDays)
	out := &wire.UserPool{
		ID: ptr(string(p.ID)), ARN: ptr(a.poolARN(p.ID)), Name: ptr(p.Name),
		CreationDate: wire.At(p.Created), LastModifiedDate: wire.At(p.Modified),
		Policies:                    policiesOut(s.PasswordPolicy),
		DeletionProtection:          ptr(activeOr(s.DeletionProtection)),
		LambdaConfig:                &wire.LambdaConfig{},
		SchemaAttributes:            schemaOut(p),
		AutoVerifiedAttributes:      s.AutoVerified,
		AliasAttributes:             s.AliasAttributes,
		UsernameAttributes:          s.UsernameAttributes,
		VerificationMessageTemplate: verificationOut(s.Verification),
		EmailVerificationMessage:    nonZero(s.Verification.EmailMessage),
		EmailVerificationSubject:    nonZero(s.Verification.EmailSubject),
		SMSVerificationMessage:      nonZero(s.Verification.SMSMessage),
		UserAttributeUpdateSettings: &wire.UserAttributeUpdateSettings{AttributesRequireVerificationBeforeUpdate: []string{}},
		MFAConfiguration:            ptr("OFF"),
		EstimatedNumberOfUsers:      ptr(int64(users)),
		EmailConfiguration:          &wire.EmailConfiguration{EmailSendingAccount: ptr("COGNITO_DEFAULT")},
		UserPoolTags:                tagsOut(s.Tags),
		AdminCreateUserConfig:       &wire.AdminCreateUserConfig{AllowAdminCreateUserOnly: ptr(s.AdminCreateOnly), UnusedAccountValidityDays: &days, InviteMessageTemplate: invitationOut(s.Invitation)},
		AccountRecoverySetting:      recoveryOut(s.Recovery),
		UserPoolTier:                ptr(s.Tier),
	}
	if s.CaseSensitivityChosen {
		out.UsernameConfiguration = &wire.UsernameConfiguration{CaseSensitive: ptr(!s.CaseInsensitive)}
	}
	for _, d := range domains {
		if d.Custom {
			out.CustomDomain = ptr(d.Name)
		} else {
			out.Domain = ptr(d.Name)
		}
	}
	return out
}

func activeOr(on bool) string {
	if on {
		return "ACTIVE"
	}
	return "INACTIVE"
}

func policiesOut(p userpool.PasswordPolicy) *wire.UserPoolPolicy {
	return &wire.UserPoolPolicy{
		PasswordPolicy: &wire.PasswordPolicy{
			MinimumLength: ptr(int64(p.MinimumLength)), RequireUppercase: ptr(p.Uppercase), RequireLowercase: ptr(p.Lowercase),
			RequireNumbers: ptr(p.Numbers), RequireSymbols: ptr(p.Symbols), TemporaryPasswordValidityDays: ptr(int64(p.TemporaryValidityDays)),
		},
		SignInPolicy: &wire.SignInPolicy{AllowedFirstAuthFactors: []string{"PASSWORD"}},
	}
}

func schemaOut(p *userpool.Pool) []wire.SchemaAttribute {
	var out []wire.SchemaAttribute
	for _, a := range p.Attributes() {
		s := wire.SchemaAttribute{
			Name: ptr(a.Name), AttributeDataType: ptr(a.Type), DeveloperOnlyAttribute: ptr(a.DeveloperOnly),
			Mutable: ptr(a.Mutable), Required: ptr(a.Required),
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

func verificationOut(t userpool.Template) *wire.VerificationMessageTemplate {
	return &wire.VerificationMessageTemplate{
		DefaultEmailOption: ptr("CONFIRM_WITH_CODE"),
		EmailMessage:       nonZero(t.EmailMessage), EmailSubject: nonZero(t.EmailSubject), SMSMessage: nonZero(t.SMSMessage),
	}
}

func invitationOut(t userpool.Template) *wire.MessageTemplate {
	if t == (userpool.Template{}) {
		return nil
	}
	return &wire.MessageTemplate{EmailMessage: nonZero(t.EmailMessage), EmailSubject: nonZero(t.EmailSubject), SMSMessage: nonZero(t.SMSMessage)}
}

func recoveryOut(options []userpool.RecoveryOption) *wire.AccountRecoverySetting {
	if len(options) == 0 {
		return nil
	}
	out := &wire.AccountRecoverySetting{}
	for _, o := range options {
		out.RecoveryMechanisms = append(out.RecoveryMechanisms, wire.RecoveryOption{Name: ptr(o.Name), Priority: ptr(int64(o.Priority))})
	}
	return out
}

func tagsOut(tags map[string]string) map[string]string {
	if tags == nil {
		return map[string]string{}
	}
	return tags
}
