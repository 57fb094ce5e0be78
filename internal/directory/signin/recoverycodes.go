package signin

import (
	"context"
	"encoding/json"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// A recovery code answers a second factor in the place of its own code, whatever the
// challenge is called: so every client that asks for a code can be given one.

// NewRecoveryCodes gives a user new recovery codes in the place of the old ones, and
// returns them as they are shown. user.ErrRecoveryOff, user.ErrUserNotFound.
func (e *Engine) NewRecoveryCodes(ctx context.Context, p *userpool.Pool, u *user.User) ([]seal.Secret, error) {
	var shown []seal.Secret
	_, err := e.users.Update(ctx, p, u.Sub, user.Change{Apply: func(u *user.User) error {
		if !takesRecoveryCodes(p, u) {
			return user.ErrRecoveryOff
		}
		u.Security.RecoveryCodes, shown = user.NewRecoveryCodes(u, p.Settings.RecoveryCodes, e.now())
		return nil
	}})
	return shown, err
}

// takesRecoveryCodes reports whether the user can have codes: there is a second factor
// in whose place one can be used.
func takesRecoveryCodes(p *userpool.Pool, u *user.User) bool {
	return p.Settings.RecoveryCodes > 0 && u.Enabled && len(user.SecondFactors(p, u)) > 0
}

// LacksRecoveryCodes reports whether a user who has signed in is to be given codes: there
// are none, and the sign-in proved more than one factor, no code among them.
func LacksRecoveryCodes(p *userpool.Pool, u *user.User, proof token.Proof) bool {
	return takesRecoveryCodes(p, u) && u.RecoveryCodesLeft(p) == 0 && proof.Multiple() && !proof.Recovered()
}

// recoverable reports whether a recovery code can answer the challenge: it asks for a
// second factor that is set up, beside one that is proved, and no level is wanted that a
// code does not reach.
func (a *attempt) recoverable(ch step, question []byte) bool {
	if a.user == nil || len(a.proved) == 0 || a.user.RecoveryCodesLeft(a.pool) == 0 || a.stepsUp() && a.target > user.RecoveryReaches {
		return false
	}
	switch ch := ch.(type) {
	case softwareToken:
		return a.stillAsked(SoftwareTokenMFA) == nil
	case sentCode:
		var q sentQuestion
		return !a.beginsByChoice() && json.Unmarshal(question, &q) == nil && !q.SetUp && a.stillAsked(ch.name) == nil
	}
	return false
}

// recoveryCode returns the recovery code with which the client answers.
func (a *attempt) recoveryCode(ch challenge, question []byte) (code seal.Secret, is bool) {
	needs := ch.rules().needs
	if len(needs) != 1 || !user.IsRecoveryCode(a.given[needs[0]]) {
		return "", false
	}
	return seal.Secret(a.given[needs[0]]), a.recoverable(ch, question)
}

// errNoRecoveryCode ends the change of a user who has no such code.
var errNoRecoveryCode = errors.New("the user has no such recovery code")

// recover uses up a recovery code, and the state. Wrong codes are counted apart from
// those of the challenge. Of equal codes at once, one is right.
func (e *Engine) recover(ctx context.Context, a *attempt, s *state, code seal.Secret, wrong error) (bool, error) {
	err := e.prove(ctx, a, credential.FactorRecovery, wrong, func(bool) (bool, error) {
		if err := e.recognise(ctx, a); err != nil {
			return false, err
		}
		a.left.state, a.left.secure = s, func(s *user.Security) error {
			if !a.user.UseRecoveryCode(s, code) {
				return errNoRecoveryCode
			}
			a.user.Security.RecoveryCodes = s.RecoveryCodes
			return nil
		}
		err := e.settleNow(ctx, a)
		if errors.Is(err, errNoRecoveryCode) {
			return false, nil
		}
		return err == nil, err
	})
	if err == nil {
		e.courier.TellRecovered(ctx, a.user, a.user.RecoveryCodesLeft(a.pool))
	}
	return err == nil, err
}
