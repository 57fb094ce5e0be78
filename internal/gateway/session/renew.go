package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/identity"
)

const (
	// renewAhead is how long before the tokens end they are renewed (Pomerium:
	// 1 minute).
	renewAhead = time.Minute
	// renewPause is the time between a failed renewal and the next attempt
	// (Pomerium: not more often than every 10 seconds).
	renewPause = 10 * time.Second
	// renewLease is how long one node keeps the others from renewing the same
	// session. A refresh token that rotates may be used once.
	renewLease = 20 * time.Second
	// renewAsk limits the call to the provider. It must be shorter than the
	// lease.
	renewAsk = 15 * time.Second
	// renewPoll is how often a node checks whether another has renewed.
	renewPoll = 200 * time.Millisecond
	// renewGrace is how long a session goes on after its tokens have ended while
	// the provider can't be reached. Pomerium has no such limit. Without it, a
	// person whom the provider disabled could stay signed in until Expires.
	renewGrace = 15 * time.Minute
	// recheckEvery is how long the provider's word counts before it is asked
	// again. Each renewal starts this time anew.
	recheckEvery = 10 * time.Minute
	// clockLeeway is the greatest difference between the clocks of two nodes that
	// is expected. Another node's stamps are compared with this node's clock.
	clockLeeway = time.Minute
)

// Renewal is a provider's answer to a refresh token. It replaces everything
// that the provider said before: a claim that it does not hold is gone.
type Renewal struct {
	Origin      // the same as before; only a sign-in sets it
	Identity    identity.Identity
	Tokens      Tokens // without a refresh token: the old one stays
	TokenExpiry time.Time
	Rechecks    bool // the provider can be asked between two renewals
}

// due reports whether the provider is to be asked about a session.
func (s *Session) due(now time.Time) bool {
	return s.outdated() || s.tokensEnd(now) || s.recheckDue(now)
}

// tokensEnd reports whether the tokens have ended, or will within renewAhead.
func (s *Session) tokensEnd(now time.Time) bool {
	return !s.TokenExpiry.IsZero() && !now.Before(s.TokenExpiry.Add(-renewAhead))
}

// recheckDue reports whether the provider's word is old. If it comes from the
// future, a clock was wrong, and nobody knows how old it is.
func (s *Session) recheckDue(now time.Time) bool {
	age := now.Sub(s.checked)
	return !s.checked.IsZero() && (age >= recheckEvery || age < -clockLeeway)
}

// pausing reports whether renewing failed a moment ago. A pause can't be longer
// than renewPause: what is written for longer comes from a wrong clock.
func (s *Session) pausing(now time.Time) bool { return within(s.paused.Sub(now), renewPause) }

// leasedNow reports whether a node renews the session, as far as stamps can say.
func (s *Session) leasedNow(now time.Time) bool { return within(s.leased.Sub(now), renewLease) }

func within(left, limit time.Duration) bool { return left > 0 && left <= limit }

// outdated reports whether the identity is known not to be the provider's word
// any more.
func (s *Session) outdated() bool { return s.changed > s.read }

// current answers for a session that is due. While its identity may be used, the
// renewal runs in the background and the caller does not wait.
func (m *Manager) current(ctx context.Context, s *Session, now time.Time) (*Session, error) {
	usable := !s.outdated() && (s.TokenExpiry.IsZero() || now.Before(s.TokenExpiry))
	switch {
	case !usable && !m.renews(s):
		return nil, m.end(ctx, s.ID)
	case m.question(s, now) == nil:
		return s, nil
	case s.pausing(now), m.away.Load(): // while the store is away, an answer can't be saved
		return m.inGrace(s, now)
	case usable && s.leasedNow(now):
		// Another node renews it. The next request looks whether it is done.
		m.memory.forget(Change{Scope: Scope{ID: s.ID}})
		return s, nil
	}
	done := m.renewing(ctx, s.ID)
	if usable {
		return s, nil
	}
	s, err := m.renewed(ctx, s, done)
	if err == nil && s.outdated() && !s.pausing(now) { // changed again meanwhile
		s, err = m.renewed(ctx, s, m.renewing(ctx, s.ID))
	}
	if err != nil {
		return nil, err
	}
	return m.inGrace(s, m.cfg.Now())
}

// renews reports whether a session can be renewed.
func (m *Manager) renews(s *Session) bool { return m.cfg.Renew != nil && s.refreshes }

// question returns what to ask the provider about a session, or nil.
func (m *Manager) question(s *Session, now time.Time) question {
	switch {
	case m.renews(s) && (s.outdated() || s.tokensEnd(now)):
		return m.cfg.Renew
	case s.recheckDue(now):
		return m.cfg.Recheck
	}
	return nil
}

