package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/autocert"
)

func testACME(t *testing.T, s Store) {
	put := func(name, value string, at time.Time) {
		t.Helper()
		must(t, s.PutACMEValue(ctx(t), &autocert.Value{Name: name, Sealed: []byte(value), Modified: at}))
	}
	under := func(folder string, want ...string) {
		t.Helper()
		wantEqual(t, "ACMEValuesUnder "+folder, mustGet[[]string](t)(s.ACMEValuesUnder(ctx(t), folder)), want)
	}
	_, err := s.ACMEValue(ctx(t), "a/b")
	wantErr(t, "a value that is not there", err, autocert.ErrNoValue)
	under("a")
	must(t, s.DeleteACMEValues(ctx(t), "a/b"))

	put("a/b", "1", now)
	put("a/b", "2", now.Add(time.Minute))
	put("a/b.json", "3", now)
	put("a/b/c", "4", now)
	put("ab", "5", now)
	put("a_b/c", "6", now) // _ and % are no placeholders
	got := mustGet[*autocert.Value](t)(s.ACMEValue(ctx(t), "a/b"))
	wantEqual(t, "ACMEValue", got, &autocert.Value{Name: "a/b", Sealed: []byte("2"), Modified: now.Add(time.Minute)})
	under("a", "a/b", "a/b.json", "a/b/c")
	under("a/b", "a/b/c")
	under("a%")
	must(t, s.DeleteACMEValues(ctx(t), "a/b"))
	under("a", "a/b.json")
	under("a_b", "a_b/c")
	must(t, s.DeleteACMEValues(ctx(t), "a"))
	under("a")

	lock := func(owner string, at time.Time, want bool) {
		t.Helper()
		if got := mustGet[bool](t)(s.LockACME(ctx(t), "lock", owner, at, at.Add(time.Minute))); got != want {
			t.Errorf("LockACME by %s at %s: %t, want %t", owner, at, got, want)
		}
	}
	lock("1", now, true)
	lock("2", now.Add(30*time.Second), false)
	lock("1", now.Add(30*time.Second), true) // it holds it for longer
	lock("2", now.Add(80*time.Second), false)
	lock("2", now.Add(91*time.Second), true) // the other one has ended
	must(t, s.UnlockACME(ctx(t), "lock", "1"))
	lock("1", now.Add(92*time.Second), false)
	must(t, s.UnlockACME(ctx(t), "lock", "2"))
	lock("1", now.Add(93*time.Second), true)
	lock("1", now, true)
}
