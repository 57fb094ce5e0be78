package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// No way of printing an input shows its secrets.
func TestSecretsAreNeverShown(t *testing.T) {
	const s = "hunter2hunter2hunter2hunter2"
	bodies := map[string]string{
		"InitiateAuth":                 `{"AuthParameters":{"PASSWORD":"S"},"Session":"S"}`,
		"RespondToAuthChallenge":       `{"ChallengeResponses":{"NEW_PASSWORD":"S"},"Session":"S"}`,
		"SignUp":                       `{"Password":"S","SecretHash":"S"}`,
		"ChangePassword":               `{"AccessToken":"S","PreviousPassword":"S","ProposedPassword":"S"}`,
		"ConfirmForgotPassword":        `{"ConfirmationCode":"S","Password":"S"}`,
		"AdminCreateUser":              `{"TemporaryPassword":"S"}`,
		"VerifySoftwareToken":          `{"UserCode":"S"}`,
		"GetClientToken":               `{"Secret":"S"}`,
		"RevokeToken":                  `{"Token":"S","ClientSecret":"S"}`,
		"CreateIdentityProvider":       `{"ProviderDetails":{"client_secret":"S"}}`,
		"CreateUserPoolClient":         `{"ClientSecret":"S"}`,
		"ConfirmDevice":                `{"DeviceSecretVerifierConfig":{"PasswordVerifier":"S"}}`,
		"UpdateAuthEventFeedback":      `{"FeedbackToken":"S"}`,
		"VerifyUserAttribute":          `{"Code":"S"}`,
		"GetTokensFromRefreshToken":    `{"RefreshToken":"S"}`,
		"AdminSetUserPassword":         `{"Password":"S"}`,
		"AdminRespondToAuthChallenge":  `{"ChallengeResponses":{"PASSWORD":"S"}}`,
		"CompleteWebAuthnRegistration": `{"AccessToken":"S"}`,
	}
	for operation, body := range bodies {
		in, err := Find(operation).Decode([]byte(strings.ReplaceAll(body, "S\"", s+"\"")))
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "in", in)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "in", in)
		asJSON, err := json.Marshal(in)
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %q", in, in, in, in, in), log.String(), string(asJSON)} {
			if strings.Contains(shown, s) {
				t.Errorf("%s shows a secret: %s", operation, shown)
			}
		}
		if err := Validate(in); err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("%s shows a secret in its error: %v", operation, err)
		}
	}
}

func TestSecretMapPrints(t *testing.T) {
	m := SecretMap{"PASSWORD": "hunter2", "USERNAME": "alice@example.com"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(format, m); got != "[2 redacted]" {
			t.Errorf("%s = %s", format, got)
		}
	}
}
