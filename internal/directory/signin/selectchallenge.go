package signin

import (
	"context"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
)

// SelectChallenge is the name of the challenge to choose the first factor.
const SelectChallenge = "SELECT_CHALLENGE"

// Errors of choosing.
var (
	ErrFirstChoice   = fault.New(fault.Invalid, "first_factor_choice", "Invalid ANSWER given for SELECT_CHALLENGE.")
	ErrNoFirstFactor = fault.New(fault.Denied, "first_factor_missing", "The user has no way to begin a sign-in that the user pool allows.")
)

// firstFactors are the challenges that a client can prefer.
var firstFactors = []string{user.BySRP, user.ByPassword, EmailOTP, SMSOTP, WebAuthn}

// runChoice is the flow USER_AUTH: it asks for the first factor that the client
// prefers, or which one it is to be.
func (e *Engine) runChoice(ctx context.Context, a *attempt) (*Outcome, error) {
	preferred := a.given["PREFERRED_CHALLENGE"]
	if preferred != "" && !slices.Contains(firstFactors, preferred) {
		return nil, ErrParameter.Saying("Invalid PREFERRED_CHALLENGE %s", preferred)
	}
	password := seal.Secret("")
	if preferred == user.ByPassword {
		password = seal.Secret(a.given["PASSWORD"])
	}
	if err := e.begin(ctx, a, password); err != nil {
		return nil, err
	}
	if a.session != "" {
		return e.afterSignUp(ctx, a)
	}
	if err := e.stepUp(ctx, a); err != nil {
		return nil, err
	}
	return e.beginWith(ctx, a, preferred)
}

// mustChoose refuses a user who can begin with no factor. A client that hides
// whether users exist is answered as for a name that no user has.
func (a *attempt) mustChoose() error {
	if a.user == nil || len(user.FirstFactors(a.pool, a.user)) > 0 {
		return nil
	}
	if !a.client.Settings.HideUserExistence {
		return ErrNoFirstFactor
	}
	a.user = nil
	return nil
}

// beginsByChoice reports whether nothing is proved yet, and the user chooses with
// what to begin. In a sign-in that the pool's functions decide, nobody chooses.
func (a *attempt) beginsByChoice() bool { return len(a.proved) == 0 && a.custom == nil }

// who returns the user of the attempt, or the made-up one for a name that no user
// has.
func (e *Engine) who(a *attempt) *user.User {
	if a.user == nil {
		return e.credentials.Nobody(a.pool, a.name)
	}
	return a.user
}

// choose makes a first factor the next challenge. If the client sent along what
// the factor needs, that step is taken at once.
func (e *Engine) choose(ctx context.Context, a *attempt, factor string) error {
	switch {
	case factor == user.ByPassword && a.given["PASSWORD"] != "":
		return e.provePassword(ctx, a, seal.Secret(a.given["PASSWORD"]))
	case factor == user.BySRP && a.given["SRP_A"] != "":
		a.then = PasswordVerifier
	default:
		a.then = factor
	}
	return nil
}

// selectChallenge is the challenge SELECT_CHALLENGE. It proves nothing; its answer
// chooses the challenge that does.
type selectChallenge struct{}

func (selectChallenge) rules() rules {
	return rules{name: SelectChallenge, carrier: inSession, needs: []string{"ANSWER"}, wrong: ErrFirstChoice}
}

func (selectChallenge) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

func (selectChallenge) ask(_ context.Context, e *Engine, a *attempt) (question, error) {
	return question{parameters: map[string]string{}, available: e.firstFactors(a)}, nil
}

func (selectChallenge) answer(ctx context.Context, e *Engine, a *attempt, _ kept) (bool, error) {
	if !slices.Contains(e.firstFactors(a), a.given["ANSWER"]) {
		return false, nil
	}
	return true, e.choose(ctx, a, a.given["ANSWER"])
}
