package signin

import (
	"context"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// LookStore reads what one step of a sign-in wants to know.
type LookStore interface {
	// Look reads all that l asks for in one round trip to the database.
	Look(ctx context.Context, l Look) (*Seen, error)
}

// Look asks for what a step of a sign-in wants to know of the user with a name.
type Look struct {
	Pool userpool.PoolID
	Key  string // the name as it is stored, an alias, or the sub
	// Guessers are the names under which wrong proofs are counted.
	Guessers credential.Guessers
	Groups   bool // the groups, too
}

// Seen is what was seen.
type Seen struct {
	User     *user.User // nil: no user has the name
	Attempts credential.Attempts
	Groups   []*user.Group // not nil if they were asked for, in the order of tokens
}

// look loads the user with a name, and what the step will want to know if it proves
// the factor and is the last one. If no user has the name, a.user stays nil, and the
// work is the same. Functions of the pool may change the groups of a user who signs in.
func (e *Engine) look(ctx context.Context, a *attempt, name string, proves credential.Factor) (*user.User, error) {
	guessers := credential.GuessersOf(proves, a.pool, a.name)
	seen, err := e.looks.Look(ctx, Look{Pool: a.pool.ID, Key: a.pool.Case(name), Guessers: guessers, Groups: a.issues && len(a.pool.Settings.Triggers.Functions) == 0})
	if err != nil {
		return nil, err
	}
	if proves != "" {
		a.counted = &counted{guessers.Of(seen.User), seen.Attempts}
	}
	if seen.User == nil {
		return nil, user.ErrUserNotFound
	}
	a.groups = seen.Groups
	return seen.User, nil
}

// counted is how many wrong proofs were counted when the step began.
type counted struct {
	guesser  string
	attempts credential.Attempts
}

// of returns the count of a guesser, once; nil if it is not known.
func (a *attempt) countOf(guesser string) *credential.Attempts {
	c := a.counted
	a.counted = nil
	if c == nil || c.guesser != guesser {
		return nil
	}
	return &c.attempts
}
