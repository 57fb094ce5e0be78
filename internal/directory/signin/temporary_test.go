package signin_test

import (
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func TestATemporaryPasswordIsLookedAtWithoutASignIn(t *testing.T) {
	for _, hides := range []bool{false, true} {
		b := newBench(t, userpool.Settings{}, userpool.ClientSettings{HideUserExistence: hides})
		check := func(name string, password seal.Secret) error {
			return b.SignIns.CheckTemporary(t.Context(), b.Pool, b.c, name, password, risk.Visit{})
		}
		b.MustInvite("alice")
		b.MustUser("bob")
		unknown := user.ErrUserNotFound
		if hides {
			unknown = signin.ErrWrongPassword
		}
		for range 2 {
			if err := check("alice", right); err != nil {
				t.Errorf("one that waits: %v", err)
			}
		}
		wantErr(t, "a wrong one", check("alice", "Wrong-Horse-7"), signin.ErrWrongPassword)
		wantErr(t, "the user's own", check("bob", right), signin.ErrSessionUsed)
		wantErr(t, "nobody's", check("carol", right), unknown)
		b.Advance(8 * 24 * time.Hour)
		wantErr(t, "past its time", check("alice", right), signin.ErrTemporaryExpired)
	}
}

func TestLooksAtATemporaryPasswordAreCountedAsGuesses(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustInvite("alice")
	for range 5 {
		err := b.SignIns.CheckTemporary(t.Context(), b.Pool, b.c, "alice", "Wrong-Horse-7", risk.Visit{})
		wantErr(t, "a wrong one", err, signin.ErrWrongPassword)
	}
	err := b.SignIns.CheckTemporary(t.Context(), b.Pool, b.c, "alice", right, risk.Visit{})
	wantErr(t, "the right one while locked", err, credential.ErrLocked)
	_, err = b.password("alice", right)
	wantErr(t, "a sign-in while locked", err, credential.ErrLocked)
}
