package signin

import (
	"context"
	"slices"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/userpool"
)

// ByChoice reports whether users of the client choose on the pages with what they
// begin a sign-in: the client lets them, and the pool allows more than the password.
func ByChoice(p *userpool.Pool, c *userpool.Client) bool {
	return c.AllowsFlow(userpool.FlowUserChoice) && p.Settings.ChoosesFirst()
}

// FirstFactors returns the factors with which the user with that name can begin a
// sign-in to the client, for a page on which the user chooses. Nothing begins yet.
// For a name that no user has, they are made up if the client hides that.
// acr are the levels of assurance that the client asks for. user.ErrUserNotFound,
// ErrNoFirstFactor.
func (e *Engine) FirstFactors(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, acr ...string) ([]string, error) {
	a := &attempt{pool: p, client: c, name: name, wanted: levels(p, acr), now: e.now()}
	if err := e.findUser(ctx, a); err != nil {
		return nil, err
	}
	if err := a.mustChoose(); err != nil {
		return nil, err
	}
	return e.firstFactors(a), nil
}

// Choice is the beginning of a sign-in by choice.
type Choice struct {
	Name     string
	Factor   string      // one of [Engine.FirstFactors]
	Password seal.Secret // for the factor PASSWORD
	Visit    risk.Visit
	ACR      []string // the levels of assurance that the client asks for, best first; none: any
}

// Choose begins a sign-in with the factor that the user has chosen. If that is none
// of the user's, the outcome asks to choose. It issues no tokens.
func (e *Engine) Choose(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Choice) (*Outcome, error) {
	if !ByChoice(p, c) {
		return nil, ErrFlowOff
	}
	a := &attempt{pool: p, client: c, name: in.Name, given: map[string]string{"PASSWORD": in.Password.Reveal()}, wanted: levels(p, in.ACR), visit: in.Visit, now: e.now()}
	return e.recorded(ctx, a, func() (*Outcome, error) {
		if err := e.begin(ctx, a, in.Password); err != nil {
			return nil, err
		}
		return e.beginWith(ctx, a, in.Factor)
	})
}

// beginWith goes on with a factor if the user can begin with it, and asks which one
// it is to be otherwise.
func (e *Engine) beginWith(ctx context.Context, a *attempt, factor string) (*Outcome, error) {
	if err := a.mustChoose(); err != nil {
		return nil, err
	}
	if a.stepsUp() && a.secondFactor() != "" { // the password is proved
		return e.next(ctx, a)
	}
	if !slices.Contains(e.firstFactors(a), factor) {
		factor = SelectChallenge
	}
	if err := e.choose(ctx, a, factor); err != nil {
		return nil, err
	}
	return e.next(ctx, a)
}
