package signin

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// leftover is what a right proof has left to be done: its state is to be used up, and
// the wrong proofs to be looked at again. If the proof completes the sign-in, that is a
// part of the write that saves the grant. If another challenge or an error follows, it
// is done before. So nothing follows from a proof that is not used up. The zero value
// is nothing.
type leftover struct {
	state   *state // nil: none
	guesser string // credential.Guesser; "": nothing was proved, or it is settled
	secure  func(*user.Security) error
}

// mayLeave reports whether nobody hears of the sign-in between a right proof and the
// grant. Functions and the history of a user would hear of equal answers at once that
// come to nothing.
func (a *attempt) mayLeave() bool {
	return a.issues && a.custom == nil && a.watch == nil && len(a.pool.Settings.Triggers.Functions) == 0
}

// left returns what package token is to do.
func (l *leftover) left() token.Leftover {
	left := token.Leftover{Guesser: l.guesser, Secure: l.secure}
	if l.state != nil {
		left.Once = &token.Once{ID: l.state.ID, Until: l.state.remembered(), Used: ErrSessionUsed}
	}
	return left
}

// settle does what is left: it uses the state up before the wrong proofs are forgotten,
// since a right answer that is sent twice must not clear their count.
func (e *Engine) settle(ctx context.Context, p *userpool.Pool, u *user.User, l leftover) error {
	if l.secure != nil {
		if err := e.users.UpdateSecurity(ctx, u, l.secure); err != nil {
			return err
		}
	}
	if l.state != nil {
		if err := e.spend(ctx, l.state); err != nil {
			return err
		}
	}
	if l.guesser == "" {
		return nil
	}
	return e.credentials.Settle(ctx, p.ID, l.guesser)
}

// settleNow settles what the attempt has left.
func (e *Engine) settleNow(ctx context.Context, a *attempt) error {
	l := a.left
	a.left = leftover{}
	return e.settle(ctx, a.pool, a.user, l)
}

// settled runs a step. Only a complete sign-in leaves anything.
func (e *Engine) settled(ctx context.Context, a *attempt, step func() (*Outcome, error)) (*Outcome, error) {
	out, err := step()
	if err == nil && out.Challenge == nil {
		out.left, out.groups = a.left, a.groups
		return out, nil
	}
	if unsettled := e.settleNow(ctx, a); unsettled != nil {
		return nil, unsettled
	}
	return out, err
}

// issueSettling issues tokens, and does what is left with it. If wrong proofs were
// counted meanwhile, it is done before.
func (e *Engine) issueSettling(ctx context.Context, in token.IssueInput, l leftover) (*token.Tokens, error) {
	in.Leftover = l.left()
	tokens, err := e.tokens.IssueForSignIn(ctx, in)
	if !errors.Is(err, token.ErrUnsettled) {
		return tokens, err
	}
	if err := e.settle(ctx, in.Pool, in.User, l); err != nil {
		return nil, err
	}
	in.Leftover = token.Leftover{}
	return e.tokens.IssueForSignIn(ctx, in)
}

// spentFor is how much longer than the state lasts its use is remembered, for
// nodes whose clocks differ.
const spentFor = 10 * time.Minute

func (s *state) remembered() time.Time { return time.UnixMicro(s.Ends).Add(spentFor) }

// spend uses the state up, or returns ErrSessionUsed.
func (e *Engine) spend(ctx context.Context, s *state) error {
	return e.spent.Spend(ctx, s.ID, s.remembered())
}
