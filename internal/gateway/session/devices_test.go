package session

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/identity"
)

// While a node renews a session, its revision is taken: a device that was written in
// between would cost the session its new refresh token.
func TestADeviceWaitsForARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		store := &MemoryStore{}
		here, there := node(t, store, renews(&calls, 3*time.Second, nil)), node(t, store, nil)
		handle, made := mustCreate(t, here, withTokens())
		time.Sleep(59 * time.Minute)
		if _, err := here.Get(t.Context(), handle); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // the provider is being asked
		start := time.Now()
		if err := there.AddDevice(t.Context(), made.ID, identity.Device{ID: "d", Type: "any"}); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < 2*time.Second || waited > 3*time.Second {
			t.Errorf("waited %v, want as long as the renewal", waited)
		}
		for _, m := range []*Manager{here, there} {
			known, err := m.Get(t.Context(), handle)
			if err != nil {
				t.Fatal(err)
			}
			s, err := m.Again(t.Context(), known)
			if err != nil || mustTokens(t, m, s).Refresh != "rt2" || len(s.Devices) != 1 || s.Devices[0].ID != "d" {
				t.Errorf("the session is %+v, %v; want the new token and the device", s, err)
			}
		}
	})
}

// A renewal keeps the devices of the session.
func TestARenewalKeepsDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		m := node(t, &MemoryStore{}, renews(&calls, 0, nil))
		handle, made := mustCreate(t, m, withTokens())
		for _, d := range []identity.Device{{ID: "a", Type: "any"}, {ID: "b", Type: "any"}, {ID: "a", Type: "any", Approved: true}} {
			if err := m.AddDevice(t.Context(), made.ID, d); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Hour)
		s, err := m.Get(t.Context(), handle)
		if err != nil || calls.Load() != 1 || len(s.Devices) != 2 || s.Devices[0].ID != "b" || !s.Devices[1].Approved {
			t.Errorf("after %d renewals the session is %+v, %v", calls.Load(), s, err)
		}
	})
}

func TestSessionsWithADeviceEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &MemoryStore{}
		m, other := node(t, store, nil), node(t, store, nil)
		with, made := mustCreate(t, m, alice())
		without, _ := mustCreate(t, m, alice())
		if err := m.AddDevice(t.Context(), made.ID, identity.Device{ID: "d"}); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Get(t.Context(), with); err != nil {
			t.Fatal(err)
		}
		if n, err := m.EndWithDevice(t.Context(), made.Origin, "d"); n != 1 || err != nil {
			t.Errorf("ended %d, %v; want one", n, err)
		}
		if err := m.AddDevice(t.Context(), made.ID, identity.Device{ID: "e"}); !errors.Is(err, ErrNotFound) {
			t.Errorf("a device of a session that ended: %v, want %v", err, ErrNotFound)
		}
		time.Sleep(time.Second)
		for _, node := range []*Manager{m, other} {
			if _, err := node.Get(t.Context(), with); !errors.Is(err, ErrNotFound) {
				t.Errorf("the session with the device: %v, want %v", err, ErrNotFound)
			}
			if _, err := node.Get(t.Context(), without); err != nil {
				t.Errorf("the other session: %v", err)
			}
		}
	})
}
