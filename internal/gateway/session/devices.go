package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/identity"
)

// maxDevices is how many proven devices a session has. The oldest goes.
const maxDevices = 10

// Again returns a session as the store has it now, past the memory of this node:
// another node may have added a device. ErrNotFound, ErrUnavailable.
func (m *Manager) Again(ctx context.Context, s *Session) (*Session, error) {
	if s.Proof != nil {
		return s, nil
	}
	m.memory.forget(Change{Scope: Scope{ID: s.ID}})
	return m.find(ctx, s.ID)
}

// AddDevice adds a device that the person of a session has proven, or what is new of
// it. It waits for a renewal that is under way: the store would take one of the two
// alone. ErrNotFound, ErrUnavailable.
func (m *Manager) AddDevice(ctx context.Context, id ID, d identity.Device) error {
	ctx, cancel := context.WithTimeout(ctx, renewLease)
	defer cancel()
	for {
		err := m.addDevice(ctx, id, d)
		switch {
		case err == nil:
			m.memory.forget(Change{Scope: Scope{ID: id}})
			return nil
		case errors.Is(err, ErrNotFound):
			return err
		case !errors.Is(err, ErrStale):
			return ErrUnavailable.Because(fmt.Errorf("add a device to session %s: %w", id, err))
		}
		select {
		case <-time.After(renewPoll):
		case <-ctx.Done():
			return ErrUnavailable.Because(ctx.Err())
		}
	}
}

// addDevice is AddDevice once. ErrStale: it may be tried again.
func (m *Manager) addDevice(ctx context.Context, id ID, d identity.Device) error {
	s, err := m.read(ctx, id)
	if err != nil {
		return err
	}
	if s.leasedNow(m.cfg.Now()) {
		return ErrStale
	}
	next := s.copied()
	next.Revision++
	next.Devices = slices.DeleteFunc(slices.Clone(s.Devices), func(old identity.Device) bool { return old.ID == d.ID })
	next.Devices = append(next.Devices, d)
	next.Devices = next.Devices[max(0, len(next.Devices)-maxDevices):]
	return m.save(ctx, next)
}

// EndWithDevice ends the sessions of a person in which a device was proven: on this
// node at once, on the others within a second.
func (m *Manager) EndWithDevice(ctx context.Context, person Origin, device string) (ended int, err error) {
	records, err := m.cfg.Store.PersonSessions(ctx, person.Issuer, person.Subject)
	if err != nil {
		return 0, fmt.Errorf("list the sessions of a person: %w", err)
	}
	var errs []error
	for _, r := range records {
		s, err := decode(m.cfg.Box, r)
		if err != nil || !slices.ContainsFunc(s.Devices, func(d identity.Device) bool { return d.ID == device }) {
			continue // without its seal, no browser can use it
		}
		n, err := m.End(ctx, Scope{ID: s.ID})
		ended, errs = ended+n, append(errs, err)
	}
	return ended, errors.Join(errs...)
}
