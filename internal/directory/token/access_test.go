package token_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// forge signs claims with a key that is not the pool's.
func forge(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) seal.Secret {
	t.Helper()
	signer := must[jose.Signer](t)(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil))
	jws := must[*jose.JSONWebSignature](t)(signer.Sign(must[[]byte](t)(json.Marshal(claims))))
	return seal.Secret(must[string](t)(jws.CompactSerialize()))
}

// encode returns a part of a token.
func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func part(raw seal.Secret, i int) string { return strings.Split(raw.Reveal(), ".")[i] }

func kid(t testing.TB, raw seal.Secret) string {
	t.Helper()
	var header struct{ Kid string }
	if err := json.Unmarshal(must[[]byte](t)(base64.RawURLEncoding.DecodeString(part(raw, 0))), &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

func TestForgedAccessTokens(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	app, u := d.AddClient("app", nil), d.AddUser("alice", alice)
	good := signIn(t, d, app, u)
	foreign := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	claims := payload(t, good.Access)
	jwks := string(must[[]byte](t)(d.Tokens.JWKS(t.Context(), d.Pool)))
	changed := func(name string, value any) string {
		c := payload(t, good.Access)
		c[name] = value
		return encode(string(must[[]byte](t)(json.Marshal(c))))
	}
	signature := part(good.Access, 2)
	tests := []struct {
		name string
		raw  seal.Secret
		want error
	}{
		{"nothing", "", token.ErrAccessInvalid},
		{"no token", "nonsense", token.ErrAccessInvalid},
		{"a refresh token", good.Refresh, token.ErrAccessInvalid},
		{"an ID token", good.ID, token.ErrAccessInvalid},
		{"too long", seal.Secret(good.Access.Reveal() + strings.Repeat("A", 40<<10)), token.ErrAccessInvalid},
		{"two parts", seal.Secret(part(good.Access, 0) + "." + part(good.Access, 1)), token.ErrAccessInvalid},
		{"no signature", seal.Secret(part(good.Access, 0) + "." + part(good.Access, 1) + "."), token.ErrAccessInvalid},
		{"a line break", seal.Secret(good.Access.Reveal() + "\n"), token.ErrAccessInvalid},
		{"loose bits", seal.Secret(good.Access.Reveal()[:len(good.Access.Reveal())-1] + nextInBase64(signature[len(signature)-1])), token.ErrAccessInvalid},
		{"alg none", seal.Secret(encode(`{"alg":"none"}`) + "." + part(good.Access, 1) + "."), token.ErrAccessInvalid},
		{"alg none with a signature", seal.Secret(encode(`{"alg":"none","kid":"`+kid(t, good.Access)+`"}`) + "." + part(good.Access, 1) + "." + signature), token.ErrAccessInvalid},
		{"HS256 with the public key", forge(t, jose.HS256, []byte(jwks), kid(t, good.Access), claims), token.ErrAccessInvalid},
		{"RS512 with a key of its own", forge(t, jose.RS512, foreign, kid(t, good.Access), claims), token.ErrAccessInvalid},
		{"another key under our kid", forge(t, jose.RS256, foreign, kid(t, good.Access), claims), token.ErrAccessSignature},
		{"another key under its own kid", forge(t, jose.RS256, foreign, "mine", claims), token.ErrAccessSignature},
		{"the ID key's kid", seal.Secret(encode(`{"alg":"RS256","kid":"`+kid(t, good.ID)+`"}`) + "." + part(good.Access, 1) + "." + signature), token.ErrAccessSignature},
		{"a later exp", seal.Secret(part(good.Access, 0) + "." + changed("exp", 1<<40) + "." + signature), token.ErrAccessSignature},
		{"another sub", seal.Secret(part(good.Access, 0) + "." + changed("sub", "x") + "." + signature), token.ErrAccessSignature},
		{"another issuer", seal.Secret(part(good.Access, 0) + "." + changed("iss", "https://evil.example/"+string(d.Pool.ID)) + "." + signature), token.ErrAccessInvalid},
		{"another pool", seal.Secret(part(good.Access, 0) + "." + changed("iss", enginetest.BaseURL+"/us-east-1_Other0001") + "." + signature), token.ErrAccessInvalid},
		{"an issuer that is no text", seal.Secret(part(good.Access, 0) + "." + changed("iss", 7) + "." + signature), token.ErrAccessInvalid},
		{"a payload that is no object", seal.Secret(part(good.Access, 0) + "." + encode(`[]`) + "." + signature), token.ErrAccessInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := d.Tokens.VerifyAccess(t.Context(), tt.raw, "")
			wants(t, err, tt.want)
			if err != nil && tt.raw != "" && strings.Contains(err.Error(), tt.raw.Reveal()) {
				t.Error("the error shows the token")
			}
		})
	}
}

// nextInBase64 returns the character after c, which decodes to the same byte at
// the end of a text whose last bits are loose.
func nextInBase64(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)+1])
}

