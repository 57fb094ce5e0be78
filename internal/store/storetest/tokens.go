package storetest

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/session"
)

var errGrantNotFound = token.ErrGrantNotFound

var proved = token.Proof{ACR: "gold", AMR: []string{token.ByPassword, token.ByApp, token.ByMany}}

func unsavedGrant(c *userpool.Client, u *user.User) *token.Grant {
	return &token.Grant{
		ID: token.GrantID(ids.UUID()), Pool: c.Pool, Client: c.ID, Sub: u.Sub, Source: token.SourceOAuth,
		Scopes: []string{"openid", "email"}, Resource: "https://api.example.com", EventID: "event", RefreshHash: []byte(ids.Token()),
		Proof: proved, AuthTime: asStored(now), Created: asStored(now), Expires: asStored(now.Add(time.Hour)),
	}
}

func newGrant(t testing.TB, s Store, c *userpool.Client, u *user.User) *token.Grant {
	t.Helper()
	g := unsavedGrant(c, u)
	must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
	return g
}

func testTokens(t *testing.T, s Store) {
	p := newPool(t, s)
	c, u := newClient(t, s, p.ID), newUser(t, s, p.ID, "alice")
	t.Run("SigningKeys", func(t *testing.T) { testSigningKeys(t, s) })
	t.Run("RoundTrip", func(t *testing.T) {
		g := newGrant(t, s, c, u)
		wantEqual(t, "Grant", mustGet[*token.Grant](t)(s.Grant(ctx(t), p.ID, g.ID)), g)
		wantEqual(t, "GrantByRefresh", mustGet[*token.Grant](t)(s.GrantByRefresh(ctx(t), g.RefreshHash)), g)
		for range 2 { // several grants may have no refresh token
			bare := unsavedGrant(c, u)
			bare.RefreshHash = nil
			must(t, s.CreateGrant(ctx(t), bare, 0, token.Completion{Check: anybody}))
			wantEqual(t, "Grant", mustGet[*token.Grant](t)(s.Grant(ctx(t), p.ID, bare.ID)), bare)
		}
	})
	t.Run("NotFound", func(t *testing.T) {
		g := newGrant(t, s, c, u)
		_, err := s.Grant(ctx(t), newPool(t, s).ID, g.ID)
		wantErr(t, "Grant of another pool", err, token.ErrGrantNotFound)
		_, err = s.GrantByRefresh(ctx(t), []byte("none"))
		wantErr(t, "GrantByRefresh", err, token.ErrGrantNotFound)
		_, err = s.GrantByRefresh(ctx(t), nil)
		wantErr(t, "GrantByRefresh of no hash", err, token.ErrGrantNotFound)
		wantErr(t, "RevokeGrant", s.RevokeGrant(ctx(t), p.ID, "none", now), token.ErrGrantNotFound)
		wantErr(t, "RevokeGrantsOf", s.RevokeGrantsOf(ctx(t), p.ID, "nobody", now), user.ErrUserNotFound)
		ghost := unsavedGrant(c, &user.User{Sub: "nobody"})
		wantErr(t, "CreateGrant of an unknown user", s.CreateGrant(ctx(t), ghost, 0, token.Completion{Check: anybody}), user.ErrUserNotFound)
		ghost.Sub, ghost.Client = g.Sub, "nobody"
		wantErr(t, "CreateGrant of an unknown client", s.CreateGrant(ctx(t), ghost, 0, token.Completion{Check: anybody}), userpool.ErrClientNotFound)
	})
	t.Run("Revoke", func(t *testing.T) {
		first, second := newGrant(t, s, c, u), newGrant(t, s, c, u)
		must(t, s.RevokeGrant(ctx(t), p.ID, first.ID, now))
		told := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
		must(t, s.RevokeGrant(ctx(t), p.ID, first.ID, now.Add(time.Hour)))
		wantEqual(t, "the last change of sessions after revoking again", mustGet[session.Mark](t)(s.LastMark(ctx(t))), told)
		wantRevoked(t, s, first, now)
		wantRevoked(t, s, second, time.Time{})

		later := now.Add(time.Minute)
		must(t, s.RevokeGrantsOf(ctx(t), p.ID, u.Sub, later))
		wantRevoked(t, s, first, now)
		wantRevoked(t, s, second, later)
		code := unsavedAuthCode(c, u)
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		must(t, s.RevokeGrantsOf(ctx(t), p.ID, u.Sub, later))
		_, err := s.AuthCode(ctx(t), code.Hash)
		wantErr(t, "AuthCode after RevokeGrantsOf", err, token.ErrCodeUnknown)
		wantErr(t, "RevokeGrantsOf", s.RevokeGrantsOf(ctx(t), p.ID, "nobody", later), user.ErrUserNotFound)
	})
	t.Run("ByEvent", func(t *testing.T) {
		g := unsavedGrant(c, u)
		g.EventID = ids.UUID()
		must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
		wantEqual(t, "GrantByEvent", mustGet[*token.Grant](t)(s.GrantByEvent(ctx(t), p.ID, u.Sub, g.EventID)), g)
		_, err := s.GrantByEvent(ctx(t), p.ID, "nobody", g.EventID)
		wantErr(t, "GrantByEvent of another user", err, token.ErrGrantNotFound)
	})
	t.Run("OneUserHasNoMoreThan", func(t *testing.T) { testCeilings(t, s, c) })
	t.Run("Rotate", func(t *testing.T) {
		g := newGrant(t, s, c, u)
		rotate := func(change func(*token.Grant) error) error { return s.UseGrant(ctx(t), g, change) }
		wantErr(t, "UseGrant that fails", rotate(func(g *token.Grant) error { g.Generation = 9; return errChange }), errChange)
		wantEqual(t, "Grant", mustGet[*token.Grant](t)(s.Grant(ctx(t), p.ID, g.ID)), g)
		must(t, rotate(func(got *token.Grant) error {
			got.Generation, got.Rotated, got.Revoked = 3, []time.Time{asStored(now), asStored(now.Add(time.Second))}, now
			return nil
		}))
		g.Generation, g.Rotated = 3, []time.Time{asStored(now), asStored(now.Add(time.Second))}
		wantEqual(t, "Grant", mustGet[*token.Grant](t)(s.Grant(ctx(t), p.ID, g.ID)), g)
		wantEqual(t, "GrantByRefresh", mustGet[*token.Grant](t)(s.GrantByRefresh(ctx(t), g.RefreshHash)), g)
		race(t, 20, nil, func(int) error { return rotate(func(g *token.Grant) error { g.Generation++; return nil }) })
		if got := mustGet[*token.Grant](t)(s.Grant(ctx(t), p.ID, g.ID)).Generation; got != 23 {
			t.Errorf("Generation = %d after twenty rotations at once, want 23", got)
		}
		wantErr(t, "UseGrant", s.UseGrant(ctx(t), &token.Grant{Pool: p.ID, ID: "none"}, func(*token.Grant) error { return nil }), token.ErrGrantNotFound)
	})
	t.Run("BrowserSessions", func(t *testing.T) { testBrowserSessions(t, s, c, u) })
	t.Run("UserSessions", func(t *testing.T) { testUserSessions(t, s, c) })
	t.Run("RefusedByTheCheck", func(t *testing.T) { testUserCheck(t, s, c, u) })
	t.Run("Completion", func(t *testing.T) { testCompletion(t, s, c) })
	t.Run("NoneIsLeftAfterDisabling", func(t *testing.T) { testOvertakenSignIns(t, s, c) })
}

