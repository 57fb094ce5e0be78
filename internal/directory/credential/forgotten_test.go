package credential_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// flooded is an installation that keeps the counts of three names that no user has.
type flooded struct {
	*credential.Engine
	*enginetest.Clock
	t     *testing.T
	store *store.Store
	pool  *userpool.Pool
	alice *user.User
}

func newFlooded(t *testing.T) *flooded {
	t.Helper()
	f := &flooded{t: t, Clock: enginetest.NewClock(enginetest.Start), pool: &userpool.Pool{ID: "us-east-1_Flooded01"}}
	sealer, err := seal.FromText(enginetest.NewMasterKey())
	f.must(err)
	f.store, err = store.Open(t.Context(), "sqlite::memory:", store.Options{UnknownNames: 3})
	f.must(err)
	t.Cleanup(func() { f.store.Close() })
	f.must(f.store.CreatePool(t.Context(), f.pool))
	users := user.New(user.Config{Store: f.store, Now: f.Clock.Now})
	f.alice, err = users.Draft(f.pool, user.NewUser{Username: "alice", Attributes: enginetest.Pairs("email", "alice@example.com")})
	f.must(err)
	f.must(users.Create(t.Context(), f.pool, f.alice, false))
	f.Engine = credential.New(credential.Config{Store: f.store, Users: users, Sealer: sealer, Now: f.Clock.Now})
	return f
}

func (f *flooded) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// flood asks for codes, and guesses, for names that no user has, until the counts of
// all other such names are forgotten.
func (f *flooded) flood() {
	f.t.Helper()
	f.Advance(time.Second)
	for i := range 9 {
		name := fmt.Sprint("nobody-", i)
		f.must(f.Hourly(f.t.Context(), f.pool.ID, "forgot:"+credential.Subject(f.pool, nil, name), 5))
		f.must(f.PretendCode(f.t.Context(), f.pool, name, credential.ForgotPassword))
	}
	f.must(f.store.Sweep(f.t.Context(), f.Clock.Now()))
	f.Advance(time.Second)
}

// ask asks for a code for alice and for a name that no user has; the error is that
// of the hourly limit.
func (f *flooded) ask() (code seal.Secret, alice, nobody error) {
	f.t.Helper()
	code, err := f.NewCode(f.t.Context(), f.alice, credential.ForgotPassword, "email")
	f.must(err)
	f.must(f.PretendCode(f.t.Context(), f.pool, "mallory", credential.ForgotPassword))
	for of, to := range map[string]*error{credential.Subject(f.pool, f.alice, ""): &alice, credential.Subject(f.pool, nil, "mallory"): &nobody} {
		*to = f.Hourly(f.t.Context(), f.pool.ID, "forgot:"+of, 2)
	}
	return code, alice, nobody
}

func (f *flooded) redeem(code seal.Secret) error {
	_, err := f.Redeem(f.t.Context(), f.pool, f.alice, credential.ForgotPassword, code, user.Change{}, func(*user.User, string) error { return nil })
	return err
}

// wantSame fails the test unless alice and nobody get the same answer to a wrong code.
func (f *flooded) wantSame(when string, code seal.Secret, want error) {
	f.t.Helper()
	alice, nobody := f.redeem(enginetest.WrongCode(code)), f.PretendRedeem(f.t.Context(), f.pool, "mallory", credential.ForgotPassword)
	if !errors.Is(alice, want) || !errors.Is(nobody, want) {
		f.t.Errorf("%s: a wrong code of alice: %v, of a name that no user has: %v; want %v", when, alice, nobody, want)
	}
}

// Counts of names that no user has are forgotten if there are too many. Whoever
// compared what a name answers before and after a flood learned who exists.
func TestAFloodOfNamesDoesNotTellWhoExists(t *testing.T) {
	f := newFlooded(t)
	for i, want := range []error{nil, nil, credential.ErrAttemptLimit} {
		if _, alice, nobody := f.ask(); !errors.Is(alice, want) || !errors.Is(nobody, want) {
			t.Errorf("request %d: alice %v, nobody %v, want %v", i, alice, nobody, want)
		}
	}
	code, _, _ := f.ask()
	f.wantSame("before", code, credential.ErrCodeMismatch)
	f.flood()
	f.wantSame("after", code, credential.ErrCodeExpired)
	if err := f.redeem(code); err != nil {
		t.Errorf("the right code after the flood: %v", err)
	}
	code, alice, nobody := f.ask()
	if alice != nil || nobody != nil {
		t.Errorf("a request after the flood: alice %v, nobody %v, want none refused", alice, nobody)
	}
	f.wantSame("a code of after the flood", code, credential.ErrCodeMismatch)
	for range 15 {
		_ = f.redeem(enginetest.WrongCode(code))
		_ = f.PretendRedeem(t.Context(), f.pool, "mallory", credential.ForgotPassword)
	}
	f.wantSame("too many wrong ones", code, credential.ErrAttemptLimit)
	f.flood()
	f.wantSame("too many, and a flood", code, credential.ErrCodeExpired)
}

// A lock of a name that no user has stays as long as that of a user.
func TestAFloodOfNamesEndsNoLock(t *testing.T) {
	f := newFlooded(t)
	guess := func(u *user.User, name string) error {
		_, err := f.Try(t.Context(), f.pool.ID, credential.Guesser(credential.FactorPassword, f.pool, u, name), func() (bool, error) { return false, nil })
		return err
	}
	for range 5 {
		f.must(guess(f.alice, ""))
		f.must(guess(nil, "mallory"))
	}
	for i := range 9 {
		f.must(guess(nil, fmt.Sprint("nobody-", i)))
	}
	f.must(f.store.Sweep(t.Context(), f.Clock.Now()))
	if alice, nobody := guess(f.alice, ""), guess(nil, "mallory"); !errors.Is(alice, credential.ErrLocked) || !errors.Is(nobody, credential.ErrLocked) {
		t.Errorf("alice %v, nobody %v, want both locked", alice, nobody)
	}
}
