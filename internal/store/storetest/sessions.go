package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/message"
)

func newSession(t testing.TB, s session.Store, person string) session.Record {
	t.Helper()
	r := session.Record{ID: session.ID(ids.Token()), Person: person, Sealed: []byte{0, 1}, Expires: asStored(now.Add(time.Hour)), Revision: 1}
	must(t, s.CreateSession(ctx(t), r))
	return r
}

// RunSessions tests the storage of gateway sessions.
func RunSessions(t *testing.T, s session.Store) {
	t.Run("RoundTrip", func(t *testing.T) {
		r := newSession(t, s, "alice@example.com")
		wantEqual(t, "LoadSession", mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID)), r)
		r.Sealed, r.Person, r.Expires, r.Revision = []byte{2}, "bob@example.com", asStored(now.Add(2*time.Hour)), 2
		must(t, s.UpdateSession(ctx(t), r))
		wantEqual(t, "LoadSession", mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID)), r)
		wantErr(t, "UpdateSession again", s.UpdateSession(ctx(t), r), session.ErrStale)
		must(t, s.DeleteSession(ctx(t), r.ID))
		must(t, s.DeleteSession(ctx(t), r.ID))
		_, err := s.LoadSession(ctx(t), r.ID)
		wantErr(t, "LoadSession", err, session.ErrNotFound)
		r.Revision = 3
		wantErr(t, "UpdateSession of a deleted session", s.UpdateSession(ctx(t), r), session.ErrNotFound)
	})
	t.Run("OneConcurrentUpdateWins", func(t *testing.T) {
		r := newSession(t, s, "carol@example.com")
		r.Revision = 2
		if won := race(t, 20, session.ErrStale, func(int) error { return s.UpdateSession(ctx(t), r) }); won != 1 {
			t.Errorf("%d updates of one revision succeeded, want 1", won)
		}
	})
	t.Run("DeleteSessionsOfPerson", func(t *testing.T) {
		first, second := newSession(t, s, "dora@example.com"), newSession(t, s, "dora@example.com")
		other := newSession(t, s, "Dora@example.com")
		got := mustGet[[]session.ID](t)(s.DeleteSessionsOf(ctx(t), "dora@example.com"))
		want := []session.ID{first.ID, second.ID}
		slices.Sort(got)
		slices.Sort(want)
		wantEqual(t, "DeleteSessionsOf", got, want)
		_, err := s.LoadSession(ctx(t), other.ID)
		wantErr(t, "LoadSession of another person", err, nil)
		if got := mustGet[[]session.ID](t)(s.DeleteSessionsOf(ctx(t), "dora@example.com")); len(got) != 0 {
			t.Errorf("DeleteSessionsOf again = %q, want none", got)
		}
	})
	t.Run("Spent", func(t *testing.T) {
		key := ids.Token()
		if won := race(t, 20, session.ErrSpent, func(int) error { return s.SpendTicket(ctx(t), key, now) }); won != 1 {
			t.Errorf("a ticket was spent %d times, want once", won)
		}
	})
	t.Run("Expired", func(t *testing.T) {
		long := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 3 {
			r := session.Record{ID: session.ID(ids.Token()), Expires: long, Revision: 1, Sealed: []byte{1}}
			must(t, s.CreateSession(ctx(t), r))
			must(t, s.SpendTicket(ctx(t), ids.Token(), long))
		}
		var counts []int
		for range 3 {
			counts = append(counts, mustGet[int](t)(s.DeleteExpiredSessions(ctx(t), long.Add(1e9), 2)))
		}
		wantEqual(t, "DeleteExpiredSessions", counts, []int{4, 2, 0})
	})
}

// testSpent checks that a ticket and a challenge session can each be spent once,
// even if they have the same name.
func testSpent(t *testing.T, s Store) {
	key := ids.Token()
	for name, spend := range map[string]struct {
		call func() error
		lost error
	}{
		"ticket": {func() error { return s.SpendTicket(ctx(t), key, now) }, session.ErrSpent},
		"state":  {func() error { return s.Spend(ctx(t), key, now) }, signin.ErrSessionUsed},
	} {
		if won := race(t, 20, spend.lost, func(int) error { return spend.call() }); won != 1 {
			t.Errorf("%s was spent %d times, want once", name, won)
		}
	}
}

func testOutbox(t *testing.T, s Store) {
	var last int64
	for i := range 5 {
		m := &message.Stored{Medium: "email", To: "alice@example.com", Subject: fmt.Sprint(i), Body: []byte{1, 0}, HTML: i%2 == 0, Pool: "p", Username: "alice", Purpose: "x", Sent: asStored(now)}
		must(t, s.AddMessage(ctx(t), m))
		if m.ID <= last {
			t.Errorf("ID = %d, want more than %d", m.ID, last)
		}
		last = m.ID
	}
	first := mustGet[[]*message.Stored](t)(s.Messages(ctx(t), 3, 0))
	rest := mustGet[[]*message.Stored](t)(s.Messages(ctx(t), 3, first[len(first)-1].ID))
	var subjects []string
	for _, m := range append(first, rest...) {
		subjects = append(subjects, m.Subject)
	}
	wantEqual(t, "Messages", subjects, []string{"4", "3", "2", "1", "0"})
	wantEqual(t, "message", first[0], &message.Stored{ID: last, Medium: "email", To: "alice@example.com", Subject: "4", Body: []byte{1, 0}, HTML: true, Pool: "p", Username: "alice", Purpose: "x", Sent: asStored(now)})
}
