package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
)

func testImports(t *testing.T, s Store) {
	t.Run("Jobs", func(t *testing.T) { testImportJobs(t, s) })
	t.Run("Files", func(t *testing.T) { testImportFiles(t, s) })
	t.Run("Claims", func(t *testing.T) { testImportClaims(t, s) })
	t.Run("Users", func(t *testing.T) { testImportUsers(t, s) })
	t.Run("UsersOfOneMoment", func(t *testing.T) { testImportRace(t, s) })
	t.Run("DeletedPool", func(t *testing.T) { testImportsOfDeletedPool(t, s) })
}

func newJob(t testing.TB, s Store, pool userpool.PoolID, changes ...func(*userimport.Job)) *userimport.Job {
	t.Helper()
	j := &userimport.Job{ID: userimport.ID("import-" + ids.Hex(8)), Pool: pool, Name: "staff", LogsRole: "arn", Status: userimport.Created, Created: asStored(now)}
	for _, change := range changes {
		change(j)
	}
	must(t, s.CreateImportJob(ctx(t), j, 9))
	return j
}

// heldBy gives a job to a node until a time.
func heldBy(holder string, until time.Time) func(*userimport.Job) {
	return func(j *userimport.Job) {
		j.Status, j.Started, j.Holder, j.Until = userimport.InProgress, asStored(now), holder, asStored(until)
	}
}

func testImportJobs(t *testing.T, s Store) {
	p, other := newPool(t, s), newPool(t, s)
	first := newJob(t, s, p.ID)
	wantEqual(t, "ImportJob", mustGet[*userimport.Job](t)(s.ImportJob(ctx(t), p.ID, first.ID)), first)
	twin := newJob(t, s, p.ID) // at the same time
	last := newJob(t, s, p.ID, func(j *userimport.Job) { j.Created = asStored(now.Add(1e9)) })
	third := *last
	third.ID = "import-none"
	wantErr(t, "CreateImportJob in a full pool", s.CreateImportJob(ctx(t), &third, 3), userimport.ErrTooManyJobs)
	third.Pool = "us-east-1_none"
	wantErr(t, "CreateImportJob in an unknown pool", s.CreateImportJob(ctx(t), &third, 3), userpool.ErrPoolNotFound)

	var got []userimport.ID
	for place := (userimport.Place{Created: now.Add(time.Hour)}); ; {
		page := mustGet[[]*userimport.Job](t)(s.ImportJobs(ctx(t), p.ID, place, 1))
		if len(page) == 0 {
			break
		}
		got, place = append(got, page[0].ID), userimport.Place{Created: page[0].Created, ID: page[0].ID}
	}
	wantEqual(t, "ImportJobs", got, []userimport.ID{last.ID, max(first.ID, twin.ID), min(first.ID, twin.ID)})

	changed := mustGet[*userimport.Job](t)(s.UpdateImportJob(ctx(t), p.ID, first.ID, func(j *userimport.Job) error {
		*j = userimport.Job{ID: first.ID, Pool: p.ID, Name: "n", LogsRole: "r", Hashing: userimport.Bcrypt, Status: userimport.Failed, Message: "m", Created: asStored(now), Started: asStored(now.Add(1)), Completed: asStored(now.Add(2e9)),
			Imported: 1, Skipped: 2, Failed: 3, File: "f", Size: 4, Lines: 5, Place: 6, Holder: "h", Until: asStored(now.Add(3e9))}
		return nil
	}))
	wantEqual(t, "ImportJob", mustGet[*userimport.Job](t)(s.ImportJob(ctx(t), p.ID, first.ID)), changed)
	wantErr(t, "UpdateImportJob that fails", errOf(s.UpdateImportJob(ctx(t), p.ID, first.ID, func(j *userimport.Job) error { j.Name = "x"; return errChange })), errChange)
	wantEqual(t, "ImportJob after an update that failed", mustGet[*userimport.Job](t)(s.ImportJob(ctx(t), p.ID, first.ID)), changed)
	wantErr(t, "ImportJob of another pool", errOf(s.ImportJob(ctx(t), other.ID, first.ID)), userimport.ErrJobNotFound)
	wantErr(t, "UpdateImportJob of another pool", errOf(s.UpdateImportJob(ctx(t), other.ID, first.ID, func(*userimport.Job) error { return nil })), userimport.ErrJobNotFound)

	for status, want := range map[userimport.Status]bool{userimport.Created: false, userimport.Pending: true, userimport.InProgress: true, userimport.Stopping: true, userimport.Stopped: false, userimport.Failed: false, userimport.Succeeded: false} {
		mustGet[*userimport.Job](t)(s.UpdateImportJob(ctx(t), p.ID, last.ID, func(j *userimport.Job) error { j.Status = status; return nil }))
		wantEqual(t, "Importing with a job that is "+string(status), mustGet[bool](t)(s.Importing(ctx(t), p.ID)), want)
		wantEqual(t, "Importing in another pool", mustGet[bool](t)(s.Importing(ctx(t), other.ID)), false)
	}
}

