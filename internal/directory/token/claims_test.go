package token_test

import (
	"encoding/base64"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	randomID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	atHash   = regexp.MustCompile(`"at_hash":"[\w-]{22}"`)
)

// shape returns a token's payload with one claim on each line. Random values are
// replaced.
func shape(t *testing.T, raw seal.Secret) string {
	t.Helper()
	if raw == "" {
		return "none\n"
	}
	body := must[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.Split(raw.Reveal(), ".")[1]))
	s := randomID.ReplaceAllString(string(body), "<uuid>")
	s = atHash.ReplaceAllString(s, `"at_hash":"<hash>"`)
	return strings.ReplaceAll(s, `,"`, ",\n\"") + "\n"
}

func TestPayloadsKeepTheirShape(t *testing.T) {
	precedence := func(n int) *int { return &n }
	d := enginetest.New(t, userpool.Settings{})
	d.Pool.Settings.Schema = []userpool.Attribute{{Name: "custom:level", Type: userpool.TypeNumber}, {Name: "dev:custom:flag", Type: userpool.TypeString}}
	d.SavePool(d.Pool)
	d.AddResourceServer("https://api.example.com", "read", "write")
	app := d.AddClient("app", func(c *userpool.Client) {
		c.Settings.Scopes = append(c.Settings.Scopes, "https://api.example.com/read")
	})
	plain := d.AddClient("plain", func(c *userpool.Client) { c.Settings.RevocationOff = true })
	machine := d.AddClient("machine", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings.Grants = []string{userpool.GrantClientCredentials}
		c.Settings.Scopes = []string{"https://api.example.com/read", "https://api.example.com/write"}
	})
	a := d.AddUser("alice", map[string]string{
		"email": "alice@example.com", "email_verified": "true", "phone_number": "+15555550123", "phone_number_verified": "false",
		"name": "Alice \"A\" <Example>", "address": "1 Example Street", "updated_at": "1700000000", "nickname": "",
		"custom:level": "7", "dev:custom:flag": "x",
	})
	bob := d.AddUser("bob", map[string]string{"email": "bob@example.com"})
	d.AddGroups(a.Sub,
		&user.Group{Name: "admins", RoleARN: "arn:aws:iam::000000000000:role/admins", Precedence: precedence(1)},
		&user.Group{Name: "staff", RoleARN: "arn:aws:iam::000000000000:role/staff"}, &user.Group{Name: "zoo"})
	viaCode := func(u *user.User, scope string, pairs ...string) *token.Tokens {
		pairs = append(pairs, "scope", scope)
		return must[*token.Tokens](t)(exchange(d, app, code(t, d, u, pairs...)))
	}
	machineTokens := must[*token.Tokens](t)(d.Tokens.ClientCredentials(t.Context(), d.Pool, machine, token.MachineRequest{Scope: "https://api.example.com/read"}))
	for name, got := range map[string]*token.Tokens{
		"api":                   signIn(t, d, app, a),
		"api-no-groups":         signIn(t, d, app, bob),
		"api-revocation-off":    signIn(t, d, plain, bob),
		"code-openid":           viaCode(a, "openid"),
		"code-openid-email":     viaCode(a, "openid email"),
		"code-profile":          viaCode(a, "openid profile https://api.example.com/read"),
		"code-without-openid":   viaCode(a, "aws.cognito.signin.user.admin", "nonce", "-"),
		"code-bound-to-an-api":  viaCode(bob, "openid", "resource", "https://api.example.com"),
		"client-credentials":    machineTokens,
		"refreshed-code-openid": must[*token.Tokens](t)(d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: viaCode(bob, "openid").Refresh})),
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, filepath.Join("testdata", name+".txt"), "ID\n"+shape(t, got.ID)+"access\n"+shape(t, got.Access))
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := must[[]byte](t)(os.ReadFile(file))
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestReadPermissionsHideAttributes(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddClient("app", func(c *userpool.Client) { c.Settings.ReadAttributes = []string{"name"} })
	c := must[*userpool.Client](t)(d.Store.Client(t.Context(), "app"))
	u := d.AddUser("alice", alice)
	claims := payload(t, signIn(t, d, c, u).ID)
	if claims["name"] != "Alice Example" || claims["email"] != nil || claims["email_verified"] != nil {
		t.Errorf("claims = %v, want the name and no e-mail", claims)
	}
}

// A person who has just set somebody else's address: an application that trusts an
// address without a flag must not get it without.
func TestAnUnverifiedContactSaysSoToClientsThatMayNotReadTheFlag(t *testing.T) {
	d, _ := office(t)
	app := d.AddClient("app", func(c *userpool.Client) { c.Settings.ReadAttributes = []string{"email", "name"} })
	for verified, want := range map[string]any{"false": false, "true": nil, "": nil} {
		u := d.AddUser("u"+verified, map[string]string{"email": "bob" + verified + "@example.com", "email_verified": verified, "phone_number": "+15555550100", "phone_number_verified": "false"})
		if verified == "" {
			delete(u.Attributes, "email_verified")
			d.SaveUser(u)
		}
		oauth := must[*token.Tokens](t)(exchange(d, app, code(t, d, u, "scope", "openid")))
		for what, got := range map[string]any{
			"ID token of the API":   payload(t, signIn(t, d, app, u).ID)["email_verified"],
			"ID token of the scope": payload(t, oauth.ID)["email_verified"],
		} {
			if got != want {
				t.Errorf("stored %q, %s: email_verified %v, want %v", verified, what, got, want)
			}
		}
		told := strings.Contains(fmt.Sprint(must[*token.Access](t)(d.Tokens.VerifyAccess(t.Context(), oauth.Access, "openid")).UserInfo()), "email_verified")
		if told != (want != nil) {
			t.Errorf("stored %q, userInfo: email_verified %v, want %v", verified, told, want != nil)
		}
		claims := payload(t, oauth.ID)
		if claims["email"] == nil || claims["phone_number_verified"] != nil {
			t.Errorf("claims %v, want the address and nothing of the number", claims)
		}
	}
}