// anybody is a check that refuses no user.
func anybody(*user.User) error { return nil }

// testUserCheck saves nothing for a user whom the check refuses.
func testUserCheck(t *testing.T, s Store, c *userpool.Client, u *user.User) {
	refuse := func(checked *user.User) error {
		wantEqual(t, "the checked user", checked.Sub, u.Sub)
		return errChange
	}
	g, code := unsavedGrant(c, u), unsavedAuthCode(c, u)
	wantErr(t, "CreateGrant", s.CreateGrant(ctx(t), g, 0, token.Completion{Check: refuse}), errChange)
	_, err := s.Grant(ctx(t), g.Pool, g.ID)
	wantErr(t, "Grant", err, token.ErrGrantNotFound)
	wantErr(t, "CreateAuthCode", s.CreateAuthCode(ctx(t), code, refuse), errChange)
	_, err = s.AuthCode(ctx(t), code.Hash)
	wantErr(t, "AuthCode", err, token.ErrCodeUnknown)
	b := unsavedBrowserSession(u)
	wantErr(t, "CreateBrowserSession", s.CreateBrowserSession(ctx(t), b, refuse), errChange)
	_, err = browserSession(t, s, b.Hash)
	wantErr(t, "BrowserSession", err, token.ErrSessionUnknown)
}

