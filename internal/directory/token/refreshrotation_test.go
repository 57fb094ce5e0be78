package token_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	forged "gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// rotating adds a client whose refresh tokens rotate.
func rotating(d *enginetest.Directory, grace int) *userpool.Client {
	return d.AddClient("app", func(c *userpool.Client) {
		c.Settings.AuthFlows = []string{userpool.FlowUserSRP}
		c.Settings.RefreshRotation = &userpool.RefreshRotation{On: true, GraceSeconds: grace}
	})
}

// family is one sign-in of alice, whose refresh tokens rotate.
type family struct {
	*enginetest.Directory
	t     *testing.T
	app   *userpool.Client
	first *token.Tokens
}

func newFamily(t *testing.T, grace int) *family {
	d, u := office(t)
	app := rotating(d, grace)
	return &family{d, t, app, signIn(t, d, app, u)}
}

// refresh uses a refresh token and returns the next one.
func (f *family) refresh(old seal.Secret) *token.Tokens {
	f.t.Helper()
	return must[*token.Tokens](f.t)(f.Tokens.Refresh(f.t.Context(), f.app, token.RefreshInput{Token: old}))
}

func (f *family) refused(what string, old seal.Secret, want error) {
	f.t.Helper()
	if got, err := f.Tokens.Refresh(f.t.Context(), f.app, token.RefreshInput{Token: old}); !errors.Is(err, want) || got != nil {
		f.t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
	}
}

// stored returns the grant as the store has it.
func (f *family) stored() *token.Grant {
	f.t.Helper()
	id := payload(f.t, f.first.Access)["origin_jti"].(string)
	return must[*token.Grant](f.t)(f.Store.Grant(f.t.Context(), f.Pool.ID, token.GrantID(id)))
}

func TestRotatedRefreshTokens(t *testing.T) {
	f := newFamily(t, 0)
	old := f.first.Refresh
	for range 5 {
		f.Advance(time.Hour)
		next := f.refresh(old)
		if next.Refresh == "" || next.Refresh == old || next.Refresh == f.first.Refresh {
			t.Fatal("a refresh gave no new refresh token")
		}
		if strings.Trim(next.Refresh.Reveal(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Error("the refresh token does not fit the API's pattern")
		}
		if got, want := payload(t, next.Access)["origin_jti"], payload(t, f.first.Access)["origin_jti"]; got != want || got == nil {
			t.Errorf("origin_jti %v, want %v", got, want)
		}
		old = next.Refresh
	}
	if g := f.stored(); g.Generation != 5 || len(g.Rotated) != 0 || !g.Expires.Equal(enginetest.Start.Add(30*24*time.Hour)) {
		t.Errorf("stored %+v, want generation 5 and the end of the first token", g)
	}
	f.Advance(30*24*time.Hour - 5*time.Hour)
	f.refused("at the end of the first token", old, token.ErrRefreshExpired)
}

func TestReuseOfARotatedRefreshTokenEndsTheFamily(t *testing.T) {
	for name, reuse := range map[string]func(f *family, all []seal.Secret) seal.Secret{
		"the first":       func(_ *family, all []seal.Secret) seal.Secret { return all[0] },
		"the one before":  func(_ *family, all []seal.Secret) seal.Secret { return all[1] },
		"while it is off": func(f *family, all []seal.Secret) seal.Secret { f.app.Settings.RefreshRotation = nil; return all[1] },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFamily(t, 0)
			all := []seal.Secret{f.first.Refresh}
			for range 2 {
				all = append(all, f.refresh(all[len(all)-1]).Refresh)
			}
			last := all[2]
			f.refused("reuse", reuse(f, all), token.ErrRefreshReused)
			if f.stored().Revoked.IsZero() {
				t.Error("the grant stands after a reuse")
			}
			f.refused("the valid token after a reuse", last, token.ErrRefreshRevoked)
			f.refused("reuse again", all[0], token.ErrRefreshReused)
			_, err := f.Tokens.VerifyAccess(t.Context(), f.first.Access, "")
			wants(t, err, token.ErrAccessRevoked)
		})
	}
}

func TestGracePeriodOfARotatedRefreshToken(t *testing.T) {
	f := newFamily(t, 10)
	first := f.first.Refresh
	second := f.refresh(first).Refresh
	if again := f.refresh(first).Refresh; again != second {
		t.Error("the same token gave another successor in the grace period")
	}
	f.Advance(4 * time.Second)
	third := f.refresh(second).Refresh
	f.Advance(6*time.Second - time.Millisecond)
	if again := f.refresh(first).Refresh; again != third {
		t.Error("a token in its grace period did not lead to the valid token")
	}
	f.Advance(time.Millisecond)
	if again := f.refresh(second).Refresh; again != third {
		t.Error("the grace period of the second token ended with that of the first")
	}
	f.refused("after the grace period", first, token.ErrRefreshReused)
	f.refused("the valid token after a reuse", third, token.ErrRefreshRevoked)
}

