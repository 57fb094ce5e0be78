package credential

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/semaphore"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/foreignhash"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// KeepForeign returns what is kept of a password of which another system has the hash.
// The pool must list the form of the hash (userpool.Settings.ForeignHashes).
func (e *Engine) KeepForeign(p *userpool.Pool, u *user.User, h *foreignhash.Hash) (*user.Password, error) {
	salt, err := srp.NewSalt()
	if err != nil {
		return nil, err
	}
	sealed, err := e.Sealer.Seal([]byte(h.Text().Reveal()), PasswordContext(u))
	return &user.Password{Form: user.FormHash, Name: p.Case(u.Username), Salt: salt, Sealed: sealed, Set: e.now()}, err
}

// foreign returns the hash that is kept of the user's password, or nil.
func (e *Engine) foreign(u *user.User) (*foreignhash.Hash, error) {
	if u == nil || u.Password == nil || u.Password.Form != user.FormHash {
		return nil, nil
	}
	text, err := e.Sealer.Open(u.Password.Sealed, PasswordContext(u))
	if err != nil {
		return nil, fmt.Errorf("open the password hash of %s: %w", u.Sub, err)
	}
	h, err := foreignhash.Parse(seal.Secret(text))
	if err != nil { // our own failure, and none of the caller's
		return nil, fmt.Errorf("read the password hash of %s: %v", u.Sub, err)
	}
	return h, nil
}

// SameForeign reports whether h is what is kept of the user's password. A nil h is that
// of a user without a password.
func (e *Engine) SameForeign(u *user.User, h *foreignhash.Hash) (bool, error) {
	kept, err := e.foreign(u)
	switch {
	case err != nil:
		return false, err
	case kept == nil || h == nil:
		return kept == nil && h == nil && u.Password == nil, nil
	}
	return kept.Text().Equal(h.Text().Reveal()), nil
}

// matchesForeign is Matches for a password of which we have no verifier yet: another
// system has hashed it, or the former pool of the user knows it. It does the work of
// one hash of each form that the pool has, and of one question to the former pool,
// whoever asks.
func (e *Engine) matchesForeign(ctx context.Context, p *userpool.Pool, u *user.User, password seal.Secret) (bool, error) {
	kept, err := e.foreign(u)
	if err != nil {
		return false, err
	}
	right, err := e.checkForeign(ctx, p, password, kept)
	switch {
	case err != nil:
		return false, err
	case right:
		return e.replaceForeign(ctx, p, u, password, func(*user.User) {})
	}
	return e.matchesFormer(ctx, p, u, password)
}

// checkForeign reports whether one of the hashes is that of the password. Each nil
// hash is none.
func (e *Engine) checkForeign(ctx context.Context, p *userpool.Pool, password seal.Secret, kept ...*foreignhash.Hash) (bool, error) {
	kept = slices.DeleteFunc(kept, func(h *foreignhash.Hash) bool { return h == nil })
	work := slices.Clone(kept)
	for _, form := range p.Settings.ForeignHashes {
		if slices.ContainsFunc(kept, func(h *foreignhash.Hash) bool { return h.Form() == form }) {
			continue
		}
		blank, err := foreignhash.Blank(form)
		if err != nil {
			return false, fmt.Errorf("hash of the form %q: %v", form, err)
		}
		work = append(work, blank)
	}
	right := false
	for i, h := range work {
		matches, err := e.hashing.matches(ctx, h, password)
		if err != nil {
			return false, err
		}
		right = matches && i < len(kept) || right
	}
	return right, nil
}

// replaceForeign keeps a verifier of the password that was proved, with the salt that
// tells it from others: nothing that was bound to the password notices. also changes
// what else the proof says of the user. It returns false if the user has another
// password by now.
func (e *Engine) replaceForeign(ctx context.Context, p *userpool.Pool, u *user.User, password seal.Secret, also func(*user.User)) (bool, error) {
	next := *u.Password
	next.Form = user.FormSRP
	sealed, err := e.Sealer.Seal(srp.VerifierOf(next.Salt, p.ID.Name(), next.Name, password.Reveal()).V, PasswordContext(u))
	if err != nil {
		return false, err
	}
	next.Sealed = sealed
	return e.Users.ReplaceForeign(ctx, u, func(u *user.User) {
		verifier := next
		u.Password = &verifier
		also(u)
	})
}

// hashing limits what checks of foreign hashes take from everything else: their costs
// come from outside.
type hashing struct{ room *semaphore.Weighted }

// hashingMemory is how much memory all checks that run at once may need. No hash needs
// more.
const hashingMemory = 256 << 20

func newHashing() hashing { return hashing{semaphore.NewWeighted(hashingMemory)} }

// matches checks one hash, when there is room: beside others only as far as memory
// allows, and half the processors.
func (l hashing) matches(ctx context.Context, h *foreignhash.Hash, password seal.Secret) (bool, error) {
	share := int64(hashingMemory / max(1, runtime.GOMAXPROCS(0)/2))
	need := min(max(share, int64(h.Memory())), hashingMemory)
	if err := l.room.Acquire(ctx, need); err != nil {
		return false, fmt.Errorf("wait for other checks of passwords: %w", err)
	}
	defer l.room.Release(need)
	return h.Matches(password)
}