// testOvertakenSignIns disables a user, and then ends the user's sign-ins, while others
// are under way: none of them may be left.
func testOvertakenSignIns(t *testing.T, s Store, c *userpool.Client) {
	u := newUser(t, s, c.Pool, "overtaken")
	grants := make([]*token.Grant, 40)
	race(t, len(grants), errChange, func(i int) error {
		if i == len(grants)/2 {
			_, err := s.UpdateUser(ctx(t), u.Pool, u.Sub, user.Change{Apply: func(u *user.User) error { u.Enabled = false; return nil }})
			must(t, err)
			return s.RevokeGrantsOf(ctx(t), u.Pool, u.Sub, now)
		}
		grants[i] = unsavedGrant(c, u)
		done := token.Completion{Check: enabled}
		if i%2 == 0 {
			done.User = u
		}
		return s.CreateGrant(ctx(t), grants[i], 0, done)
	})
	for _, g := range grants {
		if g == nil {
			continue
		}
		if got, err := s.Grant(ctx(t), g.Pool, g.ID); err == nil && got.Revoked.IsZero() {
			t.Errorf("a grant is left after its user was disabled: %+v", got)
		}
	}
}

// testCeilings fills a user's rows up to each ceiling, from several callers at once
// as in a flood of sign-ins.
func testCeilings(t *testing.T, s Store, c *userpool.Client) {
	full, other := newUser(t, s, c.Pool, "full"), newUser(t, s, c.Pool, "other")
	at := func(i int) time.Time { return asStored(now.Add(time.Duration(i) * time.Microsecond)) }
	theirs := newGrant(t, s, c, other)
	grants := make([]*token.Grant, token.MaxGrants+token.SpareGrants)
	for i := range grants {
		grants[i] = unsavedGrant(c, full)
		grants[i].Created = at(i)
		if i == token.MaxGrants-1 { // a newer one that is of no use goes before an older one
			grants[i].Revoked = at(i)
		}
	}
	flood(t, len(grants), func(i int) error { return s.CreateGrant(ctx(t), grants[i], 0, token.Completion{Check: anybody}) })
	kept := func(g *token.Grant) bool { _, err := s.Grant(ctx(t), g.Pool, g.ID); return err == nil }
	if !kept(grants[0]) {
		t.Error("a grant went before there were too many")
	}
	must(t, s.CreateGrant(ctx(t), later(grants[len(grants)-1]), 0, token.Completion{Check: anybody}))
	for i, want := range map[int]bool{0: false, token.SpareGrants - 1: false, token.SpareGrants: true, token.MaxGrants - 1: false, len(grants) - 1: true} {
		if got := kept(grants[i]); got != want {
			t.Errorf("grant %d is kept: %v, want %v", i, got, want)
		}
	}
	if !kept(theirs) {
		t.Error("a flood of one user's grants removed another user's")
	}
	sessions := make([]*token.BrowserSession, token.MaxSessions+2)
	for i := range sessions {
		sessions[i] = &token.BrowserSession{Hash: []byte(ids.Token()), Pool: c.Pool, Sub: full.Sub, Provider: "COGNITO", Created: at(i), Expires: at(1e6)}
		must(t, s.CreateBrowserSession(ctx(t), sessions[i], anybody))
	}
	codes := make([]*token.Code, token.MaxCodes+2)
	for i := range codes {
		codes[i] = unsavedAuthCode(c, full)
		codes[i].Created = at(i)
	}
	flood(t, len(codes)-1, func(i int) error { return s.CreateAuthCode(ctx(t), codes[i], anybody) })
	must(t, s.CreateAuthCode(ctx(t), codes[len(codes)-1], anybody))
	for i, want := range []error{token.ErrSessionUnknown, token.ErrSessionUnknown, nil} {
		_, err := browserSession(t, s, sessions[i].Hash)
		wantErr(t, "BrowserSession", err, want)
	}
	for i, want := range []error{token.ErrCodeUnknown, token.ErrCodeUnknown, nil} {
		_, err := s.AuthCode(ctx(t), codes[i].Hash)
		wantErr(t, "AuthCode", err, want)
	}
}

