package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

const (
	// followEvery is the pause between two looks at what other nodes and the user
	// pools changed. Everybody may rely on a second.
	followEvery = 500 * time.Millisecond
	// followTimeout limits one look.
	followTimeout = 2 * time.Second
	// settleTime is how long after an outage every node has noticed its end, and
	// saved what its providers answered meanwhile.
	settleTime = followTimeout + 2*followEvery
)

// follow makes the memory follow the store until ctx ends.
func (m *Manager) follow(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.catchUp(ctx)
		}
	}
}

// follows reports whether the memory can be used: whether the store said what
// changed not longer ago than an outage may last. It uses the monotonic clock:
// the wall clock may be set back.
func (m *Manager) follows() bool {
	heard := m.heard.Load()
	return heard > 0 && m.elapsed()-heard < int64(m.cfg.Outage)
}

func (m *Manager) elapsed() int64 { return int64(time.Since(m.started)) + 1 }

// catchUp forgets what changed since it last ran.
func (m *Manager) catchUp(ctx context.Context) {
	asked := m.elapsed()
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	changes, err := m.changes(ctx)
	if errors.Is(err, ErrTooFarBehind) {
		err = m.startOver(ctx)
	}
	if m.report(ctx, err); err != nil {
		return
	}
	if len(changes) > 0 {
		m.tell(changes...)
		m.position = changes[len(changes)-1].Mark
	}
	m.heard.Store(asked)
	m.settleAll(ctx)
	m.tellSeen(ctx)
}

func (m *Manager) changes(ctx context.Context) ([]Change, error) {
	if m.position == 0 {
		return nil, ErrTooFarBehind
	}
	changes, err := m.cfg.Store.Changes(ctx, m.position)
	if err != nil {
		return nil, fmt.Errorf("read changes after %d: %w", m.position, err)
	}
	return changes, nil
}

// startOver forgets all sessions. What is read from the store from now on
// follows the mark.
func (m *Manager) startOver(ctx context.Context) error {
	mark, err := m.cfg.Store.LastMark(ctx)
	if err != nil {
		return fmt.Errorf("read the mark of the last change: %w", err)
	}
	m.position = mark
	m.tell(Change{Scope: Scope{Everyone: true}})
	return nil
}

// report says when the store stops to answer, and when it answers again.
func (m *Manager) report(ctx context.Context, err error) {
	switch {
	case errors.Is(err, context.Canceled): // the manager ends
	case err != nil && m.away.CompareAndSwap(false, true):
		m.cfg.Log.LogAttrs(ctx, slog.LevelError, "the database does not answer; known sessions go on for a while",
			slog.Int64("limit_ms", m.cfg.Outage.Milliseconds()), slog.Any("error", err))
	case err == nil && m.away.Load():
		m.back.Store(m.elapsed())
		m.away.Store(false)
		m.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "the database answers again; sessions follow it")
	}
}

// settled reports whether the store has been there for so long that the other nodes
// have saved what their providers answered. A manager that has just started does not
// know what was before.
func (m *Manager) settled() bool { return m.elapsed()-m.back.Load() >= int64(settleTime) }

// Outage returns for how long the store has not said what changed. 0: it answers.
func (m *Manager) Outage() time.Duration {
	if !m.away.Load() {
		return 0
	}
	return time.Duration(m.elapsed() - m.heard.Load())
}
