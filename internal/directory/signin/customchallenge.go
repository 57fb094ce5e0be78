package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/userpool"
)

// CustomChallenge is the name of the challenge that the pool's functions make and
// check.
const CustomChallenge = "CUSTOM_CHALLENGE"

// customChallenge is the challenge CUSTOM_CHALLENGE. It is asked because the
// function of CUSTOM_AUTH names it, and never due. A wrong answer does not end the
// sign-in: the function decides.
type customChallenge struct{}

func (customChallenge) rules() rules {
	return rules{
		name: CustomChallenge, carrier: inSession, needs: []string{"ANSWER"},
		proves: credential.FactorCustom, wrong: ErrWrongPassword, goesOn: true,
	}
}

func (customChallenge) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

// ask shows the client the public parameters. The private ones are sealed in its
// session.
func (customChallenge) ask(ctx context.Context, e *Engine, a *attempt) (question, error) {
	if !a.pool.Has(userpool.TriggerCreateAuthChallenge) || !a.pool.Has(userpool.TriggerVerifyAuthChallenge) {
		return question{}, errNoCustom
	}
	q, err := e.triggers.Create(ctx, a.occasion(a.metadata), a.signIn(), a.custom.Rounds)
	if err != nil {
		return question{}, err
	}
	shown := map[string]string{}
	maps.Copy(shown, q.Public)
	shown["USERNAME"] = e.srpUserID(a)
	q.Public = nil
	keep, err := json.Marshal(q)
	return question{parameters: shown, keep: keep}, err
}

// answer asks the pool's function.
func (customChallenge) answer(ctx context.Context, e *Engine, a *attempt, kept kept) (bool, error) {
	var q trigger.Question
	if err := json.Unmarshal(kept.question, &q); err != nil {
		return false, fmt.Errorf("read the question of a custom challenge: %w", err)
	}
	a.label = q.Metadata
	return e.triggers.Verify(ctx, a.occasion(a.metadata), a.signIn(), q, a.given["ANSWER"])
}