// later returns a grant that was made just after g.
func later(g *token.Grant) *token.Grant {
	next := *g
	next.ID, next.RefreshHash, next.Created = token.GrantID(ids.UUID()), []byte(ids.Token()), asStored(g.Created.Add(time.Microsecond))
	return &next
}

// flood calls create with each of n numbers, in order but four at a time.
func flood(t *testing.T, n int, create func(int) error) {
	t.Helper()
	for i := 0; i < n; i += 4 {
		race(t, min(4, n-i), nil, func(j int) error { return create(i + j) })
	}
}

func wantRevoked(t testing.TB, s Store, g *token.Grant, want time.Time) {
	t.Helper()
	if got := mustGet[*token.Grant](t)(s.Grant(ctx(t), g.Pool, g.ID)).Revoked; !got.Equal(want) {
		t.Errorf("Revoked = %v, want %v", got, want)
	}
}

func testSigningKeys(t *testing.T, s Store) {
	p := newPool(t, s)
	if got := mustGet[[]token.SigningKey](t)(s.SigningKeys(ctx(t), p.ID)); len(got) != 0 {
		t.Errorf("a new pool has %d keys, want 0", len(got))
	}
	pair := func() []token.SigningKey {
		return []token.SigningKey{
			{ID: ids.Token(), Pool: p.ID, Use: token.UseID, Number: 1, Sealed: []byte{1}, Created: asStored(now), SignsFrom: asStored(now)},
			{ID: ids.Token(), Pool: p.ID, Use: token.UseAccess, Number: 1, Sealed: []byte{2}, Created: asStored(now.Add(1e6)), SignsFrom: asStored(now)},
		}
	}
	first := pair()
	wantEqual(t, "AddSigningKeys", mustGet[[]token.SigningKey](t)(s.AddSigningKeys(ctx(t), p.ID, first)), first)
	wantEqual(t, "AddSigningKeys again", mustGet[[]token.SigningKey](t)(s.AddSigningKeys(ctx(t), p.ID, pair())), first)
	wantEqual(t, "SigningKeys", mustGet[[]token.SigningKey](t)(s.SigningKeys(ctx(t), p.ID)), first)
	next := pair()
	for i := range next {
		next[i].Number, next[i].SignsFrom = 2, asStored(now.Add(time.Hour))
	}
	both := slices.Concat(first, next)
	wantEqual(t, "AddSigningKeys of the next keys", mustGet[[]token.SigningKey](t)(s.AddSigningKeys(ctx(t), p.ID, next)), both)
	must(t, s.DeleteSigningKey(ctx(t), newPool(t, s).ID, first[0].ID))
	wantEqual(t, "SigningKeys after DeleteSigningKey in another pool", mustGet[[]token.SigningKey](t)(s.SigningKeys(ctx(t), p.ID)), both)
	for range 2 {
		must(t, s.DeleteSigningKey(ctx(t), p.ID, first[0].ID))
	}
	wantEqual(t, "SigningKeys after DeleteSigningKey", mustGet[[]token.SigningKey](t)(s.SigningKeys(ctx(t), p.ID)), both[1:])
	_, err := s.AddSigningKeys(ctx(t), "us-east-1_none", pair())
	wantErr(t, "AddSigningKeys in an unknown pool", err, userpool.ErrPoolNotFound)
}

