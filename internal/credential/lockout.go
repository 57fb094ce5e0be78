package credential

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// Errors of guessing.
var (
	ErrLocked       = fault.New(fault.Throttled, "password_attempts", "Password attempts exceeded")
	ErrAttemptLimit = fault.New(fault.Throttled, "attempt_limit", "Attempt limit exceeded, please try after some time.")
)

// Lockout after wrong passwords. Cognito: "Sign-in attempts lockout": five
// failures are free, the fifth locks for a second, each further one doubles
// that up to about fifteen minutes; fifteen quiet minutes forgive all.
const (
	freeFailures = 5
	longestLock  = 15 * time.Minute
)

// Guesser names the count of wrong passwords: the user's, whichever of its
// names was used, or a name's that nobody has (u is nil), so that such a name
// locks as well and tells nothing.
func Guesser(p *userpool.Pool, u *user.User, name string) string {
	if u != nil {
		return "sign-in:" + string(u.Sub)
	}
	return "sign-in-name:" + p.Case(name)
}

// MayTry refuses with ErrLocked while the guesser is locked.
func (e *Engine) MayTry(ctx context.Context, pool userpool.PoolID, guesser string) error {
	a, err := e.Store.Attempts(ctx, pool, guesser)
	if err != nil {
		return err
	}
	if e.now().Before(a.Locked) {
		return ErrLocked
	}
	return nil
}

// Failed counts a wrong password. A try during a lock does not lengthen it.
func (e *Engine) Failed(ctx context.Context, pool userpool.PoolID, guesser string) error {
	now := e.now()
	_, err := e.Store.Count(ctx, pool, guesser, func(a *Attempts) error {
		if now.Before(a.Locked) {
			return nil
		}
		if now.Sub(a.Last) > longestLock {
			*a = Attempts{First: now}
		}
		a.Count++
		a.Last = now
		a.Locked = now.Add(lockFor(a.Count))
		return nil
	})
	return err
}

// Succeeded forgets the failures of a guesser. It refuses with ErrLocked when
// other tries have locked it meanwhile: a right password among a burst of
// guesses opens nothing.
func (e *Engine) Succeeded(ctx context.Context, pool userpool.PoolID, guesser string) error {
	a, err := e.Store.Attempts(ctx, pool, guesser)
	switch {
	case err != nil:
		return err
	case e.now().Before(a.Locked):
		return ErrLocked
	case a.Count == 0:
		return nil
	}
	return e.Store.Forget(ctx, pool, guesser)
}

func lockFor(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	return min(time.Second<<min(failures-freeFailures, 20), longestLock)
}

// Hourly allows a subject limit tries an hour and refuses more with
// ErrAttemptLimit. Cognito: "Quotas", requests per user.
func (e *Engine) Hourly(ctx context.Context, pool userpool.PoolID, subject string, limit int) error {
	if e.NoHourlyLimits {
		return nil
	}
	now := e.now()
	_, err := e.Store.Count(ctx, pool, "hourly:"+subject, func(a *Attempts) error {
		if now.Sub(a.First) >= time.Hour {
			*a = Attempts{First: now}
		}
		if a.Count >= limit {
			return ErrAttemptLimit
		}
		a.Count++
		a.Last = now
		return nil
	})
	return err
}
