package relyingparty

import (
	"context"
	"sync"
	"time"
)

// kept is what a provider publishes and we keep: its discovery document, its keys. It is
// fetched when it is first needed, when it is old, and when somebody doubts it. Whoever
// is content with what is known does not wait for a fetch: anybody can raise a doubt, with
// a token that names a made-up key.
type kept[T any] struct {
	ask func(ctx context.Context, before T) (T, error)
	now func() time.Time

	fetching chan struct{} // holds one element during a fetch

	mu sync.Mutex // not held while fetching
	at snapshot[T]
}

// snapshot is what is known at a moment.
type snapshot[T any] struct {
	known    T         // of the last success; the zero value: there was none
	fetched  time.Time // the end of the last success
	tried    time.Time // the end of the last attempt
	attempts int
	failures int   // since the last success
	err      error // of the last attempt
}

func newKept[T any](ask func(ctx context.Context, before T) (T, error), now func() time.Time) *kept[T] {
	return &kept[T]{ask: ask, now: now, fetching: make(chan struct{}, 1)}
}

// look returns what is known, at once.
func (k *kept[T]) look() snapshot[T] {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

// fetch asks the provider, unless somebody has asked since the caller saw what it knows,
// or less than a pause ago. It returns what is known then.
func (k *kept[T]) fetch(ctx context.Context, seen snapshot[T], pause time.Duration) snapshot[T] {
	select {
	case k.fetching <- struct{}{}:
		return k.fetchAlone(ctx, seen, pause)
	case <-ctx.Done():
		seen.err = ctx.Err()
		return seen
	}
}

// fetchIfFree is fetch for a caller with something to go on with: it does not wait while
// another caller asks.
func (k *kept[T]) fetchIfFree(ctx context.Context, seen snapshot[T], pause time.Duration) snapshot[T] {
	select {
	case k.fetching <- struct{}{}:
		return k.fetchAlone(ctx, seen, pause)
	default:
		return seen
	}
}

func (k *kept[T]) fetchAlone(ctx context.Context, seen snapshot[T], pause time.Duration) snapshot[T] {
	defer func() { <-k.fetching }()
	s := k.look()
	if s.attempts != seen.attempts || s.attempts > 0 && k.now().Sub(s.tried) < pause {
		return s
	}
	// The fetch goes on if its caller goes away: otherwise the next caller would have to
	// wait for the pause.
	found, err := k.ask(context.WithoutCancel(ctx), s.known)
	s.tried, s.err = k.now(), err
	s.attempts++
	if s.failures++; err == nil {
		s.known, s.fetched, s.failures = found, s.tried, 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = s
	return s
}
