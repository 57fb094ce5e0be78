package main

import "fmt"

// secrets are the shapes whose values are secret. In Go they are seal.Secret or
// SecretMap, so that no log or error can show them. The model marks most of them as
// sensitive. Here a code that was sent to a user is secret too.
var secrets = []string{
	"AuthParametersType", "ChallengeResponsesType", "ClientSecretType", "ConfirmationCodeType", "PasswordType",
	"ProviderDetailsType", "SecretCodeType", "SecretHashType", "SessionType", "SoftwareTokenMFAUserCodeType", "TokenModelType",
}

// secretMembers are members that are secret although their shape is not.
var secretMembers = map[string]string{"DeviceSecretVerifierConfigType": "PasswordVerifier"}

// enumOrders has the sets of values that AWS's messages list in another order than
// the model.
var enumOrders = map[string][]string{
	"EventSourceName": {"userAuthEvents", "userNotification"},
	"LogLevel":        {"ERROR", "INFO"},
	"UserPoolMfaType": {"OPTIONAL", "OFF", "ON"},
}

// override changes the model where AWS behaves differently.
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
	// Cognito: messages show a TOTP code that breaks its pattern, although the model
	// marks it as sensitive. Such a code cannot be right.
	edit("SoftwareTokenMFAUserCodeType", func(s *shape) { s.Sensitive = false })
	// An identity provider's details contain its client secret.
	edit("ProviderDetailsType", func(s *shape) { s.Sensitive = true })
	// Cognito: drops a null in a list, but refuses one in a list of branding assets.
	edit("AssetListType", func(s *shape) { s.nullsAreFaults = true })
	if len(missing) > 0 {
		return fmt.Errorf("the overrides name shapes that the model does not have: %v", missing)
	}
	return nil
}