// renewed waits for a renewal of s and returns the session after it.
func (m *Manager) renewed(ctx context.Context, s *Session, done <-chan error) (*Session, error) {
	select {
	case err := <-done:
		if errors.Is(err, errNotRead) {
			return s, nil
		}
		if err != nil && !errors.Is(err, errNotSaved) {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s, err := m.find(ctx, s.ID)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrExpired.Because(err)
	}
	return s, err
}

// inGrace returns a session whose tokens live, or ended a short while ago. There
// is no grace for an identity that is known to be outdated.
func (m *Manager) inGrace(s *Session, now time.Time) (*Session, error) {
	if s.outdated() {
		return nil, ErrUnavailable
	}
	if s.TokenExpiry.IsZero() || now.Before(s.TokenExpiry.Add(renewGrace)) {
		return s, nil
	}
	return nil, ErrExpired
}

// renewing renews a session in the background. However many requests ask, it
// runs once. The channel gets one value.
func (m *Manager) renewing(ctx context.Context, id ID) <-chan error {
	done := make(chan error, 1)
	m.running.Go(func() {
		_, err, _ := m.renewals.Do(string(id), func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*renewLease)
			defer cancel()
			err := m.renew(ctx, id)
			if !errors.Is(err, errNotRead) && !errors.Is(err, errNotSaved) {
				m.memory.forget(Change{Scope: Scope{ID: id}})
			}
			return nil, err
		})
		done <- err
	})
	return done
}

// errNotRead says that the store failed before the provider was asked. What is in
// memory is as true as before, and goes on for as long as the store may be away.
var errNotRead = errors.New("the store did not answer")

// renew takes the lease, asks the provider and saves its answer. It also
// returns nil if another node renewed, or if the manager tries again later.
func (m *Manager) renew(ctx context.Context, id ID) error {
	before := m.memory.forgotten()
	s, ask, err := m.lease(ctx, id)
	if ask == nil {
		return err
	}
	askCtx, cancel := context.WithTimeout(ctx, renewAsk)
	defer cancel()
	renewal, err := ask(askCtx, s.Session, s.Tokens)
	next := s.copied()
	next.Revision++
	next.leased = time.Time{}
	switch kind := fault.KindOf(err); {
	case err == nil && renewal == nil:
		next.checked = time.Time{} // nobody to ask any more
	case err == nil:
		next = next.take(renewal, m.cfg.Now())
	case kind == fault.Unavailable || kind == fault.Internal:
		m.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "session not renewed yet", slog.String("session", string(id)), slog.Any("error", err))
		next.paused = m.cfg.Now().Add(renewPause)
		if renewal != nil && renewal.Tokens.Refresh != "" { // the provider has rotated it
			next.Tokens.Refresh = renewal.Tokens.Refresh
		}
	default:
		m.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "session not renewed, it ends", slog.String("session", string(id)), slog.Any("error", err))
		return m.end(ctx, id)
	}
	return m.keep(ctx, next, before)
}

// take replaces what the provider said before with a renewal.
func (s Held) take(r *Renewal, now time.Time) Held {
	s.Identity = r.Identity
	s.Identity.SessionID = string(s.ID)
	s.TokenExpiry = r.TokenExpiry
	s.paused, s.read, s.checked = time.Time{}, s.changed, time.Time{}
	if r.Rechecks {
		s.checked = now
	}
	t := r.Tokens
	t.Refresh = cmp.Or(t.Refresh, s.Tokens.Refresh)
	return s.hold(t)
}

// question asks the provider about a session.
type question func(context.Context, *Session, Tokens) (*Renewal, error)

// lease makes this node the one that renews a session. It returns the session as it
// then is, and what to ask about it; or no question, if the session needs no renewal any
// more. If another node holds the lease, it waits for that node.
func (m *Manager) lease(ctx context.Context, id ID) (Held, question, error) {
	var other held
	for {
		s, err := m.read(ctx, id)
		if err != nil {
			return Held{}, nil, err
		}
		now := m.cfg.Now()
		ask := m.question(s.Session, now)
		if ask == nil || s.pausing(now) {
			return Held{}, nil, nil
		}
		if other.over(s.Session, now, m.settled()) {
			s.Revision++
			s.leased = now.Add(renewLease)
			if err := m.save(ctx, s); err == nil {
				return s, ask, nil
			} else if !errors.Is(err, ErrStale) {
				return Held{}, nil, fmt.Errorf("lease session %s: %w: %w", id, errNotRead, err)
			}
		}
		select {
		case <-time.After(renewPoll):
		case <-ctx.Done():
			return Held{}, nil, fmt.Errorf("wait for another node to renew session %s: %w", id, ctx.Err())
		}
	}
}

// held is a lease as this node sees it.
type held struct {
	revision int64     // of the session that was leased
	since    time.Time // when this node first saw it
}

// over reports whether the lease of s has ended. The clock of its node may differ
// from ours. So a lease also lasts for renewLease from when we first saw it, unless
// it ended long ago; and no longer, whatever is written. A lease that ended in an
// outage lasts until its node had the time to save the provider's answer, or the
// refresh token would be used twice: settled says that it had.
func (h *held) over(s *Session, now time.Time, settled bool) bool {
	switch {
	case s.leased.IsZero():
		return true
	case !now.Before(s.leased.Add(clockLeeway)):
		return settled
	}
	if h.revision != s.Revision {
		*h = held{s.Revision, time.Now()}
	}
	return time.Since(h.since) >= renewLease
}