func testImportFiles(t *testing.T, s Store) {
	p := newPool(t, s)
	j := newJob(t, s, p.ID)
	for i := range 3 {
		must(t, s.AddImportChunk(ctx(t), j.ID, "file "+string(j.ID), int64(i), []byte{byte(i), 0}, now))
	}
	must(t, s.AddImportChunk(ctx(t), j.ID, "other "+string(j.ID), 0, []byte("x"), now))
	wantErr(t, "AddImportChunk for an unknown job", s.AddImportChunk(ctx(t), "import-none", "none", 0, []byte("x"), now), userimport.ErrJobNotFound)
	wantEqual(t, "ImportChunk", mustGet[[]byte](t)(s.ImportChunk(ctx(t), "file "+string(j.ID), 2)), []byte{2, 0})
	wantEqual(t, "ImportChunk after the last", mustGet[[]byte](t)(s.ImportChunk(ctx(t), "file "+string(j.ID), 3)), []byte(nil))
	for _, want := range []int{2, 1, 0} {
		wantEqual(t, "DropImportFile", mustGet[int](t)(s.DropImportFile(ctx(t), "file "+string(j.ID), 2)), want)
	}
	wantEqual(t, "ImportChunk of another file", mustGet[[]byte](t)(s.ImportChunk(ctx(t), "other "+string(j.ID), 0)), []byte("x"))
}

// claimAll claims jobs for a node at a time, until there is none.
func claimAll(t testing.TB, s Store, holder string, at time.Time) (claimed []userimport.ID) {
	t.Helper()
	for {
		j := mustGet[*userimport.Job](t)(s.ClaimImportJob(ctx(t), at, func(j *userimport.Job) { j.Holder, j.Until = holder, at.Add(30*time.Second) }))
		if j == nil {
			return claimed
		}
		claimed = append(claimed, j.ID)
	}
}

func testImportClaims(t *testing.T, s Store) {
	claimAll(t, s, "the tests before", now.Add(24*time.Hour))
	p := newPool(t, s)
	newJob(t, s, p.ID)
	newJob(t, s, p.ID, func(j *userimport.Job) { j.Status = userimport.Succeeded })
	pending := newJob(t, s, p.ID, func(j *userimport.Job) { j.Status, j.Started = userimport.Pending, now.Add(-time.Minute) })
	stopping := newJob(t, s, p.ID, func(j *userimport.Job) { j.Status, j.Started = userimport.Stopping, now.Add(-time.Second) })
	held := newJob(t, s, p.ID, heldBy("a", now.Add(30*time.Second)))
	wantEqual(t, "claimed", claimAll(t, s, "b", now), []userimport.ID{pending.ID, stopping.ID})
	wantEqual(t, "claimed again", claimAll(t, s, "b", now), []userimport.ID(nil))
	wantEqual(t, "Holder", mustGet[*userimport.Job](t)(s.ImportJob(ctx(t), p.ID, held.ID)).Holder, "a")
	wantEqual(t, "claimed when the claims have ended", len(claimAll(t, s, "c", now.Add(time.Minute))), 3)

	race := newJob(t, s, p.ID, func(j *userimport.Job) { j.Status, j.Started = userimport.Pending, now })
	claims := make([]bool, 8)
	raceAll(t, len(claims), func(i int) error {
		j, err := s.ClaimImportJob(ctx(t), now, func(j *userimport.Job) { j.Holder, j.Until = fmt.Sprint(i), now.Add(time.Minute) })
		claims[i] = j != nil && j.ID == race.ID
		return err
	})
	n := 0
	for _, claimed := range claims {
		if claimed {
			n++
		}
	}
	wantEqual(t, "nodes that claimed one job", n, 1)
}

// raceAll calls f n times at once, all of which must succeed.
func raceAll(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	if won := race(t, n, errors.New("none"), f); won != n {
		t.Errorf("%d of %d calls succeeded", won, n)
	}
}

