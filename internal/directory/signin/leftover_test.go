package signin_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// meanwhile issues tokens. Before the first grant is saved, it calls happens.
type meanwhile struct {
	*token.Engine
	happens func()
}

func (m *meanwhile) IssueForSignIn(ctx context.Context, in token.IssueInput) (*token.Tokens, error) {
	if m.happens != nil {
		m.happens()
		m.happens = nil
	}
	return m.Engine.IssueForSignIn(ctx, in)
}

// during lets something happen between the next right proof and its grant.
func (b *bench) during(happens func()) {
	b.SignIns = signin.New(signin.Config{
		Pools: b.Pools, Users: b.Users, Credentials: b.Credentials, Devices: b.Devices, Tokens: &meanwhile{b.Tokens, happens}, Triggers: b.Triggers,
		Courier: b.Accounts, Migrator: b.Accounts, Risks: b.Risks, Spent: b.Store, Looks: b.Store, Sealer: b.Sealer, Now: b.Now, DomainSuffix: enginetest.DomainSuffix,
	})
}

// guess counts n wrong passwords, as another node does.
func (b *bench) guess(u *user.User, n int) {
	b.t.Helper()
	for range n {
		if _, err := b.Credentials.Try(b.t.Context(), b.Pool.ID, credential.Guesser(credential.FactorPassword, b.Pool, u, ""), func() (bool, error) { return false, nil }); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Among many guesses on many nodes at once, the right one is not told from the others,
// also if the others are counted just before its grant is saved.
func TestARightProofIsRefusedIfOthersLockMeanwhile(t *testing.T) {
	b := newOnDisk(t, userpool.Settings{}, userpool.ClientSettings{})
	alice := b.MustUser("alice")
	for name, last := range map[string]func() (*signin.Outcome, error){
		"SRP":      b.startSRP("alice", right).answer,
		"password": func() (*signin.Outcome, error) { return b.password("alice", right) },
	} {
		if err := b.Credentials.Unlock(t.Context(), b.Pool.ID, credential.Guesser(credential.FactorPassword, b.Pool, alice, "")); err != nil {
			t.Fatal(err)
		}
		b.during(func() { b.guess(alice, 5) })
		_, err := last()
		wantErr(t, name+" while others lock", err, credential.ErrLocked)
	}
	if n := b.grants(); n != 0 {
		t.Errorf("%d grants are saved, want none", n)
	}
}

func TestAWrongProofMeanwhileIsForgotten(t *testing.T) {
	b := newOnDisk(t, userpool.Settings{}, userpool.ClientSettings{})
	alice := b.MustUser("alice")
	p := b.startSRP("alice", right)
	b.during(func() { b.guess(alice, 4) })
	out, err := p.answer()
	wantTokens(t, "SRP", out, err, alice)
	a, err := b.Store.Attempts(t.Context(), b.Pool.ID, credential.Guesser(credential.FactorPassword, b.Pool, alice, ""))
	if err != nil || a.Count != 0 {
		t.Errorf("count %+v, %v, want none", a, err)
	}
	_, err = p.answer()
	wantErr(t, "the proof again", err, signin.ErrSessionUsed)
	if n := b.grants(); n != 1 {
		t.Errorf("%d grants are saved, want 1", n)
	}
}

// A right proof of a user who may not sign in is used up, too.
func TestARightProofThatIsRefusedIsUsedUp(t *testing.T) {
	b := newOnDisk(t, userpool.Settings{}, userpool.ClientSettings{})
	alice := b.MustUser("alice")
	p := b.startSRP("alice", right)
	enable := func(on bool) {
		if _, err := b.Users.Update(t.Context(), b.Pool, alice.Sub, user.Change{Apply: func(u *user.User) error { u.Enabled = on; return nil }}); err != nil {
			t.Fatal(err)
		}
	}
	enable(false)
	_, err := p.answer()
	wantErr(t, "a disabled user", err, signin.ErrDisabled)
	enable(true)
	_, err = p.answer()
	wantErr(t, "the proof again", err, signin.ErrSessionUsed)
}

// Equal codes of an authenticator app, each in a sign-in of its own, and equal answers
// in one: one of them has a grant.
func TestOneOfEqualCodesAtOnceHasAGrant(t *testing.T) {
	b := newOnDisk(t, withMFA(userpool.MFAOptional, user.SoftwareTokenMFA), userpool.ClientSettings{})
	b.MustUser("alice")
	secret := b.giveApp("alice")
	b.turnOn("alice", "", user.SoftwareTokenMFA)
	b.Advance(30 * time.Second)
	code := enginetest.TOTP(t, secret, b.Now()).Reveal()
	one, other := b.challenged(signin.SoftwareTokenMFA).Session, b.challenged(signin.SoftwareTokenMFA).Session
	var passed atomic.Int32
	var work sync.WaitGroup
	for i := range 8 {
		session := one
		if i%2 == 0 {
			session = other
		}
		work.Go(func() {
			_, err := b.respond(signin.SoftwareTokenMFA, session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code)
			switch {
			case err == nil:
				passed.Add(1)
			case !errors.Is(err, signin.ErrSessionUsed) && !errors.Is(err, credential.ErrTOTPUsed):
				t.Errorf("got %v, want nil, %v or %v", err, signin.ErrSessionUsed, credential.ErrTOTPUsed)
			}
		})
	}
	work.Wait()
	if passed.Load() != 1 || b.grants() != 1 {
		t.Errorf("%d of 8 equal codes passed, and %d grants are saved, want 1", passed.Load(), b.grants())
	}
}

// grants returns how many grants are in the database.
func (b *onDisk) grants() (n int) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.TrimSuffix(b.wal, "-wal")+"?mode=ro")
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(b.t.Context(), "SELECT COUNT(*) FROM grants").Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}
