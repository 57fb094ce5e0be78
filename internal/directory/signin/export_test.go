package signin

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// WrongCode is the answer of a Trial to a wrong CODE.
var WrongCode = fault.New(fault.Invalid, "trial_code", "Wrong code.")

// Trial is a challenge that is in no table, to test what all challenges share.
// The right answer is the CODE "right".
type Trial struct {
	Proves credential.Factor
	Then   string // the challenge that a right answer chooses
}

func (t Trial) rules() rules {
	return rules{name: "TRIAL", carrier: inSession, needs: []string{"CODE"}, proves: t.Proves, wrong: WrongCode}
}

func (Trial) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

func (Trial) ask(context.Context, *Engine, *attempt) (question, error) {
	return question{keep: []byte("right")}, nil
}

func (t Trial) answer(_ context.Context, _ *Engine, a *attempt, kept kept) (bool, error) {
	a.then = t.Then
	return a.given["CODE"] == string(kept.question), nil
}

// Ask asks u the challenge, after the factors given are proved.
func (t Trial) Ask(ctx context.Context, e *Engine, p *userpool.Pool, c *userpool.Client, u *user.User, proved ...credential.Factor) (*Outcome, error) {
	return e.ask(ctx, t, &attempt{pool: p, client: c, user: u, name: u.Username, proved: proved, now: e.now()})
}

// Answer answers the challenge.
func (t Trial) Answer(ctx context.Context, e *Engine, p *userpool.Pool, c *userpool.Client, in Response) (*Outcome, error) {
	return e.answer(ctx, t, &attempt{pool: p, client: c, given: in.Answers, now: e.now()}, in)
}

// BadRules returns what is wrong with the rules in the table of challenges.
func BadRules() []string {
	var bad []string
	seen := map[string]bool{}
	for _, ch := range challenges {
		r := ch.rules()
		if r.name == "" || seen[r.name] {
			bad = append(bad, r.name+": the name is missing or taken")
		}
		if r.wrong == nil || r.carrier.broken == nil {
			bad = append(bad, r.name+": wrong or carrier is missing")
		}
		seen[r.name] = true
	}
	return bad
}
