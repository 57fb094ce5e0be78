package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/message"
)

func newSession(t testing.TB, s session.Store, o session.Origin) session.Record {
	t.Helper()
	r := session.Record{
		ID: session.ID(ids.Token()), Origin: o, Sealed: []byte{0, 1},
		Created: asStored(now), Expires: asStored(now.Add(time.Hour)), Revision: 1,
	}
	must(t, s.CreateSession(ctx(t), r, mustGet[session.Mark](t)(s.LastMark(ctx(t)))))
	return r
}

// origin returns an origin with an issuer of its own for each test.
func origin(t testing.TB, subject, providerSession string) session.Origin {
	return session.Origin{Issuer: "https://idp.example.com/" + t.Name(), Subject: subject, ProviderSession: providerSession}
}

// wantSession checks whether a session is stored.
func wantSession(t testing.TB, s session.Store, name string, r session.Record, want error) {
	t.Helper()
	_, err := s.LoadSession(ctx(t), r.ID)
	wantErr(t, "LoadSession of "+name, err, want)
}

// RunSessions tests the storage of gateway sessions.
func RunSessions(t *testing.T, s session.Store) {
	t.Run("RoundTrip", func(t *testing.T) {
		r := newSession(t, s, origin(t, "alice", "s1"))
		wantEqual(t, "LoadSession", mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID)), r)
		r.Sealed, r.Expires, r.Revision = []byte{2}, asStored(now.Add(2*time.Hour)), 2
		changed := r
		changed.Origin, changed.Created, changed.Changed = origin(t, "bob", ""), asStored(now.Add(time.Hour)), 77
		must(t, s.UpdateSession(ctx(t), changed))
		wantEqual(t, "LoadSession, which has what never changes", mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID)), r)
		wantErr(t, "UpdateSession again", s.UpdateSession(ctx(t), r), session.ErrStale)
		for _, want := range []int{1, 0} {
			wantEqual(t, "EndSessions", mustGet[int](t)(s.EndSessions(ctx(t), session.Scope{ID: r.ID})), want)
		}
		wantSession(t, s, "an ended session", r, session.ErrNotFound)
		r.Revision = 3
		wantErr(t, "UpdateSession of a deleted session", s.UpdateSession(ctx(t), r), session.ErrNotFound)
	})
	t.Run("OneConcurrentUpdateWins", func(t *testing.T) {
		r := newSession(t, s, origin(t, "carol", ""))
		r.Revision = 2
		if won := race(t, 20, session.ErrStale, func(int) error { return s.UpdateSession(ctx(t), r) }); won != 1 {
			t.Errorf("%d updates of one revision succeeded, want 1", won)
		}
	})
	t.Run("SeeSessions", func(t *testing.T) { testSeeSessions(t, s) })
	t.Run("Sessions", func(t *testing.T) { testListSessions(t, s) })
	t.Run("PersonSessions", func(t *testing.T) { testPersonSessions(t, s) })
	t.Run("EndSessions", func(t *testing.T) { testEndSessions(t, s) })
	t.Run("empty end", func(t *testing.T) { testEmptyEnd(t, s) })
	t.Run("EndSessionsOnce", func(t *testing.T) { testEndSessionsOnce(t, s) })
	t.Run("Changes", func(t *testing.T) { testChanges(t, s) })
	t.Run("Overtaken", func(t *testing.T) { testOvertaken(t, s) })
	t.Run("PerPerson", func(t *testing.T) { testPerPerson(t, s) })
	t.Run("Spent", func(t *testing.T) {
		key := ids.Token()
		if won := race(t, 20, session.ErrSpent, func(int) error { return s.SpendTicket(ctx(t), key, now) }); won != 1 {
			t.Errorf("a ticket was spent %d times, want once", won)
		}
	})
}

func testListSessions(t *testing.T, s session.Store) {
	mustGet[int](t)(s.EndSessions(ctx(t), session.Scope{Everyone: true}))
	var want []session.Record
	for range 5 {
		want = append(want, newSession(t, s, origin(t, "alice", ""))) // all at the same time
	}
	slices.SortFunc(want, func(a, b session.Record) int { return cmp.Compare(a.ID, b.ID) })
	var got []session.Record
	var last session.Record
	for range 3 {
		page := mustGet[[]session.Record](t)(s.Sessions(ctx(t), last.Created, last.ID, 2))
		got = append(got, page...)
		last = got[len(got)-1]
	}
	wantEqual(t, "Sessions", got, want)
}

func testPersonSessions(t *testing.T, s session.Store) {
	elsewhere := origin(t, "alice", "")
	elsewhere.Issuer += "/other"
	var want []session.Record
	for _, o := range []session.Origin{origin(t, "alice", "s1"), origin(t, "bob", "s1"), elsewhere, origin(t, "alice", "")} {
		if r := newSession(t, s, o); o.Subject == "alice" && o.Issuer != elsewhere.Issuer {
			want = append(want, r)
		}
	}
	slices.SortFunc(want, func(a, b session.Record) int { return cmp.Compare(a.ID, b.ID) }) // all at the same time
	alice := origin(t, "alice", "")
	wantEqual(t, "PersonSessions", mustGet[[]session.Record](t)(s.PersonSessions(ctx(t), alice.Issuer, "alice")), want)
	wantEqual(t, "PersonSessions of a stranger", len(mustGet[[]session.Record](t)(s.PersonSessions(ctx(t), alice.Issuer, "carol"))), 0)
}

