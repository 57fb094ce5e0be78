package signin_test

import (
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// confidential gives the bench a client with a secret.
func (b *bench) confidential() *bench {
	b.t.Helper()
	return &bench{b.Directory, b.t, b.MustNewClient(userpool.NewClient{Name: "server", Secret: "asecretoftwentyfourletters"})}
}

func (b *bench) hash(name string) string {
	b.t.Helper()
	secret, err := b.Pools.Reveal(b.c)
	if err != nil {
		b.t.Fatal(err)
	}
	return userpool.SecretHash(secret, name, b.c.ID).Reveal()
}

func TestSecretHash(t *testing.T) {
	public := newBench(t, userpool.Settings{AliasAttributes: []string{"email"}}, userpool.ClientSettings{})
	u := public.MustUser("alice", "email", "alice@example.com", "email_verified", "true")
	b := public.confidential()
	missing := userpool.ErrSecretMissing.Saying("Client %s is configured with secret but SECRET_HASH was not received", b.c.ID)
	wrong := userpool.ErrSecretMismatch.Saying("Unable to verify secret hash for client %s", b.c.ID)
	needless := userpool.ErrSecretMismatch.Saying("Unable to verify secret hash for client %s", public.c.ID)
	tests := []struct {
		name string
		b    *bench
		as   string
		hash string
		want *fault.Error
	}{
		{"right", b, "alice", b.hash("alice"), nil},
		{"right for the alias that is sent", b, "alice@example.com", b.hash("alice@example.com"), nil},
		{"of the username where the alias is sent", b, "alice@example.com", b.hash("alice"), wrong},
		{"missing", b, "alice", "", missing},
		{"of another name", b, "alice", b.hash("bob"), wrong},
		{"garbage", b, "alice", "garbage", wrong},
		{"the secret itself", b, "alice", "asecretoftwentyfourletters", wrong},
		{"needless", public, "alice", b.hash("alice"), needless},
		{"none and needless", public, "alice", "", nil},
	}
	for _, test := range tests {
		out, err := test.b.initiate("USER_PASSWORD_AUTH", "USERNAME", test.as, "PASSWORD", right.Reveal(), "SECRET_HASH", test.hash)
		if test.want != nil {
			wantErr(t, test.name, err, test.want)
			continue
		}
		wantTokens(t, test.name, out, err, u)
	}
}

// The hash is checked before the password. Without the client's secret a caller
// does not learn whether a password is right, and no wrong password is counted.
func TestSecretHashIsCheckedFirst(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{}).confidential()
	u := b.MustUser("alice")
	for range 8 {
		_, err := b.password("alice", "Wrong-Horse-7")
		wantErr(t, "without a hash", err, userpool.ErrSecretMissing.Saying("Client %s is configured with secret but SECRET_HASH was not received", b.c.ID))
	}
	out, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "SECRET_HASH", b.hash("alice"))
	wantTokens(t, "with the hash", out, err, u)
}

func TestChallengesNeedTheHash(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{}).confidential()
	u := b.MustInvite("alice")
	out, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "SECRET_HASH", b.hash("alice"))
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8")
	wantErr(t, "without", err, userpool.ErrSecretMissing.Saying("Client %s is configured with secret but SECRET_HASH was not received", b.c.ID))
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8", "SECRET_HASH", b.hash("bob"))
	wantErr(t, "of another name", err, userpool.ErrSecretMismatch.Saying("Unable to verify secret hash for client %s", b.c.ID))
	out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8", "SECRET_HASH", b.hash("alice"))
	wantTokens(t, "with", out, err, u)
}

func TestRefresh(t *testing.T) {
	b := newBench(t, userpool.Settings{UsernameAttributes: []string{"email"}}, userpool.ClientSettings{}).confidential()
	u := b.MustUser("alice@example.com")
	out, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice@example.com", "PASSWORD", right.Reveal(), "SECRET_HASH", b.hash("alice@example.com"))
	wantTokens(t, "sign-in", out, err, u)
	refresh := out.Tokens.Refresh.Reveal()
	for _, flow := range []string{"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"} {
		out, err := b.initiate(flow, "REFRESH_TOKEN", refresh, "SECRET_HASH", b.hash(string(u.Sub)))
		wantTokens(t, flow, out, err, u)
		if err == nil && out.Tokens.Refresh != "" {
			t.Errorf("%s gives a refresh token, want none", flow)
		}
	}
	_, err = b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", refresh)
	wantErr(t, "without a hash", err, userpool.ErrSecretMissing.Saying("Client %s is configured with secret but SECRET_HASH was not received", b.c.ID))
	_, err = b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", refresh, "SECRET_HASH", b.hash("alice@example.com"))
	wantErr(t, "with the hash of the alias", err, userpool.ErrSecretMismatch.Saying("Unable to verify secret hash for client %s", b.c.ID))
	_, err = b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", "garbage", "SECRET_HASH", b.hash(string(u.Sub)))
	wantErr(t, "garbage", err, token.ErrRefreshInvalid)
	other := b.confidential()
	_, err = other.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", refresh, "SECRET_HASH", other.hash(string(u.Sub)))
	wantErr(t, "another client's", err, token.ErrRefreshInvalid)
	b.Advance(30 * 24 * time.Hour)
	_, err = b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", refresh, "SECRET_HASH", b.hash(string(u.Sub)))
	wantErr(t, "expired", err, token.ErrRefreshExpired)
}

func TestRefreshWithPlainUsernames(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{}).confidential()
	u := b.MustUser("alice")
	out, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "SECRET_HASH", b.hash("alice"))
	wantTokens(t, "sign-in", out, err, u)
	for _, name := range []string{"alice", string(u.Sub)} {
		again, err := b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", out.Tokens.Refresh.Reveal(), "SECRET_HASH", b.hash(name))
		wantTokens(t, "refresh with the hash of "+name, again, err, u)
	}
	if err := b.Accounts.SignOut(t.Context(), b.Pool, "alice"); err != nil {
		t.Fatal(err)
	}
	_, err = b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", out.Tokens.Refresh.Reveal(), "SECRET_HASH", b.hash("alice"))
	wantErr(t, "signed out", err, token.ErrRefreshRevoked)
}
