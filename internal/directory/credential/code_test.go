package credential_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// coded is a user to whom a code was sent.
type coded struct {
	*enginetest.Directory
	t    *testing.T
	u    *user.User
	code seal.Secret
}

func newCoded(t *testing.T, purpose credential.Purpose) *coded {
	t.Helper()
	d := enginetest.New(t, userpool.Settings{})
	c := &coded{Directory: d, t: t, u: d.MustUser("alice", "email", "alice@example.com")}
	c.again(purpose)
	return c
}

func (c *coded) again(purpose credential.Purpose) {
	c.t.Helper()
	var err error
	if c.code, err = c.Credentials.NewCode(c.t.Context(), c.u, purpose, "email"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *coded) redeem(purpose credential.Purpose, code seal.Secret) error {
	c.t.Helper()
	_, err := c.Credentials.Redeem(c.t.Context(), c.Pool, c.u, purpose, code, user.Change{}, func(u *user.User, sentTo string) error {
		u.Attributes["nickname"] = "redeemed by " + sentTo
		return nil
	})
	return err
}

func (c *coded) want(what string, got, want error) {
	c.t.Helper()
	if !errors.Is(got, want) {
		c.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestCodeWorksOnce(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	c.want("for another purpose", c.redeem(credential.ConfirmSignUp, c.code), credential.ErrCodeExpired)
	if err := c.redeem(credential.ForgotPassword, c.code); err != nil {
		t.Fatal(err)
	}
	if got := c.MustFind("alice").Attributes["nickname"]; got != "redeemed by email" {
		t.Errorf("change did %q", got)
	}
	c.want("again", c.redeem(credential.ForgotPassword, c.code), credential.ErrCodeExpired)
}

func TestCodeWorksOnceAtTheSameTime(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	var passed atomic.Int32
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			if c.redeem(credential.ForgotPassword, c.code) == nil {
				passed.Add(1)
			}
		})
	}
	work.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d of 8 passed, want 1", passed.Load())
	}
}

func TestCodeExpires(t *testing.T) {
	for purpose, life := range map[credential.Purpose]time.Duration{credential.ForgotPassword: time.Hour, credential.ConfirmSignUp: 24 * time.Hour} {
		c := newCoded(t, purpose)
		c.Advance(life - time.Millisecond)
		c.want(string(purpose)+", a wrong one at the last moment", c.redeem(purpose, enginetest.WrongCode(c.code)), credential.ErrCodeMismatch)
		c.Advance(time.Millisecond)
		c.want(string(purpose)+", past its life", c.redeem(purpose, c.code), credential.ErrCodeExpired)
	}
}

func TestNewCodeReplacesTheOld(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	old := c.code
	for c.code == old {
		c.again(credential.ForgotPassword)
	}
	c.want("the old one", c.redeem(credential.ForgotPassword, old), credential.ErrCodeMismatch)
	c.want("the new one", c.redeem(credential.ForgotPassword, c.code), nil)
}

func TestWrongCodesAreLimited(t *testing.T) {
	c := newCoded(t, credential.ConfirmSignUp)
	for range 15 {
		c.want("wrong", c.redeem(credential.ConfirmSignUp, enginetest.WrongCode(c.code)), credential.ErrCodeMismatch)
	}
	c.want("the right one then", c.redeem(credential.ConfirmSignUp, c.code), credential.ErrAttemptLimit)
	c.Advance(time.Hour)
	c.want("an hour later", c.redeem(credential.ConfirmSignUp, c.code), credential.ErrAttemptLimit)
	c.again(credential.ConfirmSignUp)
	c.want("a new one", c.redeem(credential.ConfirmSignUp, c.code), nil)
}

// Resending must not give more guesses an hour.
func TestNewCodesDoNotRaiseTheHourlyLimit(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	for range 15 {
		c.again(credential.ForgotPassword)
		c.want("wrong", c.redeem(credential.ForgotPassword, enginetest.WrongCode(c.code)), credential.ErrCodeMismatch)
	}
	c.again(credential.ForgotPassword)
	c.want("sixteenth in an hour", c.redeem(credential.ForgotPassword, c.code), credential.ErrAttemptLimit)
}

// A code proves the address that it was sent to, and not a later address.
func TestCodeIsInvalidAfterTheAddressChanged(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	before := c.u
	c.MustEdit("alice", func(u *user.User) { u.Attributes["email"] = "mallory@example.com" })
	c.u = c.MustFind("alice")
	c.want("after the change", c.redeem(credential.ForgotPassword, c.code), credential.ErrCodeMismatch)
	c.u = before
	c.want("changed in the midst", c.redeem(credential.ForgotPassword, c.code), credential.ErrCodeExpired)
}

func TestCodesOfUsersDiffer(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	alices := c.code
	c.u = c.MustUser("bob", "email", "alice@example.com")
	for c.again(credential.ForgotPassword); c.code == alices; {
		c.again(credential.ForgotPassword)
	}
	c.want("another user's code", c.redeem(credential.ForgotPassword, alices), credential.ErrCodeMismatch)
}

// For a name that no user has, each answer is the one that a user gets for a
// wrong code.
func TestPretendedCodeAnswersLikeARealOne(t *testing.T) {
	real, unreal := newCoded(t, credential.ForgotPassword), enginetest.New(t, userpool.Settings{})
	pretend := func() error {
		return unreal.Credentials.PretendRedeem(t.Context(), unreal.Pool, "nobody", credential.ForgotPassword)
	}
	real.want("nothing asked", pretend(), credential.ErrCodeExpired)
	unreal.Advance(time.Hour)
	if err := unreal.Credentials.PretendCode(t.Context(), unreal.Pool, "nobody", credential.ForgotPassword); err != nil {
		t.Fatal(err)
	}
	step := func(what string) {
		t.Helper()
		want := real.redeem(credential.ForgotPassword, enginetest.WrongCode(real.code))
		real.want(what, pretend(), want)
	}
	for range 17 {
		step("wrong code")
	}
	real.Advance(time.Hour)
	unreal.Advance(time.Hour)
	step("past its life")
}

func TestTheEndOfSentCodes(t *testing.T) {
	c := newCoded(t, credential.ForgotPassword)
	change := user.Change{Ends: user.Ends{Sent: true}, Apply: func(*user.User) error { return nil }}
	if _, err := c.Users.Update(t.Context(), c.Pool, c.u.Sub, change); err != nil {
		t.Fatal(err)
	}
	c.want("a deleted code", c.redeem(credential.ForgotPassword, c.code), credential.ErrCodeExpired)
}
