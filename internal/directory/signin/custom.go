package signin

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// custom is what a sign-in with CUSTOM_AUTH carries from step to step. The pool's
// functions decide such a sign-in:
//
//	CUSTOM_AUTH ─▶ define ─┬─▶ it fails: refused
//	                 ▲     ├─▶ it issues tokens: next, without a second factor of the pool's own
//	                 │     └─▶ it names a challenge, which is asked
//	                 └──────── the answer becomes a round; a wrong one is counted
type custom struct {
	Rounds []trigger.Round
}

// errNoCustom means that the pool lacks a function that the flow needs. Cognito:
// observed text.
var errNoCustom = ErrFlowOff.Saying("Custom auth lambda trigger is not configured for the user pool.")

// Causes, for the log.
var (
	errChallengeImpossible = errors.New("the function names a challenge that cannot be asked now")
	errSessionTooLong      = errors.New("the private parameters and the rounds are too long for a session")
)

// runCustom starts CUSTOM_AUTH. With CHALLENGE_NAME=SRP_A the client sends SRP_A, so
// that the function can ask for the password first.
func (e *Engine) runCustom(ctx context.Context, a *attempt) (*Outcome, error) {
	if !a.pool.Has(userpool.TriggerDefineAuthChallenge) {
		return nil, errNoCustom
	}
	a.custom = &custom{}
	if a.given["CHALLENGE_NAME"] == "SRP_A" {
		if err := needAll(a.given, "SRP_A"); err != nil {
			return nil, err
		}
		a.custom.Rounds = []trigger.Round{{Challenge: "SRP_A", Right: true}}
	}
	if err := e.begin(ctx, a, ""); err != nil {
		return nil, err
	}
	return e.define(ctx, a)
}

// define asks the pool's function how the sign-in goes on.
func (e *Engine) define(ctx context.Context, a *attempt) (*Outcome, error) {
	d, err := e.triggers.Define(ctx, a.occasion(a.metadata), a.signIn(), a.custom.Rounds)
	switch {
	case err != nil:
		return nil, err
	case d.Fail, d.IssueTokens && a.user == nil:
		return nil, ErrWrongPassword
	case d.IssueTokens:
		a.custom = nil
		if !slices.Contains(a.proved, credential.FactorCustom) {
			a.proved = append(a.proved, credential.FactorCustom) // the function vouches for the user
		}
	case a.user == nil && d.Challenge != CustomChallenge && d.Challenge != PasswordVerifier:
		return nil, ErrWrongPassword
	case !a.mayAsk(d.Challenge):
		return nil, trigger.ErrOutput.Because(errChallengeImpossible)
	default:
		a.then = d.Challenge
	}
	return e.next(ctx, a)
}

// mayAsk reports whether a challenge that the function names can be asked now.
func (a *attempt) mayAsk(challenge string) bool {
	switch challenge {
	case CustomChallenge:
		return true
	case PasswordVerifier: // the answer to SRP_A, which only the first call has
		return a.given["SRP_A"] != "" && a.answered == ""
	case NewPasswordRequired:
		return a.user.Status == user.ForceChangePassword && len(a.proved) > 0
	}
	return slices.Contains(a.factors(), challenge)
}