func TestAccessTokensThatBecameInvalid(t *testing.T) {
	noRevocation := func(c *userpool.Client) { c.Settings.RevocationOff = true }
	tests := []struct {
		name   string
		client func(*userpool.Client)
		after  func(d *enginetest.Directory, u *user.User, tokens *token.Tokens)
		want   error
	}{
		{name: "it stands"},
		{name: "just before its end", after: func(d *enginetest.Directory, _ *user.User, _ *token.Tokens) { d.Advance(time.Hour - time.Second) }},
		{name: "at its end", after: func(d *enginetest.Directory, _ *user.User, _ *token.Tokens) { d.Advance(time.Hour) }, want: token.ErrAccessExpired},
		{name: "grant revoked", after: func(d *enginetest.Directory, _ *user.User, tokens *token.Tokens) {
			d.Tokens.Revoke(t.Context(), client(t, d, "app"), tokens.Refresh, false)
		}, want: token.ErrAccessRevoked},
		{name: "global sign-out", after: func(d *enginetest.Directory, u *user.User, _ *token.Tokens) {
			d.Tokens.RevokeAllOf(t.Context(), u.Pool, u.Sub)
		}, want: token.ErrAccessRevoked},
		{name: "grant gone", after: func(d *enginetest.Directory, _ *user.User, _ *token.Tokens) {
			d.Store.Sweep(t.Context(), d.Now().Add(20000*time.Hour))
		}, want: token.ErrAccessRevoked},
		{name: "revocation turned off later", after: func(d *enginetest.Directory, u *user.User, tokens *token.Tokens) {
			d.Tokens.Revoke(t.Context(), client(t, d, "app"), tokens.Refresh, false)
			d.AddClient("app", noRevocation)
		}, want: token.ErrAccessRevoked},
		{name: "user disabled", after: func(d *enginetest.Directory, u *user.User, _ *token.Tokens) { u.Enabled = false; d.SaveUser(u) }, want: token.ErrAccessRevoked},
		{name: "user deleted", after: func(d *enginetest.Directory, u *user.User, _ *token.Tokens) { d.DeleteUser(u.Sub) }, want: user.ErrUserNotFound},
		{name: "client deleted", after: func(d *enginetest.Directory, _ *user.User, _ *token.Tokens) { d.DeleteClient("app") }, want: token.ErrAccessRevoked},
		{name: "without origin", client: noRevocation},
		{name: "without origin, signed out", client: noRevocation, after: func(d *enginetest.Directory, u *user.User, _ *token.Tokens) {
			d.Advance(time.Minute)
			d.Tokens.RevokeAllOf(t.Context(), u.Pool, u.Sub)
		}, want: token.ErrAccessRevoked},
		{name: "without origin, signed out in the same second", client: noRevocation, after: func(d *enginetest.Directory, u *user.User, _ *token.Tokens) {
			d.Tokens.RevokeAllOf(t.Context(), u.Pool, u.Sub)
		}, want: token.ErrAccessRevoked},
		{name: "pool issues another issuer now", after: func(d *enginetest.Directory, _ *user.User, _ *token.Tokens) {
			d.Pool.Settings.AWSIssuer = true
			d.SavePool(d.Pool)
		}, want: token.ErrAccessInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := enginetest.New(t, userpool.Settings{})
			app, u := d.AddClient("app", tt.client), d.AddUser("alice", alice)
			tokens := signIn(t, d, app, u)
			if tt.after != nil {
				tt.after(d, u, tokens)
			}
			_, err := d.Tokens.VerifyAccess(t.Context(), tokens.Access, userpool.ScopeUserAdmin)
			wants(t, err, tt.want)
		})
	}
}

func TestAMachineTokenNamesNoUser(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddResourceServer("api", "read")
	c := d.AddClient("machine", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{"api/read"}
	})
	tokens := must[*token.Tokens](t)(d.Tokens.ClientCredentials(t.Context(), d.Pool, c, token.MachineRequest{Scope: ""}))
	_, err := d.Tokens.VerifyAccess(t.Context(), tokens.Access, "")
	wants(t, err, token.ErrAccessInvalid)
}

func TestVerifiedAccess(t *testing.T) {
	d, u := office(t)
	tokens := must[*token.Tokens](t)(exchange(d, client(t, d, "app"), code(t, d, u, "scope", "openid api/read")))
	a := must[*token.Access](t)(d.Tokens.VerifyAccess(t.Context(), tokens.Access, "openid"))
	if a.User.Sub != u.Sub || a.Client.ID != "app" || a.Pool.ID != d.Pool.ID || a.GrantID == "" || strings.Join(a.Scopes, " ") != "openid api/read" {
		t.Errorf("got %+v", a)
	}
	_, err := d.Tokens.VerifyAccess(t.Context(), tokens.Access, userpool.ScopeUserAdmin)
	wants(t, err, token.ErrAccessScope)
}

func TestPoolsWithTheIssuerOfAWS(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.Pool.Settings.AWSIssuer = true
	d.SavePool(d.Pool)
	tokens := signIn(t, d, d.AddClient("app", nil), d.AddUser("alice", nil))
	if iss := payload(t, tokens.ID)["iss"]; iss != "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Test00001" {
		t.Errorf("iss = %v", iss)
	}
	_, err := d.Tokens.VerifyAccess(t.Context(), tokens.Access, "")
	wants(t, err, nil)
}

// FuzzAccess checks that no other text is accepted in place of a token.
func FuzzAccess(f *testing.F) {
	d := enginetest.New(f, userpool.Settings{})
	app, u := d.AddClient("app", nil), d.AddUser("alice", alice)
	good := signIn(f, d, app, u)
	f.Add(good.Access.Reveal())
	f.Add(good.ID.Reveal())
	f.Add(encode(`{"alg":"none"}`) + "." + part(good.Access, 1) + ".")
	f.Add(`{"payload":"e30","signatures":[]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := d.Tokens.VerifyAccess(t.Context(), seal.Secret(raw), "")
		if (err == nil) != (raw == good.Access.Reveal()) {
			t.Errorf("%q: %v", raw, err)
		}
	})
}
