package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
)

// passwordChallenge is the challenge PASSWORD: the user has chosen to sign in with
// the password, and sends it.
type passwordChallenge struct{}

func (passwordChallenge) rules() rules {
	return rules{name: user.ByPassword, carrier: inSession, needs: []string{"PASSWORD"}, proves: credential.FactorPassword, wrong: ErrWrongPassword}
}

func (passwordChallenge) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

func (passwordChallenge) ask(_ context.Context, e *Engine, a *attempt) (question, error) {
	return question{parameters: map[string]string{}, available: e.firstFactors(a)}, nil
}

func (passwordChallenge) answer(ctx context.Context, e *Engine, a *attempt, _ kept) (bool, error) {
	return e.matches(ctx, a, seal.Secret(a.given["PASSWORD"]))
}

// passwordSRP is the challenge PASSWORD_SRP: the user has chosen to prove the
// password with SRP, and sends the first message. PASSWORD_VERIFIER follows.
type passwordSRP struct{}

func (passwordSRP) rules() rules {
	return rules{name: user.BySRP, carrier: inSession, needs: []string{"SRP_A"}, wrong: ErrWrongPassword}
}

func (passwordSRP) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

func (passwordSRP) ask(_ context.Context, e *Engine, a *attempt) (question, error) {
	return question{parameters: map[string]string{}, available: e.firstFactors(a)}, nil
}

func (passwordSRP) answer(_ context.Context, _ *Engine, a *attempt, _ kept) (bool, error) {
	a.then = PasswordVerifier
	return true, nil
}
