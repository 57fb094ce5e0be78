package storetest

import (
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// testCompletion saves grants with what their sign-ins have left, in the two ways that
// there are: with the user as the sign-in knows them, and without.
func testCompletion(t *testing.T, s Store, c *userpool.Client) {
	for name, known := range map[string]bool{"TheUserIsKnown": true, "TheUserIsLoaded": false} {
		t.Run(name, func(t *testing.T) {
			k := &completions{t: t, s: s, c: c, u: newUser(t, s, c.Pool, "completion"+name), known: known}
			k.testOnce()
			k.testGuesser()
			k.testSecure()
			k.testOvertaken()
		})
	}
}

type completions struct {
	t     *testing.T
	s     Store
	c     *userpool.Client
	u     *user.User
	known bool
}

func enabled(u *user.User) error {
	if !u.Enabled {
		return errChange
	}
	return nil
}

// complete saves a grant with what is left of its sign-in.
func (k *completions) complete(left token.Leftover) (*token.Grant, error) {
	g, done := unsavedGrant(k.c, k.u), token.Completion{Check: enabled, Proof: left}
	if k.known {
		done.User = k.u
	}
	return g, k.s.CreateGrant(ctx(k.t), g, 0, done)
}

func (k *completions) wantSaved(what string, g *token.Grant, want bool) {
	k.t.Helper()
	_, err := k.s.Grant(ctx(k.t), g.Pool, g.ID)
	if got := err == nil; got != want || err != nil && !errors.Is(err, token.ErrGrantNotFound) {
		k.t.Errorf("%s: the grant is saved: %v, %v, want %v", what, got, err, want)
	}
}

// testOnce: of many grants that use up the same state, one is saved.
func (k *completions) testOnce() {
	once := func(id string) *token.Once {
		return &token.Once{ID: id, Until: now.Add(time.Hour), Used: signin.ErrSessionUsed}
	}
	id, grants := ids.UUID(), make([]*token.Grant, 20)
	won := race(k.t, len(grants), signin.ErrSessionUsed, func(i int) (err error) {
		grants[i], err = k.complete(token.Leftover{Once: once(id)})
		return err
	})
	saved := 0
	for _, g := range grants {
		if _, err := k.s.Grant(ctx(k.t), g.Pool, g.ID); err == nil {
			saved++
		}
	}
	if won != 1 || saved != 1 {
		k.t.Errorf("of 20 sign-ins with one state, %d succeeded and %d grants are saved, want 1", won, saved)
	}
	wantErr(k.t, "Spend", k.s.Spend(ctx(k.t), id, now), signin.ErrSessionUsed)
	spent := ids.UUID()
	must(k.t, k.s.Spend(ctx(k.t), spent, now.Add(time.Hour)))
	g, err := k.complete(token.Leftover{Once: once(spent)})
	wantErr(k.t, "CreateGrant with a state that is used up", err, signin.ErrSessionUsed)
	k.wantSaved("a state that is used up", g, false)
}

// testGuesser: while wrong proofs are counted, nothing is saved or used up.
func (k *completions) testGuesser() {
	guesser, id := "sign-in:user:"+string(k.u.Sub), ids.UUID()
	count := func(n int) {
		_, err := k.s.Count(ctx(k.t), k.u.Pool, guesser, func(a *credential.Attempts) error { a.Count = n; return nil })
		must(k.t, err)
	}
	left := token.Leftover{Guesser: guesser, Once: &token.Once{ID: id, Until: now.Add(time.Hour), Used: signin.ErrSessionUsed}}
	count(1)
	g, err := k.complete(left)
	wantErr(k.t, "CreateGrant after a wrong proof", err, token.ErrUnsettled)
	k.wantSaved("after a wrong proof", g, false)
	count(0)
	g, err = k.complete(left)
	wantErr(k.t, "CreateGrant after the count was forgotten", err, nil)
	k.wantSaved("after the count was forgotten", g, true)
}

// testSecure: the change of the user is saved with the grant, or neither is.
func (k *completions) testSecure() {
	key := passkey.Key{ID: []byte{1}, RP: "example.com"}
	g, err := k.complete(token.Leftover{Secure: func(s *user.Security) error { s.Passkeys = []passkey.Key{key}; return nil }})
	wantErr(k.t, "CreateGrant with a change", err, nil)
	k.wantSaved("a change", g, true)
	refused, err := k.complete(token.Leftover{Secure: func(s *user.Security) error { s.Passkeys = nil; return errChange }})
	wantErr(k.t, "CreateGrant with a change that fails", err, errChange)
	k.wantSaved("a change that fails", refused, false)
	got := mustGet[*user.User](k.t)(k.s.User(ctx(k.t), k.u.Pool, k.u.Sub))
	wantEqual(k.t, "Passkeys", got.Security.Passkeys, []passkey.Key{key})
	if !got.Modified.Equal(k.u.Modified) {
		k.t.Errorf("Modified = %v, want %v as before", got.Modified, k.u.Modified)
	}
}

// testOvertaken: the user is checked as it is then, not as the sign-in knew it.
func (k *completions) testOvertaken() {
	change := func(apply func(*user.User)) {
		_, err := k.s.UpdateUser(ctx(k.t), k.u.Pool, k.u.Sub, user.Change{Apply: func(u *user.User) error { apply(u); return nil }})
		must(k.t, err)
	}
	id := ids.UUID()
	left := token.Leftover{Once: &token.Once{ID: id, Until: now.Add(time.Hour), Used: signin.ErrSessionUsed}}
	change(func(u *user.User) { u.Enabled = false })
	g, err := k.complete(left)
	wantErr(k.t, "CreateGrant for a user who was disabled", err, errChange)
	k.wantSaved("a user who was disabled", g, false)
	must(k.t, k.s.Spend(ctx(k.t), id, now.Add(time.Hour))) // what is refused uses nothing up
	change(func(u *user.User) {
		u.Enabled = true
		u.Password = &user.Password{Salt: []byte("other"), Sealed: []byte{1}}
	})
	g, err = k.complete(token.Leftover{})
	wantErr(k.t, "CreateGrant after a change that does not count", err, nil)
	k.wantSaved("a change that does not count", g, true)
	stranger := *k.u
	stranger.Sub = user.Sub(ids.UUID())
	k.u = &stranger
	_, err = k.complete(token.Leftover{})
	wantErr(k.t, "CreateGrant of an unknown user", err, user.ErrUserNotFound)
}
