package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
)

// SoftwareTokenMFA is the name of the challenge for a code of the user's
// authenticator app.
const SoftwareTokenMFA = user.SoftwareTokenMFA

// softwareToken is the challenge SOFTWARE_TOKEN_MFA.
type softwareToken struct{}

func (softwareToken) rules() rules {
	return rules{name: SoftwareTokenMFA, carrier: inSession, needs: []string{"SOFTWARE_TOKEN_MFA_CODE"}, proves: credential.FactorTOTP, wrong: ErrTOTPCode}
}

func (softwareToken) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	return a.secondFactor() == SoftwareTokenMFA, nil
}

func (softwareToken) ask(_ context.Context, _ *Engine, a *attempt) (question, error) {
	shown := map[string]string{"USER_ID_FOR_SRP": a.user.Username}
	if t := a.user.Security.TOTP; t != nil && t.Name != "" {
		shown["FRIENDLY_DEVICE_NAME"] = t.Name
	}
	return question{parameters: shown}, nil
}

// answer checks the code, whose time step is used up with the state. Of equal codes at
// once, one is accepted.
func (softwareToken) answer(_ context.Context, e *Engine, a *attempt, _ kept) (bool, error) {
	if a.user.Security.TOTP == nil { // it was deleted meanwhile
		return false, ErrNoTOTP
	}
	if err := a.stillAsked(SoftwareTokenMFA); err != nil {
		return false, err
	}
	right, use, err := e.credentials.ProveTOTP(a.user, seal.Secret(a.given["SOFTWARE_TOKEN_MFA_CODE"]))
	a.secure = use
	return right, err
}