func testBrowserSessions(t *testing.T, s Store, c *userpool.Client, u *user.User) {
	make := func() *token.BrowserSession {
		b := unsavedBrowserSession(u)
		must(t, s.CreateBrowserSession(ctx(t), b, anybody))
		return b
	}
	first, second := make(), make()
	var many [][]byte
	for range 300 { // as many as nobody has, and no power of two
		many = append(many, []byte(ids.Token()))
	}
	wantEqual(t, "BrowserSessions of none", mustGet[[]*token.BrowserSession](t)(s.BrowserSessions(ctx(t), nil)), []*token.BrowserSession(nil))
	wantEqual(t, "BrowserSessions of unknown ones", mustGet[[]*token.BrowserSession](t)(s.BrowserSessions(ctx(t), many)), []*token.BrowserSession(nil))
	third := unsavedBrowserSession(u)
	third.Created = asStored(now.Add(time.Minute))
	must(t, s.CreateBrowserSession(ctx(t), third, anybody))
	wantEqual(t, "BrowserSessions", mustGet[[]*token.BrowserSession](t)(s.BrowserSessions(ctx(t), append(many, third.Hash, first.Hash))), []*token.BrowserSession{first, third})
	must(t, s.DeleteBrowserSessions(ctx(t), nil))
	must(t, s.DeleteBrowserSessions(ctx(t), append(many, third.Hash)))
	wantEqual(t, "BrowserSessions after one was deleted", mustGet[[]*token.BrowserSession](t)(s.BrowserSessions(ctx(t), [][]byte{third.Hash, first.Hash})), []*token.BrowserSession{first})
	wantEqual(t, "BrowserSession", mustGet[*token.BrowserSession](t)(browserSession(t, s, first.Hash)), first)
	must(t, s.DeleteBrowserSessions(ctx(t), [][]byte{first.Hash}))
	must(t, s.DeleteBrowserSessions(ctx(t), [][]byte{first.Hash}))
	_, err := browserSession(t, s, first.Hash)
	wantErr(t, "BrowserSession", err, token.ErrSessionUnknown)
	used, unused := unsavedAuthCode(c, u), unsavedAuthCode(c, u)
	must(t, s.CreateAuthCode(ctx(t), used, anybody))
	must(t, s.CreateAuthCode(ctx(t), unused, anybody))
	must(t, s.RedeemAuthCode(ctx(t), used.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return nil, nil }))
	ending(t, s, u, user.Ends{Browsers: true})
	_, err = browserSession(t, s, second.Hash)
	wantErr(t, "BrowserSession", err, token.ErrSessionUnknown)
	_, err = s.AuthCode(ctx(t), unused.Hash)
	wantErr(t, "AuthCode of an unused code", err, token.ErrCodeUnknown)
	_, err = s.AuthCode(ctx(t), used.Hash)
	wantErr(t, "AuthCode of a used code, whose replay must be noticed", err, nil)
}

