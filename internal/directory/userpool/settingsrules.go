package userpool

import (
	"slices"
	"strings"

	"gatehouse/internal/message"
)

// complete sets defaults and checks the settings against each other.
func (s *Settings) complete() error {
	if len(s.VerifiedBeforeUpdate) == 0 {
		s.VerifiedBeforeUpdate = nil
	}
	s.PasswordPolicy = s.PasswordPolicy.or(DefaultPasswordPolicy())
	if s.PasswordPolicy.MinimumLength == 0 {
		s.PasswordPolicy.MinimumLength = 8
	}
	if s.Tier == "" {
		s.Tier = "ESSENTIALS"
	}
	if len(s.AliasAttributes) > 0 && len(s.UsernameAttributes) > 0 {
		return ErrSettings.Saying("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
	}
	if missing := slices.IndexFunc(s.VerifiedBeforeUpdate, func(a string) bool { return !slices.Contains(s.AutoVerified, a) }); missing >= 0 {
		return ErrSettings.Saying("All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes") // Cognito: observed text
	}
	if err := checkTags(s.Tags); err != nil {
		return err
	}
	if err := s.Email.Check(); err != nil {
		return err
	}
	if err := s.SMS.check(); err != nil {
		return err
	}
	if err := s.checkMessages(); err != nil {
		return err
	}
	if err := checkRecovery(s.Recovery); err != nil {
		return err
	}
	if err := s.checkFirstFactors(); err != nil {
		return err
	}
	if err := s.checkPasskeys(); err != nil {
		return err
	}
	if err := s.checkLevels(); err != nil {
		return err
	}
	if err := s.checkMFA(); err != nil {
		return err
	}
	if err := s.Triggers.check(); err != nil {
		return err
	}
	if err := s.Registration.check(); err != nil {
		return err
	}
	return checkSchema(s.Schema)
}

// checkMessages checks what the constraints of the model leave open: that each
// message has what it is sent for. Cognito: observed text of the first, and
// "Customizing user invitation messages".
func (s *Settings) checkMessages() error {
	if m := s.ConfirmLink.EmailMessage; m != "" && !message.HasLink(m) {
		return ErrSettings.Saying("The message is invalid.")
	}
	for _, m := range []string{s.Invitation.EmailMessage, s.Invitation.SMSMessage} {
		if m != "" && !(strings.Contains(m, message.CodePlaceholder) && strings.Contains(m, message.UsernamePlaceholder)) {
			return ErrSettings.Saying("The message is invalid. An invitation must contain %s and %s.", message.UsernamePlaceholder, message.CodePlaceholder)
		}
	}
	return nil
}

func checkRecovery(options []RecoveryOption) error {
	for i, o := range options {
		if slices.ContainsFunc(options[:i], func(x RecoveryOption) bool { return x.Name == o.Name || x.Priority == o.Priority }) {
			return ErrSettings.Saying("Invalid account recovery setting parameter. Each recovery mechanism needs a name and a priority of its own.")
		}
		if o.Name == "admin_only" && len(options) > 1 {
			return ErrSettings.Saying("Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.")
		}
	}
	return nil
}

func checkSchema(schema []Attribute) error {
	custom := 0
	seen := map[string]bool{}
	for _, a := range schema {
		if seen[a.Name] {
			return a.repeated()
		}
		seen[a.Name] = true
		if err := a.check(); err != nil {
			return err
		}
		if IsCustom(a.Name) {
			custom++
			if a.Required {
				return ErrSettings.Saying("Required custom attributes are not supported currently.")
			}
			continue
		}
		if err := checkStandard(a); err != nil {
			return err
		}
	}
	if custom > 50 {
		return ErrTooManyResources.Saying("A user pool may have at most 50 custom attributes.")
	}
	return nil
}

func checkStandard(a Attribute) error {
	for _, std := range StandardAttributes() {
		if std.Name == a.Name && (std.Type != a.Type || a.DeveloperOnly) {
			return ErrSettings.Saying("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute %s", a.Name)
		}
	}
	return nil
}
