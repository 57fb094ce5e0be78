package bearer

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/session"
)

// ErrTooMany refuses to ask about the token of a caller who has presented many that were
// refused.
var ErrTooMany = fault.New(fault.Throttled, "too_many_bad_tokens", "Too many tokens from your network were not accepted. Please wait a moment.")

// refusalLife is how long a refused token is not asked about again, and badTokens how
// many a caller may present that are refused or not answered yet.
const refusalLife = 10 * time.Second

var badTokens = limit.Rate{Requests: 100, Per: time.Minute}

// refusalsRoom is how many refused tokens each of two generations holds.
const refusalsRoom = 1 << 13

// Refusals remembers refused tokens and counts them for each caller. Otherwise everybody
// who makes tokens up could have us ask the provider as often as they like. Safe for
// concurrent use.
type Refusals struct {
	callers *limit.Callers

	mu         sync.Mutex
	young, old map[session.ID]refusal
}

type refusal struct {
	err   error
	until time.Time
}

// NewRefusals returns an empty memory.
func NewRefusals() *Refusals {
	return &Refusals{callers: limit.New(badTokens, nil), young: map[session.ID]refusal{}}
}

// asking guards a proof that asks others. It runs once for all requests with the token
// that come at the same time.
func (r *Reader) asking(caller string, ask prove) prove {
	return func(ctx context.Context, p *proof) (*session.Session, error) {
		if r.Sessions.Holds(p.id) {
			return r.Refusals.heed(ctx, p, ask, r.Now())
		}
		if err := r.Refusals.of(p.id, r.Now()); err != nil {
			return nil, err
		}
		if r.Refusals.callers.Take(caller, r.Now()) > 0 {
			return nil, ErrTooMany
		}
		s, err := r.Refusals.heed(ctx, p, ask, r.Now())
		if !refused(err) {
			r.Refusals.callers.Give(caller)
		}
		return s, err
	}
}

// heed asks, and remembers a refusal.
func (f *Refusals) heed(ctx context.Context, p *proof, ask prove, now time.Time) (*session.Session, error) {
	s, err := ask(ctx, p)
	if refused(err) {
		f.remember(p.id, refusal{err, now.Add(refusalLife)})
	}
	return s, err
}

// refused reports whether an error is a word on the token, and not one on whoever was to
// judge it.
func refused(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Denied || kind == fault.Unauthenticated)
}

// of returns the error with which a token was refused a moment ago, or nil.
func (f *Refusals) of(id session.ID, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.young[id]
	if !ok {
		known = f.old[id]
	}
	if now.Before(known.until) {
		return known.err
	}
	return nil
}

func (f *Refusals) remember(id session.ID, r refusal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.young[id] = r
	if len(f.young) >= refusalsRoom {
		f.old, f.young = f.young, map[session.ID]refusal{}
	}
}
