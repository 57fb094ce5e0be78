package storetest

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/session"
)

func testSweep(t *testing.T, s Store) {
	p := newPool(t, s)
	c, u := newClient(t, s, p.ID), newUser(t, s, p.ID, "alice")
	// Later than all times in the rest of the suite, so that Sweep keeps only rows
	// of this test.
	present := now.Add(1000 * time.Hour)
	old, fresh := present.Add(-30*time.Hour), present.Add(time.Hour)

	for i := range 1100 { // more rows than Sweep deletes in one transaction
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
		g := unsavedGrant(c, u)
		g.Expires = expires
		must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
		grants[string(purpose)] = g
	}
	late := unsavedGrant(c, u) // must be kept: an expired grant has another error than an unknown grant
	late.Expires = asStored(present.Add(-24 * time.Hour))
	must(t, s.CreateGrant(ctx(t), late, 0, token.Completion{Check: anybody}))
	oldTicket, recentTicket := ids.Token(), ids.Token()
	must(t, s.SpendTicket(ctx(t), oldTicket, present.Add(-2*time.Hour)))
	must(t, s.SpendTicket(ctx(t), recentTicket, present.Add(-30*time.Minute)))
	ended := newSession(t, s, session.Origin{})
	checkImports := addImports(t, s, p.ID, present)

	must(t, s.Sweep(ctx(t), present))
	must(t, s.Sweep(ctx(t), present))

	checkImports()
	for i := range 1100 {
		if a := mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, fmt.Sprint("old ", i))); !a.Last.IsZero() {
			t.Fatalf("attempts %d were not deleted", i)
		}
	}
	for _, subject := range []string{"recent", "locked"} {
		if a := mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, subject)); a.Last.IsZero() {
			t.Errorf("the %s attempts were deleted", subject)
		}
	}
	for purpose, expires := range codes {
		_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, purpose, func(c *credential.Code) error {
			if want := expires.Equal(fresh); (c != nil) != want {
				t.Errorf("the %s code exists: %v, want %v", purpose, c != nil, want)
			}
			return errChange
		}, user.Change{})
		wantErr(t, "RedeemCode", err, errChange)
	}
	_, err := s.Grant(ctx(t), p.ID, grants["old"].ID)
	wantErr(t, "Grant that expired long ago", err, token.ErrGrantNotFound)
	_, err = s.Grant(ctx(t), p.ID, grants["fresh"].ID)
	wantErr(t, "Grant that has not expired", err, nil)
	_, err = s.Grant(ctx(t), p.ID, late.ID)
	wantErr(t, "Grant that expired a day ago", err, nil)
	_, err = s.LoadSession(ctx(t), ended.ID)
	wantErr(t, "LoadSession of an expired session", err, session.ErrNotFound)
	must(t, s.SpendTicket(ctx(t), oldTicket, present))
	wantErr(t, "SpendTicket of one that a slow clock still takes", s.SpendTicket(ctx(t), recentTicket, present), session.ErrSpent)
}

// testUnknownNames shows that counts of names that no user has are limited, that
// no flood of them ends a lock, and that the store says up to when counts of a pool
// are forgotten. The store keeps three.
func testUnknownNames(t *testing.T, s Store) {
	p := newPool(t, s)
	count := func(subject string, last time.Time) {
		t.Helper()
		_, err := s.Count(ctx(t), p.ID, subject, func(a *credential.Attempts) error { a.Last = last; return nil })
		must(t, err)
	}
	users := []string{"sign-in:user:a", "hourly:user:b", "sign-in:user:c", "hourly:user:d"}
	for _, subject := range users {
		count(subject, now)
	}
	for i := range 600 { // more than Sweep deletes in one transaction
		count(fmt.Sprint("hourly:name:", i), now.Add(time.Duration(i)*time.Second))
	}
	guessed := now.Add(1000 * time.Second)
	for i := range 5 {
		count(fmt.Sprint("sign-in:name:", i), guessed)
	}
	must(t, s.Sweep(ctx(t), guessed))
	for _, subject := range append(users, "hourly:name:597", "hourly:name:599", "sign-in:name:0", "sign-in:name:4") {
		if a := mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, subject)); a.Last.IsZero() {
			t.Errorf("the count of %s was deleted", subject)
		}
	}
	for _, i := range []int{0, 300, 596} {
		if a := mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, fmt.Sprint("hourly:name:", i))); !a.Last.IsZero() {
			t.Errorf("the count of name %d was kept, want only the last three", i)
		}
	}
	wantForgotten(t, s, p.ID, now.Add(596*time.Second))
	count("pretended:name:old", now)
	for i := range 3 {
		count(fmt.Sprint("pretended:name:", i), guessed.Add(time.Second))
	}
	must(t, s.Sweep(ctx(t), guessed.Add(time.Hour)))
	wantForgotten(t, s, p.ID, now.Add(599*time.Second))
	wantForgotten(t, s, newPool(t, s).ID, time.Time{})
}