// browserSession returns the session with a hash, or token.ErrSessionUnknown.
func browserSession(t *testing.T, s Store, hash []byte) (*token.BrowserSession, error) {
	t.Helper()
	list, err := s.BrowserSessions(ctx(t), [][]byte{hash})
	if err == nil && len(list) == 0 {
		err = token.ErrSessionUnknown
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func unsavedBrowserSession(u *user.User) *token.BrowserSession {
	return &token.BrowserSession{
		Hash: []byte(ids.Token()), Pool: u.Pool, Sub: u.Sub, Provider: "COGNITO",
		Proof: proved, AuthTime: asStored(now), Created: asStored(now), Expires: asStored(now.Add(time.Hour)),
	}
}

func unsavedAuthCode(c *userpool.Client, u *user.User) *token.Code {
	return &token.Code{
		Hash: []byte(ids.Token()), Pool: c.Pool, Client: c.ID, Sub: u.Sub, RedirectURI: "https://app.example.com/cb",
		Scopes: []string{"openid"}, Resource: "https://api.example.com", Nonce: "n", Challenge: "c", Proof: proved, AuthTime: asStored(now), Created: asStored(now), Expires: asStored(now.Add(time.Minute)),
	}
}

func testAuthCodes(t *testing.T, s Store) {
	p := newPool(t, s)
	c, u := newClient(t, s, p.ID), newUser(t, s, p.ID, "alice")
	t.Run("Redeem", func(t *testing.T) {
		code, g := unsavedAuthCode(c, u), unsavedGrant(c, u)
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		must(t, s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(got *token.Code) (*token.Grant, error) {
			wantEqual(t, "Code", got, code)
			return g, nil
		}))
		wantEqual(t, "Grant", mustGet[*token.Grant](t)(s.Grant(ctx(t), p.ID, g.ID)), g)
		used := mustGet[*token.Code](t)(s.AuthCode(ctx(t), code.Hash))
		if !used.Used.Equal(now) || used.Grant != g.ID {
			t.Errorf("Used, Grant = %v, %s, want %v, %s", used.Used, used.Grant, now, g.ID)
		}
	})
	t.Run("ReplayRevokesTheGrant", func(t *testing.T) {
		code, g := unsavedAuthCode(c, u), unsavedGrant(c, u)
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		must(t, s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return g, nil }))
		err := s.RedeemAuthCode(ctx(t), code.Hash, now.Add(time.Second), 0, func(*token.Code) (*token.Grant, error) {
			t.Error("redeem was called for a used code")
			return nil, nil
		})
		wantErr(t, "RedeemAuthCode again", err, token.ErrCodeUsed)
		wantRevoked(t, s, g, now.Add(time.Second))
	})
	t.Run("FailedRedeemSavesNothing", func(t *testing.T) {
		code := unsavedAuthCode(c, u)
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		err := s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return nil, errChange })
		wantErr(t, "RedeemAuthCode", err, errChange)
		wantEqual(t, "AuthCode", mustGet[*token.Code](t)(s.AuthCode(ctx(t), code.Hash)), code)
	})
	t.Run("WithoutAGrant", func(t *testing.T) {
		code := unsavedAuthCode(c, u)
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		must(t, s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return nil, nil }))
		err := s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return nil, nil })
		wantErr(t, "RedeemAuthCode again", err, token.ErrCodeUsed)
	})
	t.Run("NoGrantEscapesASignOut", func(t *testing.T) {
		for range 20 {
			code, g := unsavedAuthCode(c, u), unsavedGrant(c, u)
			must(t, s.CreateAuthCode(ctx(t), code, anybody))
			race(t, 2, token.ErrCodeUnknown, func(i int) error {
				if i == 0 {
					return s.RevokeGrantsOf(ctx(t), p.ID, u.Sub, now)
				}
				return s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return g, nil })
			})
			if got, err := s.Grant(ctx(t), p.ID, g.ID); err == nil && got.Revoked.IsZero() {
				t.Fatal("a grant stands that was made of a code from before the sign-out")
			}
		}
	})
	t.Run("Unknown", func(t *testing.T) {
		_, err := s.AuthCode(ctx(t), []byte("none"))
		wantErr(t, "AuthCode", err, token.ErrCodeUnknown)
		err = s.RedeemAuthCode(ctx(t), []byte("none"), now, 0, func(*token.Code) (*token.Grant, error) { return nil, nil })
		wantErr(t, "RedeemAuthCode", err, token.ErrCodeUnknown)
	})
	t.Run("OneCallerRedeems", func(t *testing.T) {
		code := unsavedAuthCode(c, u)
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		won := race(t, 20, token.ErrCodeUsed, func(int) error {
			return s.RedeemAuthCode(ctx(t), code.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return unsavedGrant(c, u), nil })
		})
		if won != 1 {
			t.Errorf("%d callers redeemed the code, want 1", won)
		}
	})
	t.Run("NodesAgreeOnKeys", func(t *testing.T) {
		p := newPool(t, s)
		kids := make([]string, 10)
		race(t, len(kids), nil, func(i int) error {
			keys, err := s.AddSigningKeys(ctx(t), p.ID, []token.SigningKey{{ID: ids.Token(), Pool: p.ID, Use: token.UseID, Number: 1, Sealed: []byte{1}}})
			if err == nil {
				kids[i] = keys[0].ID
			}
			return err
		})
		if len(slices.Compact(kids)) != 1 {
			t.Errorf("nodes have different keys: %q", kids)
		}
	})
}
