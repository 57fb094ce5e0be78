package session

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/fault"
)

// A person sees their own living sessions, and nobody else's.
func TestThePersonsSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := node(t, &countingStore{}, nil)
		short, bob, nameless := alice(), alice(), alice()
		short.Life, bob.Subject, nameless.Origin = time.Hour, "u-2", Origin{}
		_, first := mustCreate(t, m, alice())
		mustCreate(t, m, short)
		mustCreate(t, m, bob)
		_, alone := mustCreate(t, m, nameless)
		mustCreate(t, m, nameless)
		time.Sleep(2 * time.Hour) // the short one is over
		_, second := mustCreate(t, m, alice())
		got, err := m.OfPerson(t.Context(), first)
		if err != nil || len(got) != 2 || got[0].ID != first.ID || got[1].ID != second.ID || got[0].Client != alice().Client || got[1].Tokens != alice().Tokens {
			t.Errorf("got %v, %v; want both living sessions of alice, oldest first, whole", got, err)
		}
		if got, err := m.OfPerson(t.Context(), alone); err != nil || len(got) != 1 || got[0].Session != alone {
			t.Errorf("somebody whom the provider does not name: got %v, %v; want this session alone", got, err)
		}
	})
}

func TestThePersonsSessionsWithoutTheStore(t *testing.T) {
	m := node(t, unlisted{&MemoryStore{}}, nil)
	_, s := mustCreate(t, m, alice())
	if _, err := m.OfPerson(t.Context(), s); !errors.Is(err, ErrUnavailable) || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want %v", err, ErrUnavailable)
	}
}

// unlisted is a store that can't list.
type unlisted struct{ *MemoryStore }

func (unlisted) PersonSessions(context.Context, string, string) ([]Record, error) {
	return nil, errGone
}
