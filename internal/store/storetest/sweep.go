package storetest

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/gateway/session"
)

func testSweep(t *testing.T, s Store) {
	p := newPool(t, s)
	c, u := newClient(t, s, p.ID), newUser(t, s, p.ID, "alice")
	// Later than all else in the suite, so that only our own rows can stay.
	present := now.Add(1000 * time.Hour)
	old, fresh := present.Add(-30*time.Hour), present.Add(time.Hour)

	for i := range 1100 { // more than goes away at once
		_, err := s.Count(ctx(t), p.ID, fmt.Sprint("old ", i), func(a *credential.Attempts) error { a.Last = old; return nil })
		must(t, err)
	}
	for subject, a := range map[string]credential.Attempts{
		"recent": {Last: present}, "locked": {Last: old, Locked: fresh},
	} {
		_, err := s.Count(ctx(t), p.ID, subject, func(got *credential.Attempts) error { *got = a; return nil })
		must(t, err)
	}
	codes := map[credential.Purpose]time.Time{"old": old, "fresh": fresh}
	grants := map[string]*token.Grant{}
	for purpose, expires := range codes {
		must(t, s.PutCode(ctx(t), &credential.Code{Pool: p.ID, Sub: u.Sub, Purpose: purpose, MAC: []byte{1}, Expires: expires}))
		g := aGrant(c, u)
		g.Expires = expires
		must(t, s.CreateGrant(ctx(t), g))
		grants[string(purpose)] = g
	}
	late := aGrant(c, u) // engines still tell an expired grant from an unknown one
	late.Expires = kept(present.Add(-24 * time.Hour))
	must(t, s.CreateGrant(ctx(t), late))
	ended := newSession(t, s, "sweep@example.com")

	must(t, s.Sweep(ctx(t), present))
	must(t, s.Sweep(ctx(t), present))

	for i := range 1100 {
		if a := have[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, fmt.Sprint("old ", i))); !a.Last.IsZero() {
			t.Fatalf("attempts %d are still there", i)
		}
	}
	for _, subject := range []string{"recent", "locked"} {
		if a := have[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, subject)); a.Last.IsZero() {
			t.Errorf("%s attempts are gone", subject)
		}
	}
	for purpose, expires := range codes {
		_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, purpose, func(c *credential.Code) error {
			if want := expires.Equal(fresh); (c != nil) != want {
				t.Errorf("the %s code is there: %v, want %v", purpose, c != nil, want)
			}
			return errChange
		}, user.Change{})
		wantErr(t, "RedeemCode", err, errChange)
	}
	_, err := s.Grant(ctx(t), p.ID, grants["old"].ID)
	wantErr(t, "an old grant", err, token.ErrGrantNotFound)
	_, err = s.Grant(ctx(t), p.ID, grants["fresh"].ID)
	wantErr(t, "a fresh grant", err, nil)
	_, err = s.Grant(ctx(t), p.ID, late.ID)
	wantErr(t, "a grant that expired a day ago", err, nil)
	_, err = s.LoadSession(ctx(t), ended.ID)
	wantErr(t, "a session that ended", err, session.ErrNotFound)
}