// A backup was restored, or a failover lost the last writes: the person stays
// signed in, and an older token still ends the family.
func TestTokensThatAreNewerThanTheDatabase(t *testing.T) {
	for _, grace := range []int{0, 10} {
		f := newFamily(t, grace)
		all := []seal.Secret{f.first.Refresh}
		for range 5 {
			all = append(all, f.refresh(all[len(all)-1]).Refresh)
		}
		g := f.stored()
		back := func(g *token.Grant) error { g.Generation, g.Rotated = 2, []time.Time{f.Now(), f.Now()}; return nil }
		if err := f.Store.UseGrant(t.Context(), g, back); err != nil {
			t.Fatal(err)
		}
		f.Advance(time.Second)
		next := f.refresh(all[5]).Refresh
		if g := f.stored(); g.Generation != 6 || len(g.Rotated) != grace/10 {
			t.Errorf("grace %d: stored %+v, want generation 6 and its predecessor in the grace period", grace, g)
		}
		f.refused("older than the newest", all[4], token.ErrRefreshReused)
		f.refused("the valid token after a reuse", next, token.ErrRefreshRevoked)
	}
}

func TestRotationIsForgivingOnlyToGenuineTokens(t *testing.T) {
	f := newFamily(t, 0)
	second := f.refresh(f.first.Refresh).Refresh
	f.refused("changed token", seal.Secret(forged.Text(second.Reveal())), token.ErrRefreshInvalid)
	f.refused("changed end", second[:43]+seal.Secret(forged.Text(second.Reveal()[43:])), token.ErrRefreshInvalid)
	f.refused("cut token", second[:90], token.ErrRefreshInvalid)
	f.refused("longer token", second+"A", token.ErrRefreshInvalid)
	f.refused("no base64", second[:90]+"=", token.ErrRefreshInvalid)
	other := newFamily(t, 0)
	theirs := other.refresh(other.first.Refresh).Refresh
	f.refused("end of another family's token", second[:43]+theirs[43:], token.ErrRefreshInvalid)
	if !f.stored().Revoked.IsZero() {
		t.Fatal("a forged token ended the family")
	}
	f.refresh(second)
}

// A person who was disabled, say, must not get the next refresh token, and the
// old one must not be used up by a refresh that failed.
func TestRefusedRefreshUsesNoTokenUp(t *testing.T) {
	f := newFamily(t, 0)
	u := must[*user.User](t)(f.Users.User(t.Context(), f.Pool.ID, f.stored().Sub))
	u.Enabled = false
	f.SaveUser(u)
	f.refused("disabled", f.first.Refresh, token.ErrUserDisabled)
	u.Enabled = true
	f.SaveUser(u)
	f.refresh(f.first.Refresh)
}

func TestRevokeTakesEveryTokenOfAFamily(t *testing.T) {
	f := newFamily(t, 10)
	second := f.refresh(f.first.Refresh).Refresh
	wants(t, f.Tokens.Revoke(t.Context(), f.app, second, false), nil)
	f.refused("revoked", second, token.ErrRefreshRevoked)
	f.refused("revoked, in its grace period", f.first.Refresh, token.ErrRefreshRevoked)
}

// Two nodes get the same token at the same time, from two tabs of a browser.
func TestParallelRefreshesOnTwoNodes(t *testing.T) {
	for _, grace := range []int{0, 10} {
		f := newFamily(t, grace)
		nodes := []*token.Engine{f.Tokens, node(f.Directory, f.Store)}
		var mu sync.Mutex
		var wait sync.WaitGroup
		next, reused := map[string]int{}, 0
		for i := range 8 {
			wait.Go(func() {
				tokens, err := nodes[i%2].Refresh(t.Context(), f.app, token.RefreshInput{Token: f.first.Refresh})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					next[tokens.Refresh.Reveal()]++
				case errors.Is(err, token.ErrRefreshReused), errors.Is(err, token.ErrRefreshRevoked):
					reused++
				default:
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if grace == 0 && (len(next) > 1 || reused < 7) || grace > 0 && (len(next) != 1 || reused > 0) {
			t.Errorf("grace %d: %d different successors, %d refusals", grace, len(next), reused)
		}
		if g := f.stored(); g.Generation != 1 || g.Revoked.IsZero() != (grace > 0) {
			t.Errorf("grace %d: stored %+v", grace, g)
		}
	}
}

func TestTokensOfARotatingClientNameTheirGrant(t *testing.T) {
	d, u := office(t)
	app := rotating(d, 0)
	app.Settings.RevocationOff = true
	if payload(t, signIn(t, d, app, u).Access)["origin_jti"] == nil {
		t.Error("no origin_jti although refresh tokens rotate")
	}
}

func TestTheTokenEndpointRefreshesForARotatingClientWithoutOAuth(t *testing.T) {
	f := newFamily(t, 0)
	f.app.Settings.OAuth = false
	next := must[*token.Tokens](t)(f.Tokens.RefreshOAuth(t.Context(), f.app, token.RefreshInput{Token: f.first.Refresh}))
	if next.Refresh == "" {
		t.Error("no new refresh token")
	}
}
