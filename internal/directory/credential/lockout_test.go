package credential_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// guess tries once and returns the result.
func guess(t *testing.T, d *enginetest.Directory, right bool) (bool, error) {
	t.Helper()
	return d.Credentials.Try(t.Context(), d.Pool.ID, "sign-in:user:1", func() (bool, error) { return right, nil })
}

func TestLockoutSchedule(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for n := 1; n <= 4; n++ {
		if _, err := guess(t, d, false); err != nil {
			t.Fatalf("failure %d: %v, want none to lock yet", n, err)
		}
	}
	lock := time.Second
	for n := 5; n <= 17; n++ {
		if _, err := guess(t, d, false); err != nil {
			t.Fatalf("failure %d: %v", n, err)
		}
		want := min(lock, 15*time.Minute)
		d.Advance(want - time.Millisecond)
		for range 3 { // does not lengthen it
			if _, err := guess(t, d, true); !errors.Is(err, credential.ErrLocked) {
				t.Fatalf("after failure %d, %s on: %v, want %v", n, want-time.Millisecond, err, credential.ErrLocked)
			}
		}
		d.Advance(time.Millisecond)
		lock *= 2
	}
	if right, err := guess(t, d, true); !right || err != nil {
		t.Errorf("right one after the lock: %t, %v", right, err)
	}
	for n := 1; n <= 5; n++ {
		if _, err := guess(t, d, false); err != nil {
			t.Errorf("failure %d after a success: %v, want the count to begin anew", n, err)
		}
	}
}

func TestTimeWithoutTriesClearsTheCount(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for _, test := range []struct {
		quiet  time.Duration
		locked bool
	}{{15 * time.Minute, true}, {15*time.Minute + time.Millisecond, false}} {
		for range 4 {
			guess(t, d, false)
		}
		d.Advance(test.quiet)
		guess(t, d, false)
		_, err := guess(t, d, false)
		if locked := errors.Is(err, credential.ErrLocked); locked != test.locked {
			t.Errorf("fifth failure after %s: locked %t, want %t", test.quiet, locked, test.locked)
		}
		d.Advance(time.Hour)
	}
}

// If other tries lock the guesser while a try runs, a right and a wrong try get
// the same error.
func TestTriesDuringWhichTheGuesserIsLocked(t *testing.T) {
	for _, right := range []bool{false, true} {
		d := enginetest.New(t, userpool.Settings{})
		overtaken, err := d.Credentials.Try(t.Context(), d.Pool.ID, "sign-in:user:1", func() (bool, error) {
			for range 5 {
				guess(t, d, false)
			}
			return right, nil
		})
		if overtaken && err == nil || !errors.Is(err, credential.ErrLocked) {
			t.Errorf("right %t, overtaken by five wrong ones: %t, %v; want %v", right, overtaken, err, credential.ErrLocked)
		}
	}
}

func TestFewTriesOfOneGuesserRunAtOnce(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	var running, most atomic.Int32
	hold := make(chan struct{})
	var work sync.WaitGroup
	for range 30 {
		work.Go(func() {
			d.Credentials.Try(t.Context(), d.Pool.ID, "sign-in:user:1", func() (bool, error) {
				n := running.Add(1)
				for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
				}
				<-hold
				running.Add(-1)
				return true, nil
			})
		})
	}
	// Another guesser does not wait.
	if right, err := d.Credentials.Try(t.Context(), d.Pool.ID, "sign-in:user:2", func() (bool, error) { return true, nil }); !right || err != nil {
		t.Errorf("another guesser: %t, %v", right, err)
	}
	close(hold)
	work.Wait()
	if most.Load() > 4 {
		t.Errorf("%d tries ran at once, want at most 4", most.Load())
	}
}

func TestCanceledTryDoesNotWait(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	hold, started := make(chan struct{}), make(chan struct{}, 4)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			d.Credentials.Try(t.Context(), d.Pool.ID, "g", func() (bool, error) { started <- struct{}{}; <-hold; return true, nil })
		})
	}
	for range 4 {
		<-started
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Credentials.Try(ctx, d.Pool.ID, "g", func() (bool, error) { return true, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled while waiting: %v, want %v", err, context.Canceled)
	}
	close(hold)
	work.Wait()
}

// The subject of a long name is as long as that of a short name, so that no
// caller fills the database with long names.
func TestSubjects(t *testing.T) {
	exact := &userpool.Pool{ID: "us-east-1_A"}
	folded := &userpool.Pool{ID: "us-east-1_A", Settings: userpool.Settings{CaseInsensitive: true}}
	long := credential.Subject(exact, nil, strings.Repeat("x", 1<<17))
	if short := credential.Subject(exact, nil, "x"); len(long) != len(short) || long == short {
		t.Errorf("subjects %q and %q, want two of one length", long, short)
	}
	if credential.Subject(folded, nil, "Bob") != credential.Subject(folded, nil, "bOB") {
		t.Error("a name has two subjects in a pool that folds names")
	}
	if credential.Subject(exact, nil, "Bob") == credential.Subject(exact, nil, "bob") {
		t.Error("two names have one subject in a pool that does not fold names")
	}
	u := &user.User{Sub: "123"}
	if credential.Subject(exact, u, "alias") != credential.Subject(exact, u, "alice") {
		t.Error("a user has two subjects")
	}
}

func TestHourlyLimit(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	try := func() error { return d.Credentials.Hourly(t.Context(), d.Pool.ID, "forgot:1", 3) }
	for n := range 3 {
		if err := try(); err != nil {
			t.Errorf("try %d: %v", n+1, err)
		}
	}
	if err := try(); !errors.Is(err, credential.ErrAttemptLimit) {
		t.Errorf("fourth: %v, want %v", err, credential.ErrAttemptLimit)
	}
	if err := d.Credentials.Hourly(t.Context(), d.Pool.ID, "forgot:2", 3); err != nil {
		t.Errorf("another subject: %v", err)
	}
	d.Advance(time.Hour - time.Millisecond)
	if err := try(); !errors.Is(err, credential.ErrAttemptLimit) {
		t.Errorf("within the hour: %v, want %v", err, credential.ErrAttemptLimit)
	}
	d.Advance(time.Millisecond)
	if err := try(); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	d.Credentials.NoHourlyLimits = true
	for range 9 {
		if err := try(); err != nil {
			t.Errorf("without limits: %v", err)
		}
	}
}

func TestUnlock(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for range 5 {
		if _, err := guess(t, d, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := guess(t, d, true); !errors.Is(err, credential.ErrLocked) {
		t.Fatalf("after five failures: %v, want %v", err, credential.ErrLocked)
	}
	if err := d.Credentials.Unlock(t.Context(), d.Pool.ID, "sign-in:user:1"); err != nil {
		t.Fatal(err)
	}
	if right, err := guess(t, d, true); !right || err != nil {
		t.Errorf("after Unlock: %t, %v, want that the password is tried", right, err)
	}
}
