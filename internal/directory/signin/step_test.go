package signin_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const trialFactor credential.Factor = "trial"

// trial is a user who has proved the password and is asked a trial challenge.
type trial struct {
	*bench
	signin.Trial
	user    *user.User
	session seal.Secret
}

func newTrial(t *testing.T) *trial {
	t.Helper()
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	tr := &trial{bench: b, Trial: signin.Trial{Proves: trialFactor}, user: b.MustUser("alice")}
	tr.ask(credential.FactorPassword)
	return tr
}

// ask asks the challenge anew, after the factors given are proved.
func (tr *trial) ask(proved ...credential.Factor) {
	tr.t.Helper()
	out, err := tr.Ask(tr.t.Context(), tr.SignIns, tr.Pool, tr.c, tr.user, proved...)
	tr.session = wantChallenge(tr.t, "ask", out, err, "TRIAL").Session
}

func (tr *trial) answer(code string) (*signin.Outcome, error) {
	tr.t.Helper()
	return tr.answerAs("alice", code)
}

func (tr *trial) answerAs(name, code string) (*signin.Outcome, error) {
	tr.t.Helper()
	return tr.Answer(tr.t.Context(), tr.SignIns, tr.Pool, tr.c, signin.Response{
		Challenge: "TRIAL", Session: tr.session, Answers: enginetest.Pairs("USERNAME", name, "CODE", code),
	})
}

func wantPassed(t *testing.T, what string, out *signin.Outcome, err error, u *user.User) {
	t.Helper()
	if err != nil || out.Challenge != nil || out.User.Sub != u.Sub {
		t.Errorf("%s: %+v, %v, want a completed sign-in of %s", what, out, err, u.Username)
	}
}

func TestEveryChallengeHasItsRules(t *testing.T) {
	for _, bad := range signin.BadRules() {
		t.Error(bad)
	}
}

func TestWrongAnswerLeavesTheSessionUsable(t *testing.T) {
	tr := newTrial(t)
	for range 3 {
		_, err := tr.answer("wrong")
		wantErr(t, "wrong answer", err, signin.WrongCode)
	}
	out, err := tr.answer("right")
	wantPassed(t, "right answer after wrong ones", out, err, tr.user)
}

func TestRightAnswerWorksOnce(t *testing.T) {
	tr := newTrial(t)
	var passed atomic.Int32
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			if _, err := tr.answer("right"); err == nil {
				passed.Add(1)
			} else if !errors.Is(err, signin.ErrSessionUsed) {
				t.Errorf("right answer: %v, want nil or %v", err, signin.ErrSessionUsed)
			}
		})
	}
	work.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d of 8 right answers at once passed, want 1", passed.Load())
	}
}

func TestWrongAnswersLockTheirFactorAlone(t *testing.T) {
	tr := newTrial(t)
	for range 5 {
		_, err := tr.answer("wrong")
		wantErr(t, "wrong answer", err, signin.WrongCode)
	}
	_, err := tr.answer("right")
	wantErr(t, "right answer while locked", err, credential.ErrLocked)
	tr.ask(credential.FactorPassword)
	_, err = tr.answer("right")
	wantErr(t, "right answer to a new challenge while locked", err, credential.ErrLocked)
	out, err := tr.password("alice", right)
	wantTokens(t, "password while the other factor is locked", out, err, tr.user)
	tr.Advance(time.Second)
	out, err = tr.answer("right")
	wantPassed(t, "right answer after the lock", out, err, tr.user)
}

// A right answer that is sent again must not clear the count of wrong ones.
func TestReplayedAnswerDoesNotClearTheCount(t *testing.T) {
	tr := newTrial(t)
	out, err := tr.answer("right")
	wantPassed(t, "right answer", out, err, tr.user)
	used := tr.session
	tr.ask(credential.FactorPassword)
	fresh := tr.session
	for range 4 {
		tr.answer("wrong")
	}
	tr.session = used
	_, err = tr.answer("right")
	wantErr(t, "replay", err, signin.ErrSessionUsed)
	tr.session = fresh
	tr.answer("wrong")
	_, err = tr.answer("right")
	wantErr(t, "after five wrong answers", err, credential.ErrLocked)
}