func testEndSessions(t *testing.T, s session.Store) {
	alice, bob := origin(t, "alice", "s1"), origin(t, "bob", "s2")
	alias := alice
	alias.Issuer += "/other" // the same subject at another issuer
	for name, c := range map[string]struct {
		scope session.Scope
		ended []string
	}{
		"none":       {session.Scope{}, nil},
		"only text":  {session.Scope{Origin: session.Origin{Subject: "alice", ProviderSession: "s1"}}, nil},
		"person":     {session.Scope{Origin: session.Origin{Issuer: alice.Issuer, Subject: "alice"}}, []string{"first", "second"}},
		"sign-in":    {session.Scope{Origin: alice}, []string{"first"}},
		"provider's": {session.Scope{Origin: session.Origin{Issuer: alice.Issuer, ProviderSession: "s2"}}, []string{"bob"}},
		"not his":    {session.Scope{Origin: session.Origin{Issuer: alice.Issuer, Subject: "alice", ProviderSession: "s2"}}, nil},
		"issuer":     {session.Scope{Origin: session.Origin{Issuer: alice.Issuer}}, []string{"first", "second", "bob"}},
		"everyone":   {session.Scope{Everyone: true}, []string{"first", "second", "bob", "alias", "stranger"}},
	} {
		t.Run(name, func(t *testing.T) {
			mustGet[int](t)(s.EndSessions(ctx(t), session.Scope{Everyone: true}))
			second := alice
			second.ProviderSession = ""
			sessions := map[string]session.Record{
				"first": newSession(t, s, alice), "second": newSession(t, s, second), "bob": newSession(t, s, bob),
				"alias": newSession(t, s, alias), "stranger": newSession(t, s, session.Origin{}),
			}
			wantEqual(t, "EndSessions", mustGet[int](t)(s.EndSessions(ctx(t), c.scope)), len(c.ended))
			for name, r := range sessions {
				want := error(nil)
				if slices.Contains(c.ended, name) {
					want = session.ErrNotFound
				}
				wantSession(t, s, name, r, want)
			}
		})
	}
}

// testEmptyEnd checks that an empty scope is no change: other nodes would take it for
// the end of everybody's sessions.
func testEmptyEnd(t *testing.T, s session.Store) {
	mark, key := mustGet[session.Mark](t)(s.LastMark(ctx(t))), ids.Token()
	for _, scope := range []session.Scope{{}, {Origin: session.Origin{Subject: "alice", ProviderSession: "s1"}}} {
		wantEqual(t, "EndSessions", mustGet[int](t)(s.EndSessions(ctx(t), scope)), 0)
	}
	wantEqual(t, "EndSessionsOnce", mustGet[int](t)(s.EndSessionsOnce(ctx(t), session.Scope{}, key, now)), 0)
	wantEqual(t, "Changes", len(mustGet[[]session.Change](t)(s.Changes(ctx(t), mark))), 0)
	wantErr(t, "SpendTicket of the order that ended nothing", s.SpendTicket(ctx(t), key, now), session.ErrSpent)
}

// testFailedEnd checks that an order to end sessions that failed is not spent.
func testFailedEnd(t *testing.T, s Store) {
	key, mark := ids.Token(), mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	unstorable := session.Scope{Origin: session.Origin{Issuer: "a\x00b"}}
	if _, err := s.EndSessionsOnce(ctx(t), unstorable, key, now); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a scope that can't be saved: error %v, want one of kind Invalid", err)
	}
	wantEqual(t, "LastMark", mustGet[session.Mark](t)(s.LastMark(ctx(t))), mark)
	must(t, s.SpendTicket(ctx(t), key, now))
}

func testEndSessionsOnce(t *testing.T, s session.Store) {
	alice := origin(t, "alice", "s1")
	r, key := newSession(t, s, alice), ids.Token()
	mark := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	if won := race(t, 20, session.ErrSpent, func(int) error {
		_, err := s.EndSessionsOnce(ctx(t), session.Scope{Origin: alice}, key, now)
		return err
	}); won != 1 {
		t.Errorf("an order was carried out %d times, want once", won)
	}
	wantSession(t, s, "a session that ended", r, session.ErrNotFound)
	wantEqual(t, "Changes", mustGet[[]session.Change](t)(s.Changes(ctx(t), mark)),
		[]session.Change{{Mark: mark + 1, Scope: session.Scope{Origin: alice}, Ended: true}})
	wantErr(t, "SpendTicket of the order", s.SpendTicket(ctx(t), key, now), session.ErrSpent)
}