func testImportUsers(t *testing.T, s Store) {
	p := newPool(t, s)
	newUser(t, s, p.ID, "alice")
	must(t, s.CreateUser(ctx(t), withAlias(unsavedUser(p.ID, "bob"), "email", "bob@example.com"), false))
	j := newJob(t, s, p.ID, heldBy("a", now))
	long := unsavedUser(p.ID, string(make([]byte, 2000)))
	users := []*user.User{
		unsavedUser(p.ID, "alice"), unsavedUser(p.ID, "carol"), unsavedUser(p.ID, "carol"),
		withAlias(unsavedUser(p.ID, "dave"), "email", "bob@example.com"), long, withAlias(unsavedUser(p.ID, "erin"), "email", "erin@example.com"),
	}
	var refusals []error
	saved := mustGet[*userimport.Job](t)(s.ImportUsers(ctx(t), j, "a", users, func(j *userimport.Job, refused []error) string {
		refusals, j.Lines, j.Imported = refused, 7, 2
		return "report\n"
	}))
	wantEqual(t, "ImportJob", mustGet[*userimport.Job](t)(s.ImportJob(ctx(t), p.ID, j.ID)), saved)
	for i, want := range []error{user.ErrUsernameExists, nil, user.ErrUsernameExists, user.ErrAliasExists, nil, nil} {
		if i == 4 {
			if refusals[i] == nil {
				t.Error("a name that is too long was not refused")
			}
			continue
		}
		wantErr(t, fmt.Sprint("user ", i), refusals[i], want)
	}
	for name, want := range map[string]error{"carol": nil, "erin@example.com": nil, "dave": user.ErrUserNotFound} {
		wantErr(t, "UserByKey of "+name, errOf(s.UserByKey(ctx(t), p.ID, name)), want)
	}
	wantEqual(t, "CountUsers", mustGet[int](t)(s.CountUsers(ctx(t), p.ID)), 4)
	text, last, err := s.ImportReport(ctx(t), j.ID, 0)
	must(t, err)
	wantEqual(t, "ImportReport", text+fmt.Sprint(last), "report\n7")
	text, _, err = s.ImportReport(ctx(t), j.ID, 7)
	must(t, err)
	wantEqual(t, "ImportReport after the last line", text, "")

	never := func(*userimport.Job, []error) string { t.Error("concluded"); return "" }
	frank := []*user.User{unsavedUser(p.ID, "frank")}
	wantErr(t, "ImportUsers of another node", errOf(s.ImportUsers(ctx(t), j, "b", frank, never)), userimport.ErrLost)
	mustGet[*userimport.Job](t)(s.UpdateImportJob(ctx(t), p.ID, j.ID, func(j *userimport.Job) error { j.Status = userimport.Stopping; return nil }))
	wantEqual(t, "Status", mustGet[*userimport.Job](t)(s.ImportUsers(ctx(t), j, "a", frank, never)).Status, userimport.Stopping)
	wantErr(t, "a user of a job that is stopping", errOf(s.UserByKey(ctx(t), p.ID, "frank")), user.ErrUserNotFound)
}

// testImportRace shows that a sign-up and an import of one name make one user.
func testImportRace(t *testing.T, s Store) {
	p := newPool(t, s)
	for i := range 10 {
		name := fmt.Sprint("user ", i)
		j := newJob(t, s, p.ID, heldBy("a", now), func(j *userimport.Job) { j.Created = asStored(now.Add(time.Duration(i) * time.Second)) })
		won := race(t, 2, user.ErrUsernameExists, func(n int) error {
			if n == 0 {
				return s.CreateUser(ctx(t), unsavedUser(p.ID, name), false)
			}
			var refusal error
			_, err := s.ImportUsers(ctx(t), j, "a", []*user.User{unsavedUser(p.ID, name)}, func(_ *userimport.Job, refused []error) string { refusal = refused[0]; return "" })
			return errors.Join(err, refusal)
		})
		wantEqual(t, "users of one name", won, 1)
		mustGet[*userimport.Job](t)(s.UpdateImportJob(ctx(t), p.ID, j.ID, func(j *userimport.Job) error { j.Status = userimport.Succeeded; return nil }))
		if i == 7 {
			p = newPool(t, s) // newJob makes nine in a pool
		}
	}
}

func testImportsOfDeletedPool(t *testing.T, s Store) {
	p := newPool(t, s)
	j := newJob(t, s, p.ID, heldBy("a", now))
	must(t, s.AddImportChunk(ctx(t), j.ID, "chunk of "+string(j.ID), 0, []byte("x"), now))
	must(t, s.DeletePool(ctx(t), p.ID, func(*userpool.Pool, []*userpool.Domain) error { return nil }))
	wantEqual(t, "ImportChunk of a deleted pool", mustGet[[]byte](t)(s.ImportChunk(ctx(t), "chunk of "+string(j.ID), 0)), []byte(nil))
	none := func(*userimport.Job, []error) string { return "" }
	wantErr(t, "ImportUsers of a deleted pool", errOf(s.ImportUsers(ctx(t), j, "a", nil, none)), userimport.ErrJobNotFound)
}