// wantForgotten compares up to when the counts of a pool are forgotten.
func wantForgotten(t *testing.T, s Store, pool userpool.PoolID, want time.Time) {
	t.Helper()
	a, err := s.Count(ctx(t), pool, "hourly:user:b", func(*credential.Attempts) error { return nil })
	if err != nil || !a.Forgotten.Equal(want) {
		t.Errorf("counts are forgotten up to %v, %v; want %v", a.Forgotten, err, want)
	}
}

// addImports adds chunks of files and reports, of which Sweep keeps some.
func addImports(t *testing.T, s Store, pool userpool.PoolID, present time.Time) (check func()) {
	long, lately := asStored(present.Add(-26*time.Hour)), asStored(present.Add(-time.Hour))
	kept := map[string]bool{}
	chunk := func(name string, keep bool, added time.Time, of string, change func(*userimport.Job)) {
		j := newJob(t, s, pool, func(j *userimport.Job) { j.File = ids.Hex(8); change(j) })
		file := j.File
		if of != "" {
			file = of
		}
		must(t, s.AddImportChunk(ctx(t), j.ID, file, 0, []byte(name), added))
		kept[file] = keep
	}
	chunk("of a running job", true, long, "", func(j *userimport.Job) {
		j.Created, j.Started, j.Status, j.Holder, j.Until = long, long, userimport.InProgress, "a", present.Add(time.Hour)
	})
	chunk("of an ended job", false, long, "", func(j *userimport.Job) { j.Created, j.Started, j.Completed = long, long, long })
	chunk("of a job that nobody started", false, long, "", func(j *userimport.Job) { j.Created = long })
	chunk("of a new job", true, lately, "", func(j *userimport.Job) { j.Created = lately })
	chunk("of an upload that was cut", false, long, ids.Hex(8), func(j *userimport.Job) { j.Created, j.Started = long, long })
	chunk("of an upload under way", true, lately, ids.Hex(8), func(j *userimport.Job) { j.Created = lately })

	reports := map[userimport.ID]bool{}
	for _, added := range []time.Time{present.Add(-91 * 24 * time.Hour), present.Add(-89 * 24 * time.Hour)} {
		j := newJob(t, s, pool, heldBy("a", added), func(j *userimport.Job) { j.Status = userimport.Stopped })
		mustGet[*userimport.Job](t)(s.ImportUsers(ctx(t), j, "a", nil, func(j *userimport.Job, _ []error) string { j.Lines = 2; return "report" }))
		reports[j.ID] = added.After(present.Add(-90 * 24 * time.Hour))
	}
	return func() {
		for file, keep := range kept {
			data := mustGet[[]byte](t)(s.ImportChunk(ctx(t), file, 0))
			wantEqual(t, fmt.Sprintf("chunk %q is kept", data), data != nil, keep)
		}
		for id, keep := range reports {
			text, _, err := s.ImportReport(ctx(t), id, 0)
			must(t, err)
			wantEqual(t, "report is kept", text != "", keep)
		}
	}
}