func testChanges(t *testing.T, s session.Store) {
	start := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	scopes := []session.Scope{{ID: "one"}, {Origin: origin(t, "alice", "s1")}, {Everyone: true}}
	var want []session.Change
	for i, scope := range scopes {
		mustGet[int](t)(s.EndSessions(ctx(t), scope))
		want = append(want, session.Change{Mark: start + session.Mark(i) + 1, Scope: scope, Ended: true})
	}
	wantEqual(t, "Changes", mustGet[[]session.Change](t)(s.Changes(ctx(t), start)), want)
	wantEqual(t, "Changes after the first", mustGet[[]session.Change](t)(s.Changes(ctx(t), start+1)), want[1:])
	wantEqual(t, "number of changes after the last", len(mustGet[[]session.Change](t)(s.Changes(ctx(t), start+3))), 0)
	_, err := s.Changes(ctx(t), start+4)
	wantErr(t, "Changes after a mark that does not exist", err, session.ErrTooFarBehind)
	race(t, 20, nil, func(int) error { _, err := s.EndSessions(ctx(t), session.Scope{ID: "two"}); return err })
	for i, c := range mustGet[[]session.Change](t)(s.Changes(ctx(t), start)) {
		wantEqual(t, "mark", c.Mark, start+session.Mark(i)+1)
	}
}

// testOvertaken checks that no end is lost to a session that begins at the same
// time.
func testOvertaken(t *testing.T, s session.Store) {
	before := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	alice, bob := origin(t, "alice", "s1"), origin(t, "bob", "")
	person := session.Scope{Origin: session.Origin{Issuer: alice.Issuer, Subject: "alice"}}
	mustGet[int](t)(s.EndSessions(ctx(t), person))
	r := session.Record{ID: session.ID(ids.Token()), Origin: alice, Sealed: []byte{1}, Expires: asStored(now), Revision: 1}
	wantErr(t, "CreateSession", s.CreateSession(ctx(t), r, before), session.ErrExpired)
	wantSession(t, s, "a session that was overtaken", r, session.ErrNotFound)
	r.Origin = bob
	must(t, s.CreateSession(ctx(t), r, before))
	for range 20 {
		mark := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
		r := session.Record{ID: session.ID(ids.Token()), Origin: alice, Sealed: []byte{1}, Expires: asStored(now), Revision: 1}
		race(t, 2, session.ErrExpired, func(i int) error {
			if i == 0 {
				return s.CreateSession(ctx(t), r, mark)
			}
			_, err := s.EndSessions(ctx(t), person)
			return err
		})
		wantSession(t, s, "a session that began while it ended", r, session.ErrNotFound)
	}
}

func testPerPerson(t *testing.T, s session.Store) {
	alice := origin(t, "alice", "")
	oldest, other := newSession(t, s, alice), newSession(t, s, origin(t, "bob", ""))
	start := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	var last session.Record
	for i := range session.PerPerson {
		last = session.Record{
			ID: session.ID(ids.Token()), Origin: alice, Sealed: []byte{1}, Revision: 1,
			Created: asStored(now.Add(time.Duration(i+1) * time.Second)), Expires: asStored(now.Add(time.Hour)),
		}
		must(t, s.CreateSession(ctx(t), last, start))
	}
	wantSession(t, s, "the oldest session", oldest, session.ErrNotFound)
	wantSession(t, s, "the newest session", last, nil)
	wantSession(t, s, "another person's session", other, nil)
	wantEqual(t, "Changes", mustGet[[]session.Change](t)(s.Changes(ctx(t), start)),
		[]session.Change{{Mark: start + 1, Scope: session.Scope{ID: oldest.ID}, Ended: true}})
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

func testSeeSessions(t *testing.T, s session.Store) {
	r, other := newSession(t, s, origin(t, "alice", "")), newSession(t, s, origin(t, "bob", ""))
	seen := func(at time.Time) map[session.ID]time.Time {
		return map[session.ID]time.Time{r.ID: at, session.ID(ids.Token()): at}
	}
	for _, step := range []struct{ at, want time.Time }{
		{now.Add(time.Minute), now.Add(time.Minute)}, {now.Add(time.Hour), now.Add(time.Hour)}, {now, now.Add(time.Hour)},
	} {
		must(t, s.SeeSessions(ctx(t), seen(asStored(step.at))))
		r.Seen = asStored(step.want)
		wantEqual(t, "LoadSession", mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID)), r)
	}
	must(t, s.SeeSessions(ctx(t), nil))
	// A renewal leaves it.
	r.Sealed, r.Revision = []byte{9}, 2
	update := r
	update.Seen = time.Time{}
	must(t, s.UpdateSession(ctx(t), update))
	wantEqual(t, "LoadSession after an update", mustGet[session.Record](t)(s.LoadSession(ctx(t), r.ID)), r)
	wantEqual(t, "LoadSession of another", mustGet[session.Record](t)(s.LoadSession(ctx(t), other.ID)), other)
	for _, listed := range mustGet[[]session.Record](t)(s.Sessions(ctx(t), r.Created.Add(-time.Second), "", 1000)) {
		if listed.ID == r.ID {
			wantEqual(t, "Sessions", listed, r)
		}
	}
}
