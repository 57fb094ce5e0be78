package storetest

import (
	"testing"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
)

// ending changes nothing of a user but what ends.
func ending(t testing.TB, s Store, u *user.User, ends user.Ends) {
	t.Helper()
	mustGet[*user.User](t)(s.UpdateUser(ctx(t), u.Pool, u.Sub, user.Change{Ends: ends, Apply: anybody}))
}

// testEnds checks what a change of a user ends, that it ends nothing of another
// user, and that a change that fails ends nothing.
func testEnds(t *testing.T, s Store) {
	p := newPool(t, s)
	c := newClient(t, s, p.ID)
	type left struct{ Grant, Browser, Unused, Used, Sent bool }
	all := left{true, true, true, true, true}
	for name, tt := range map[string]struct {
		ends user.Ends
		want left
	}{
		"nothing":    {user.Ends{}, all},
		"browsers":   {user.Ends{Browsers: true}, left{Grant: true, Used: true, Sent: true}},
		"tokens":     {user.Ends{Tokens: true}, left{Browser: true, Sent: true}},
		"sent codes": {user.Ends{Sent: true}, left{Grant: true, Browser: true, Unused: true, Used: true}},
		"everything": {user.Ends{Tokens: true, Browsers: true, Sent: true}, left{}},
	} {
		t.Run(name, func(t *testing.T) {
			u, other := newUser(t, s, p.ID, "of "+name), newUser(t, s, p.ID, "beside "+name)
			of := map[user.Sub]func() left{}
			for _, u := range []*user.User{u, other} {
				g, b := newGrant(t, s, c, u), unsavedBrowserSession(u)
				unused, used := unsavedAuthCode(c, u), unsavedAuthCode(c, u)
				must(t, s.CreateBrowserSession(ctx(t), b, anybody))
				must(t, s.CreateAuthCode(ctx(t), unused, anybody))
				must(t, s.CreateAuthCode(ctx(t), used, anybody))
				must(t, s.RedeemAuthCode(ctx(t), used.Hash, now, 0, func(*token.Code) (*token.Grant, error) { return nil, nil }))
				must(t, s.PutCode(ctx(t), &credential.Code{Pool: u.Pool, Sub: u.Sub, Purpose: credential.ForgotPassword, MAC: []byte{1}, Expires: now}))
				of[u.Sub] = func() (is left) {
					is.Grant = mustGet[*token.Grant](t)(s.Grant(ctx(t), u.Pool, g.ID)).Revoked.IsZero()
					_, err := browserSession(t, s, b.Hash)
					is.Browser = err == nil
					_, err = s.AuthCode(ctx(t), unused.Hash)
					is.Unused = err == nil
					_, err = s.AuthCode(ctx(t), used.Hash)
					is.Used = err == nil
					_, err = s.RedeemCode(ctx(t), u.Pool, u.Sub, credential.ForgotPassword, func(c *credential.Code) error {
						is.Sent = c != nil
						return errChange
					}, user.Change{})
					wantErr(t, "RedeemCode", err, errChange)
					return is
				}
			}
			_, err := s.UpdateUser(ctx(t), u.Pool, u.Sub, user.Change{Ends: tt.ends, Apply: func(*user.User) error { return errChange }})
			wantErr(t, "UpdateUser", err, errChange)
			wantEqual(t, "what a change that failed left", of[u.Sub](), all)

			ending(t, s, u, tt.ends)
			wantEqual(t, "what is left", of[u.Sub](), tt.want)
			wantEqual(t, "what is left of another user", of[other.Sub](), all)
		})
	}
}
