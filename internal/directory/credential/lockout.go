package credential

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of guessing.
var (
	ErrLocked       = fault.New(fault.Throttled, "password_attempts", "Password attempts exceeded")
	ErrAttemptLimit = fault.New(fault.Throttled, "attempt_limit", "Attempt limit exceeded, please try after some time.")
)

// Lockout after wrong proofs. Cognito: "Sign-in attempts lockout". The fifth
// failure locks for a second, and each further failure doubles that, up to
// fifteen minutes. After fifteen minutes without a try the count starts again.
const (
	freeFailures = 5
	// LongestLock is how long a lock lasts at most, and how long a failure counts.
	LongestLock = 15 * time.Minute
)

// Subject returns the name under which tries are counted. It is the same for all
// names of a user. u may be nil: tries for a name that no user has are counted in
// the same way, so that counting does not tell whether a user exists. The result
// has one length for all names, since a caller may send a long one.
func Subject(p *userpool.Pool, u *user.User, name string) string {
	if u != nil {
		return "user:" + string(u.Sub)
	}
	sum := sha256.Sum256([]byte(p.Case(name)))
	return "name:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Factor is a way in which a user proves who they are. Wrong proofs are counted
// for each factor by itself.
type Factor string

// FactorPassword is a password, sent as it is or proved with SRP.
const FactorPassword Factor = "password"

// FactorCustom is what the functions of a pool ask with CUSTOM_AUTH.
const FactorCustom Factor = "custom"

// FactorRecovery is a recovery code.
const FactorRecovery Factor = "recovery"

// FactorDevice is the password of a device that the user has remembered.
const FactorDevice Factor = "device"

// Guessers are the names under which the wrong proofs of a factor are counted for
// somebody who gives a name, before it is known whether a user has it.
type Guessers struct {
	Prefix string // of a user's; the sub follows
	Nobody string // if no user has the name
}

// GuessersOf returns the names of the counts of a factor.
func GuessersOf(f Factor, p *userpool.Pool, name string) Guessers {
	return Guessers{Prefix: Guesser(f, p, &user.User{}, ""), Nobody: Guesser(f, p, nil, name)}
}

// Of returns what [Guesser] returns for a user, or nil.
func (g Guessers) Of(u *user.User) string {
	if u == nil {
		return g.Nobody
	}
	return g.Prefix + string(u.Sub)
}

// Guesser names the count of a [Subject]'s wrong proofs of a factor.
func Guesser(f Factor, p *userpool.Pool, u *user.User, name string) string {
	if f == FactorPassword {
		return "sign-in:" + Subject(p, u, name) // the name that databases hold
	}
	return "sign-in-" + string(f) + ":" + Subject(p, u, name)
}

// Try calls prove, which reports whether a proof is right, and counts a wrong one
// for the guesser. While the guesser is locked it returns ErrLocked and does not
// call prove.
//
// If other tries lock the guesser while prove runs, Try returns ErrLocked for a
// right and for a wrong proof alike: among many guesses sent at once, the right
// one is not told from the others. At most [triesAtOnce] tries of a guesser run
// at once in a process, so few of such guesses are answered.
func (e *Engine) Try(ctx context.Context, pool userpool.PoolID, guesser string, prove func() (bool, error)) (right bool, err error) {
	return e.TryInTurn(ctx, pool, guesser, nil, func(*Turn) (bool, error) { return prove() })
}

// Turn is the turn of one try.
type Turn struct{ clean, left bool }

// Leave leaves the end of the try to the caller, after a right proof. It returns
// false, and leaves nothing, if wrong proofs were counted before. After true, the
// caller calls [Engine.Settle], or acts on the proof in a write that saves nothing if
// wrong proofs are counted by then.
func (t *Turn) Leave() bool {
	t.left = t.clean
	return t.left
}

// TryInTurn is [Engine.Try] for a proof that may leave its end to the caller. seen is
// the count as the caller has just read it, or nil. It is read again if other tries of
// the guesser are under way: they may have been counted since.
func (e *Engine) TryInTurn(ctx context.Context, pool userpool.PoolID, guesser string, seen *Attempts, prove func(*Turn) (bool, error)) (right bool, err error) {
	leave, alone, err := e.tries.enter(ctx, string(pool)+" "+guesser)
	if err != nil {
		return false, err
	}
	defer leave()
	if seen == nil || !alone {
		read, err := e.store.Attempts(ctx, pool, guesser)
		if err != nil {
			return false, err
		}
		seen = &read
	}
	if e.now().Before(seen.Locked) {
		return false, ErrLocked
	}
	turn := &Turn{clean: seen.Count == 0}
	right, err = prove(turn)
	wrong, isWrong := errors.AsType[wrongAnyway](err)
	switch {
	case isWrong:
		return false, errors.Join(e.failed(ctx, pool, guesser), wrong.error)
	case err != nil:
		return false, err
	case right && turn.left:
		return true, nil
	case right:
		return true, e.Settle(ctx, pool, guesser)
	}
	return false, e.failed(ctx, pool, guesser)
}

// unlocked returns the count of a guesser, or ErrLocked.
func (e *Engine) unlocked(ctx context.Context, pool userpool.PoolID, guesser string) (Attempts, error) {
	a, err := e.store.Attempts(ctx, pool, guesser)
	if err == nil && e.now().Before(a.Locked) {
		err = ErrLocked
	}
	return a, err
}

// failed counts a wrong proof. A try during a lock does not make the lock longer.
func (e *Engine) failed(ctx context.Context, pool userpool.PoolID, guesser string) error {
	now := e.now()
	_, err := e.store.Count(ctx, pool, guesser, func(a *Attempts) error {
		if now.Before(a.Locked) {
			return ErrLocked
		}
		if now.Sub(a.Last) > LongestLock {
			*a = Attempts{First: now}
		}
		a.Count++
		a.Last = now
		a.Locked = now.Add(lockFor(a.Count))
		return nil
	})
	return err
}

// Settle ends a try with a right proof: it forgets the failures of the guesser. It
// returns ErrLocked if other tries have locked the guesser meanwhile.
func (e *Engine) Settle(ctx context.Context, pool userpool.PoolID, guesser string) error {
	a, err := e.unlocked(ctx, pool, guesser)
	if err != nil || a.Count == 0 {
		return err
	}
	now := e.now()
	_, err = e.store.Count(ctx, pool, guesser, func(a *Attempts) error {
		if now.Before(a.Locked) { // since the look above
			return ErrLocked
		}
		*a = Attempts{}
		return nil
	})
	return err
}

// Unlock forgets the failures of a guesser, who may then try again at once.
func (e *Engine) Unlock(ctx context.Context, pool userpool.PoolID, guesser string) error {
	return e.store.Forget(ctx, pool, guesser)
}

// lockFor returns for how long that many failures in a row lock.
func lockFor(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	return min(time.Second<<min(failures-freeFailures, 20), LongestLock)
}

// Hourly counts a try of a subject, and returns ErrAttemptLimit if the subject
// has had limit tries within an hour. Cognito: "Quotas", requests per user.
func (e *Engine) Hourly(ctx context.Context, pool userpool.PoolID, subject string, limit int) error {
	_, err := e.hourly(ctx, pool, subject, limit)
	return err
}

// hourly is Hourly, and returns up to when the counts of the pool are forgotten.
func (e *Engine) hourly(ctx context.Context, pool userpool.PoolID, subject string, limit int) (forgotten time.Time, err error) {
	if e.NoHourlyLimits {
		return time.Time{}, nil
	}
	now := e.now()
	a, err := e.store.Count(ctx, pool, "hourly:"+subject, func(a *Attempts) error {
		if now.Sub(a.First) >= time.Hour || a.forgets(a.Last) {
			*a = Attempts{First: now, Forgotten: a.Forgotten}
		}
		if a.Count >= limit {
			return ErrAttemptLimit
		}
		a.Count++
		a.Last = now
		return nil
	})
	return a.Forgotten, err
}
