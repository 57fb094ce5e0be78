package signin

import (
	"context"
	"encoding/json"
	"slices"
)

// SelectMFAType is the name of the challenge to choose one of several second
// factors.
const SelectMFAType = "SELECT_MFA_TYPE"

// selectMFAType is the challenge SELECT_MFA_TYPE. It proves nothing; its answer
// chooses the challenge that does.
type selectMFAType struct{}

func (selectMFAType) rules() rules {
	return rules{name: SelectMFAType, carrier: inSession, needs: []string{"ANSWER"}, wrong: ErrMFAChoice}
}

func (selectMFAType) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	return a.secondFactor() == SelectMFAType, nil
}

func (selectMFAType) ask(_ context.Context, _ *Engine, a *attempt) (question, error) {
	choice, err := json.Marshal(a.factors())
	return question{parameters: map[string]string{"MFAS_CAN_CHOOSE": string(choice), "USER_ID_FOR_SRP": a.user.Username}}, err
}

// answer takes a factor that the user could choose now. Some documents call the
// answer for an e-mail code EMAIL_MFA.
func (selectMFAType) answer(_ context.Context, _ *Engine, a *attempt, _ kept) (bool, error) {
	a.then = a.given["ANSWER"]
	if a.then == "EMAIL_MFA" {
		a.then = EmailOTP
	}
	return slices.Contains(a.factors(), a.then), nil
}