func TestSessionIsBound(t *testing.T) {
	tests := []struct {
		name   string
		change func(*trial)
		as     string
		want   *fault.Error
	}{
		{"another user", func(tr *trial) { tr.MustUser("bob") }, "bob", signin.ErrSessionInvalid},
		{"a name that no user has", nil, "nobody", signin.ErrSessionInvalid},
		{"another client", func(tr *trial) { tr.c = tr.MustClient(userpool.ClientSettings{}) }, "alice", signin.ErrSessionInvalid},
		{"a session of another challenge", func(tr *trial) {
			tr.MustInvite("ina")
			out, err := tr.password("ina", right)
			tr.session = wantChallenge(tr.t, "temporary password", out, err, signin.NewPasswordRequired).Session
		}, "ina", signin.ErrSessionInvalid},
		{"too late", func(tr *trial) { tr.Advance(3 * time.Minute) }, "alice", signin.ErrSessionExpired},
		{"disabled since", func(tr *trial) { tr.Accounts.SetEnabled(tr.t.Context(), tr.Pool, "alice", false) }, "alice", signin.ErrDisabled},
		{"another password since", func(tr *trial) {
			tr.Accounts.SetPassword(tr.t.Context(), tr.Pool, "alice", "Third-Horse-9", true)
		}, "alice", signin.ErrSessionUsed},
		{"deleted since", func(tr *trial) { tr.Accounts.Delete(tr.t.Context(), tr.Pool, "alice") }, "alice", signin.ErrSessionInvalid},
		{"unconfirmed since", func(tr *trial) {
			tr.MustEdit("alice", func(u *user.User) { u.Status = user.Unconfirmed })
		}, "alice", signin.ErrNotConfirmed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tr := newTrial(t)
			if test.change != nil {
				test.change(tr)
			}
			_, err := tr.answerAs(test.as, "right")
			wantErr(t, "right answer", err, test.want)
		})
	}
}

// Before a factor is proved, a disabled user is not told from an enabled one.
func TestNothingIsToldBeforeAFactorIsProved(t *testing.T) {
	tr := newTrial(t)
	tr.ask()
	tr.MustEdit("alice", func(u *user.User) { u.Enabled = false })
	_, err := tr.answer("wrong")
	wantErr(t, "wrong answer", err, signin.WrongCode)
	_, err = tr.answer("right")
	wantErr(t, "right answer", err, signin.ErrDisabled)
}

// A challenge that proves nothing cannot be the only one.
func TestNobodyPassesWithoutAFactor(t *testing.T) {
	tr := newTrial(t)
	tr.Proves = ""
	tr.ask()
	if out, err := tr.answer("right"); err == nil || fault.As(err) != nil {
		t.Errorf("right answer to a challenge that proves nothing: %+v, %v, want an internal error", out, err)
	}
	_, err := tr.answer("wrong")
	wantErr(t, "wrong answer to a challenge that proves nothing", err, signin.WrongCode)
	tr.ask(credential.FactorPassword)
	out, err := tr.answer("right")
	wantPassed(t, "after the password", out, err, tr.user)
}

func TestAnswerChoosesTheNextChallenge(t *testing.T) {
	tr := newTrial(t)
	tr.Then = signin.NewPasswordRequired
	out, err := tr.answer("right")
	wantChallenge(t, "choice", out, err, signin.NewPasswordRequired)
	tr.Then = "MAGIC"
	tr.ask(credential.FactorPassword)
	if out, err := tr.answer("right"); err == nil || fault.As(err) != nil {
		t.Errorf("choice of a challenge that does not exist: %+v, %v, want an internal error", out, err)
	}
}
