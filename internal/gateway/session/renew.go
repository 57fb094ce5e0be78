package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

const (
	// renewAhead is how long before the tokens end they are renewed (Pomerium:
	// 1 minute).
	renewAhead = time.Minute
	// renewPause follows a renewal that failed for now (Pomerium: not more
	// often than every 10 seconds).
	renewPause = 10 * time.Second
	// renewLease is how long one node keeps the others from renewing the same
	// session: refresh tokens that rotate may be used once.
	renewLease = 20 * time.Second
	// renewAsk bounds the call to the provider, well within the lease.
	renewAsk = 15 * time.Second
	// renewPoll is how often a node looks whether another is done.
	renewPoll = 200 * time.Millisecond
	// renewGrace is how long after the tokens' end a session goes on while the
	// provider can't be reached. Pomerium sets no such limit; without one, who
	// is cut off from the provider would stay signed in until the end.
	renewGrace = 15 * time.Minute
)

// Renewal is what a provider gave for a refresh token. It takes the place of
// what there was before, claims included: what it does not hold is gone.
type Renewal struct {
	Identity                           identity.Identity
	IDToken, AccessToken, RefreshToken seal.Secret // no RefreshToken: the old one stays
	TokenExpiry                        time.Time
}

// due answers for a session that must be renewed about now. While its tokens
// live nobody waits: the renewal runs in the background.
func (m *Manager) due(ctx context.Context, s *Session, now time.Time) (*Session, error) {
	alive := now.Before(s.TokenExpiry)
	if m.cfg.Renew == nil || s.RefreshToken == "" {
		if alive {
			return s, nil
		}
		return nil, m.end(ctx, s.ID)
	}
	if now.Before(s.paused) || alive && now.Before(s.leased) {
		return m.inGrace(s, now)
	}
	done := m.renewing(ctx, s.ID)
	if alive {
		return s, nil
	}
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	renewed, err := m.cache.Get(ctx, s.ID, loader{m})
	if err != nil {
		return nil, ErrExpired.Because(err)
	}
	return m.inGrace(renewed, m.cfg.Now())
}

// inGrace returns a session whose tokens live, or ended a short while ago.
func (m *Manager) inGrace(s *Session, now time.Time) (*Session, error) {
	if now.Before(s.TokenExpiry.Add(renewGrace)) {
		return s, nil
	}
	return nil, ErrExpired
}

// renewing renews a session in the background, once however many ask. The
// channel gets one value.
func (m *Manager) renewing(ctx context.Context, id ID) <-chan error {
	done := make(chan error, 1)
	m.running.Go(func() {
		_, err, _ := m.renewals.Do(string(id), func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*renewLease)
			defer cancel()
			err := m.renew(ctx, id)
			m.cache.Invalidate(id)
			return nil, err
		})
		done <- err
	})
	return done
}

// renew takes the lease, asks the provider and saves what it says. It returns
// nil also when another node did it, or when it is to be tried again later.
func (m *Manager) renew(ctx context.Context, id ID) error {
	s, err := m.lease(ctx, id)
	if s == nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, renewAsk)
	renewal, err := m.cfg.Renew(asking, s)
	cancel()
	next := *s
	next.Revision++
	next.leased = time.Time{}
	switch kind := fault.KindOf(err); {
	case err == nil:
		next.take(renewal)
	case kind == fault.Unavailable || kind == fault.Internal:
		m.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "session not renewed yet", slog.String("session", string(id)), slog.Any("error", err))
		next.paused = m.cfg.Now().Add(renewPause)
	default:
		m.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "session not renewed, it ends", slog.String("session", string(id)), slog.Any("error", err))
		return m.end(ctx, id)
	}
	return m.save(ctx, &next)
}

// take replaces what the provider said before.
func (s *Session) take(r *Renewal) {
	s.Identity = r.Identity
	s.Identity.SessionID = string(s.ID)
	s.IDToken, s.AccessToken, s.TokenExpiry = r.IDToken, r.AccessToken, r.TokenExpiry
	if r.RefreshToken != "" {
		s.RefreshToken = r.RefreshToken
	}
	s.paused = time.Time{}
}

// lease makes this node the one that renews a session, and returns the session
// as it then is. It returns nil when there is nothing to do any more. Where
// another node holds the lease it waits for that node.
func (m *Manager) lease(ctx context.Context, id ID) (*Session, error) {
	for {
		record, err := m.cfg.Store.LoadSession(ctx, id)
		if err != nil {
			return nil, err
		}
		s, err := decode(m.cfg.Box, record)
		if err != nil {
			return nil, err
		}
		now := m.cfg.Now()
		if now.Before(s.TokenExpiry.Add(-renewAhead)) || now.Before(s.paused) {
			return nil, nil
		}
		if !now.Before(s.leased) {
			s.Revision++
			s.leased = now.Add(renewLease)
			err := m.save(ctx, s)
			if err == nil {
				return s, nil
			}
			if !errors.Is(err, ErrStale) {
				return nil, err
			}
		}
		select {
		case <-time.After(renewPoll):
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another node to renew session %s: %w", id, ctx.Err())
		}
	}
}

func (m *Manager) save(ctx context.Context, s *Session) error {
	record, err := encode(m.cfg.Box, s)
	if err != nil {
		return err
	}
	return m.cfg.Store.UpdateSession(ctx, record)
}
