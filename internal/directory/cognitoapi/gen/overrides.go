package main

import "fmt"

// secrets are the shapes that authenticate someone. Their values are
// seal.Secret in Go, so that no log or error can show them. The model marks
// most of them sensitive; a code that was sent to a person is one for us too.
var secrets = []string{
	"AuthParametersType", "ChallengeResponsesType", "ClientSecretType", "ConfirmationCodeType", "PasswordType",
	"ProviderDetailsType", "SecretCodeType", "SecretHashType", "SessionType", "SoftwareTokenMFAUserCodeType", "TokenModelType",
}

// secretMembers are single members of shapes that are no secret elsewhere.
var secretMembers = map[string]string{"DeviceSecretVerifierConfigType": "PasswordVerifier"}

// enumOrders has the sets that the service lists in another order than the
// model does, as its messages show.
var enumOrders = map[string][]string{
	"EventSourceName": {"userAuthEvents", "userNotification"},
	"LogLevel":        {"ERROR", "INFO"},
	"UserPoolMfaType": {"OPTIONAL", "OFF", "ON"},
}

// override makes the model what the service does where the two differ.
func (m *model) override() error {
	var missing []string
	edit := func(name string, change func(*shape)) {
		if s := m.Shapes[name]; s != nil {
			change(s)
			return
		}
		missing = append(missing, name)
	}
	for _, name := range secrets {
		edit(name, func(s *shape) { s.secret = true })
	}
	for name, member := range secretMembers {
		edit(name, func(s *shape) { s.Members[member].secret = true })
	}
	for name, order := range enumOrders {
		edit(name, func(s *shape) { s.Enum = order })
	}
	// Cognito: messages about passwords show this pattern and this length.
	edit("PasswordType", func(s *shape) { s.Pattern, s.Min = `^[\S]+.*[\S]+$`, new(int64(6)) })
	// Cognito: a TOTP code that breaks its pattern is shown, unlike what the
	// newest model's mark would have it; it can't be a right one.
	edit("SoftwareTokenMFAUserCodeType", func(s *shape) { s.Sensitive = false })
	// An identity provider's details hold its client secret.
	edit("ProviderDetailsType", func(s *shape) { s.Sensitive = true })
	// Cognito drops a null in a list, but refuses it among branding assets.
	edit("AssetListType", func(s *shape) { s.nullsAreFaults = true })
	if len(missing) > 0 {
		return fmt.Errorf("overrides name shapes that the model does not have: %v", missing)
	}
	return nil
}