func TestTheTwoTokensOfAnAnswer(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c, u := d.AddClient("app", nil), d.AddUser("alice", alice)
	got := signIn(t, d, c, u)
	id, access := payload(t, got.ID), payload(t, got.Access)
	if id["jti"] == access["jti"] {
		t.Error("both tokens have one jti")
	}
	for _, same := range []string{"event_id", "origin_jti", "sub", "iss", "auth_time"} {
		if id[same] != access[same] {
			t.Errorf("%s differs: %v in the ID token, %v in the access token", same, id[same], access[same])
		}
	}
	header := func(raw seal.Secret) string {
		return string(must[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.Split(raw.Reveal(), ".")[0])))
	}
	form := regexp.MustCompile(`^\{"alg":"RS256","kid":"[A-Za-z0-9+/]{43}="\}$`)
	if h := header(got.ID); !form.MatchString(h) || h == header(got.Access) {
		t.Errorf("headers %s and %s, want kid and alg alone, and two kids", h, header(got.Access))
	}
}

func TestLifetimesAreTheClients(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c := d.AddClient("app", func(c *userpool.Client) {
		c.Settings.AccessTokenValidity, c.Settings.IDTokenValidity = 5, 10
		c.Settings.Units = map[string]string{"AccessToken": "minutes", "IdToken": "minutes"}
	})
	got := signIn(t, d, c, d.AddUser("alice", nil))
	start := float64(enginetest.Start.Unix())
	if exp := payload(t, got.Access)["exp"]; exp != start+300 {
		t.Errorf("access exp = %v, want %v", exp, start+300)
	}
	if exp := payload(t, got.ID)["exp"]; exp != start+600 {
		t.Errorf("ID exp = %v, want %v", exp, start+600)
	}
	if got.ExpiresIn.Seconds() != 300 {
		t.Errorf("ExpiresIn = %v, want 5m", got.ExpiresIn)
	}
}

// What a sign-in says of itself comes with each token that follows from it: of the
// browser session, of the code, and of the refresh token.
func TestProofComesWithEachToken(t *testing.T) {
	d, u := office(t)
	says := func(what string, tokens *token.Tokens, want string) {
		t.Helper()
		for _, raw := range []seal.Secret{tokens.ID, tokens.Access} {
			if got := payload(t, raw); fmt.Sprintf("%v %v", got["acr"], got["amr"]) != want {
				t.Errorf("%s: acr and amr %v %v, want %s", what, got["acr"], got["amr"], want)
			}
		}
	}
	sign := func(proof token.Proof) *token.Tokens {
		t.Helper()
		handle, _, err := d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: u, Provider: userpool.ProviderCognito, Proof: proof})
		if err != nil {
			t.Fatal(err)
		}
		who := must[*token.SignedIn](t)(d.Tokens.Session(t.Context(), d.Pool, handle))
		req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request()))
		to := must[*url.URL](t)(url.Parse(must[string](t)(d.Tokens.Authorize(t.Context(), req, *who))))
		return must[*token.Tokens](t)(exchange(d, req.Client, seal.Secret(to.Query().Get("code"))))
	}
	tokens := sign(token.Proof{ACR: "silver", AMR: []string{"swk"}})
	says("of a code", tokens, "silver [swk]")
	access := must[*token.Access](t)(d.Tokens.VerifyAccess(t.Context(), tokens.Access, ""))
	if access.Proof.ACR != "silver" || access.Proof.Level() != 3 {
		t.Errorf("the access token proves %+v", access.Proof)
	}
	says("refreshed", must[*token.Tokens](t)(d.Tokens.Refresh(t.Context(), access.Client, token.RefreshInput{Token: tokens.Refresh})), "silver [swk]")
	says("without levels", sign(token.Proof{AMR: []string{"pwd"}}), "<nil> <nil>")
}

func TestLevelOfAProof(t *testing.T) {
	for level, ways := range [][][]string{
		{{}, {"otp"}, {"fed"}, {"mfa"}}, {{"pwd"}}, {{"sms"}, {"email_otp"}, {"sms", "email_otp", "mfa"}},
		{{"swk"}, {"hwk"}, {"pwd", "sms"}, {"email_otp", "pwd", "mfa"}, {"swk", "otp"}}, {{"pwd", "otp", "mfa"}, {"otp", "swk", "pwd"}},
	} {
		for _, amr := range ways {
			if got := (token.Proof{AMR: amr}).Level(); got != level {
				t.Errorf("%v: level %d, want %d", amr, got, level)
			}
		}
	}
}
