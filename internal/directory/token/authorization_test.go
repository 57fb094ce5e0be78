package token_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// office is a directory with clients of every kind for authorization requests.
func office(t testing.TB) (*enginetest.Directory, *user.User) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddResourceServer("api", "read", "write")
	d.AddResourceServer("https://api.example.com", "read")
	d.AddClient("app", func(c *userpool.Client) {
		c.Settings.Scopes = append(c.Settings.Scopes, "api/read", "api/gone", "gone/read")
		c.Settings.CallbackURLs = append(c.Settings.CallbackURLs, "https://app.example.com/cb?tenant=1", "myapp://cb")
	})
	d.AddClient("codeonly", func(c *userpool.Client) { c.Settings.Grants = []string{userpool.GrantCode} })
	d.AddClient("plain", func(c *userpool.Client) { c.Settings.OAuth = false })
	d.AddClient("noidp", func(c *userpool.Client) { c.Settings.Providers = nil })
	d.AddClient("halfread", func(c *userpool.Client) { c.Settings.ReadAttributes = []string{"email"} })
	d.AddClient("scopeless", func(c *userpool.Client) { c.Settings.Scopes = nil })
	d.AddClient("default", func(c *userpool.Client) {
		c.Settings.CallbackURLs = append(c.Settings.CallbackURLs, "https://app.example.com/2")
		c.Settings.DefaultRedirectURI = "https://app.example.com/2"
	})
	d.AddClient("manyuris", func(c *userpool.Client) {
		c.Settings.CallbackURLs = append(c.Settings.CallbackURLs, "https://app.example.com/2")
	})
	d.AddPool("us-east-1_Other0001")
	d.AddClient("foreign", func(c *userpool.Client) { c.Pool = "us-east-1_Other0001" })
	return d, d.AddUser("alice", alice)
}

func TestErrorsThatMustNotRedirect(t *testing.T) {
	d, _ := office(t)
	twice := func(name string) url.Values {
		q := request()
		q.Add(name, q.Get(name))
		return q
	}
	tests := []struct {
		name string
		q    url.Values
		want error
	}{
		{"no client", request("client_id", "-"), token.ErrClientIDMissing},
		{"empty client", request("client_id", ""), token.ErrClientIDMissing},
		{"unknown client", request("client_id", "nobody"), token.ErrClientUnusable},
		{"client of another pool", request("client_id", "foreign"), token.ErrClientUnusable},
		{"client without OAuth", request("client_id", "plain"), token.ErrClientUnusable},
		{"client without a provider", request("client_id", "noidp"), token.ErrClientUnusable},
		{"client twice", twice("client_id"), token.ErrClientUnusable},
		{"no redirect and several registered", request("client_id", "manyuris", "redirect_uri", "-"), token.ErrRedirectMissing},
		{"redirect twice", twice("redirect_uri"), token.ErrRedirectMismatch},
		{"empty redirect twice", url.Values{"client_id": {"app"}, "redirect_uri": {"", ""}}, token.ErrRedirectMissing},
		{"another path", request("redirect_uri", enginetest.Callback+"/x"), token.ErrRedirectMismatch},
		{"a slash more", request("redirect_uri", enginetest.Callback+"/"), token.ErrRedirectMismatch},
		{"a query more", request("redirect_uri", enginetest.Callback+"?x=1"), token.ErrRedirectMismatch},
		{"a fragment more", request("redirect_uri", enginetest.Callback+"#x"), token.ErrRedirectMismatch},
		{"another case", request("redirect_uri", strings.ToUpper(enginetest.Callback)), token.ErrRedirectMismatch},
		{"an encoded letter", request("redirect_uri", "https://app.example.com/%63allback"), token.ErrRedirectMismatch},
		{"user info", request("redirect_uri", "https://x@app.example.com/callback"), token.ErrRedirectMismatch},
		{"another host", request("redirect_uri", "https://evil.example/callback"), token.ErrRedirectMismatch},
		{"a script", request("redirect_uri", "javascript:alert(1)"), token.ErrRedirectMismatch},
		{"a line break", request("redirect_uri", enginetest.Callback+"\r\nX: y"), token.ErrRedirectMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := d.Tokens.CheckAuthorization(t.Context(), d.Pool, tt.q)
			wants(t, err, tt.want)
			if _, redirects := errors.AsType[*token.RedirectError](err); redirects {
				t.Error("it redirects")
			}
		})
	}
}

func TestErrorsInTheRedirect(t *testing.T) {
	d, _ := office(t)
	twice := request()
	twice.Add("nonce", "n-2")
	tests := []struct {
		name string
		q    url.Values
		want string
	}{
		{"a parameter twice", twice, "invalid_request"},
		{"a huge parameter", request("nonce", strings.Repeat("n", 5000)), "invalid_request"},
		{"no response type", request("response_type", "-"), "invalid_request"},
		{"an ID token", request("response_type", "id_token"), "invalid_request"},
		{"a hybrid", request("response_type", "token id_token"), "invalid_request"},
		{"implicit not allowed", request("client_id", "codeonly", "response_type", "token"), "unauthorized_client"},
		{"challenge without method", request("code_challenge", challenge), "invalid_request"},
		{"method without challenge", request("code_challenge_method", "S256"), "invalid_request"},
		{"plain", request("code_challenge", verifier, "code_challenge_method", "plain"), "invalid_request"},
		{"method in small letters", request("code_challenge", challenge, "code_challenge_method", "s256"), "invalid_request"},
		{"challenge too short", request("code_challenge", challenge[1:], "code_challenge_method", "S256"), "invalid_request"},
		{"challenge padded", request("code_challenge", challenge+"=", "code_challenge_method", "S256"), "invalid_request"},
		{"challenge of another alphabet", request("code_challenge", "+"+challenge[1:], "code_challenge_method", "S256"), "invalid_request"},
		{"challenge with loose bits", request("code_challenge", challenge[:42]+"x", "code_challenge_method", "S256"), "invalid_request"},
		{"unknown scope", request("scope", "openid nonsense"), "invalid_scope"},
		{"scope that is not the client's", request("scope", "openid api/write"), "invalid_scope"},
		{"malformed scope", request("scope", "openid \"x\""), "invalid_scope"},
		{"e-mail without openid", request("scope", "email"), "invalid_scope"},
		{"phone without openid", request("scope", "phone"), "invalid_scope"},
		{"profile without openid", request("scope", "profile"), "invalid_scope"},
		{"only scopes that are gone", request("scope", "gone/read api/gone"), "invalid_scope"},
		{"client without scopes", request("client_id", "scopeless", "scope", "-"), "invalid_scope"},
		{"implicit scope half readable", request("client_id", "halfread", "response_type", "token"), "invalid_scope"},
		{"resource that is none", request("resource", "https://other.example.com"), "invalid_request"},
		{"resource that is no URL", request("resource", "api"), "invalid_request"},
		{"none and login", request("prompt", "none login"), "invalid_request"},
		{"negative age", request("max_age", "-1"), "invalid_request"},
		{"age that is no number", request("max_age", "soon"), "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := d.Tokens.CheckAuthorization(t.Context(), d.Pool, tt.q)
			back, ok := errors.AsType[*token.RedirectError](err)
			if !ok {
				t.Fatalf("got %v, want a redirect", err)
			}
			u := must[*url.URL](t)(url.Parse(back.URL()))
			if got := u.Query(); got.Get("error") != tt.want || got.Get("state") != request().Get("state") || got.Get("code") != "" {
				t.Errorf("query %v, want %s and the state", got, tt.want)
			}
			if !strings.HasPrefix(back.URL(), enginetest.Callback+"?") {
				t.Errorf("it goes to %s", back.URL())
			}
		})
	}
}

func TestARepeatedStateIsNotReturned(t *testing.T) {
	d, _ := office(t)
	q := request()
	q.Add("state", "second")
	_, err := d.Tokens.CheckAuthorization(t.Context(), d.Pool, q)
	back, ok := errors.AsType[*token.RedirectError](err)
	if !ok || strings.Contains(back.URL(), "state") {
		t.Errorf("got %v", err)
	}
}

func TestAnAuthorizationRequestIsRead(t *testing.T) {
	d, _ := office(t)
	q := request("scope", "openid  openid api/read api/gone", "prompt", "login consent", "max_age", "60", "login_hint", "alice",
		"lang", "de", "code_challenge", challenge, "code_challenge_method", "S256", "identity_provider", "COGNITO", "resource", "https://api.example.com", "odd", "ignored")
	r := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, q))
	if got := strings.Join(r.Scopes, " "); got != "openid api/read" {
		t.Errorf("scopes %q, want each once and none that is gone", got)
	}
	if r.State != request().Get("state") || r.Nonce != "n-1" || r.Challenge != challenge || r.LoginHint != "alice" || r.Lang != "de" ||
		r.IdentityProvider != "COGNITO" || *r.MaxAge != time.Minute || !r.Prompt("login") || r.Resource != "https://api.example.com" {
		t.Errorf("read as %+v", r)
	}
	all := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request("scope", "-")))
	if got := strings.Join(all.Scopes, " "); got != "openid email phone profile aws.cognito.signin.user.admin api/read" {
		t.Errorf("without a scope: %q, want all that exist", got)
	}
}

func TestDefaultRedirectURI(t *testing.T) {
	d, _ := office(t)
	for client, want := range map[string]string{"default": "https://app.example.com/2", "codeonly": enginetest.Callback} {
		r := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request("client_id", client, "redirect_uri", "-")))
		if r.RedirectURI != want {
			t.Errorf("%s: redirect URI %q, want %q", client, r.RedirectURI, want)
		}
	}
}

func TestStateComesBackAsItWas(t *testing.T) {
	d, u := office(t)
	for _, state := range []string{"a b+c&d=%/ü", "eyJ=", "%2520", "\"'<>", strings.Repeat("s", 4000)} {
		if got := authorize(t, d, u, "state", state).Query().Get("state"); got != state {
			t.Errorf("state %q came back as %q", state, got)
		}
	}
	if authorize(t, d, u, "state", "-").Query().Has("state") {
		t.Error("a state was made up")
	}
}

func TestRedirectURIsKeepTheirQuery(t *testing.T) {
	d, u := office(t)
	if got := authorize(t, d, u, "redirect_uri", "https://app.example.com/cb?tenant=1").String(); !strings.HasPrefix(got, "https://app.example.com/cb?tenant=1&code=") {
		t.Errorf("got %s", got)
	}
	if got := authorize(t, d, u, "redirect_uri", "myapp://cb").String(); !strings.HasPrefix(got, "myapp://cb?code=") {
		t.Errorf("got %s", got)
	}
}

func TestImplicitAnswersInTheFragment(t *testing.T) {
	d, u := office(t)
	target := authorize(t, d, u, "response_type", "token")
	if target.RawQuery != "" {
		t.Errorf("query %q, want none", target.RawQuery)
	}
	got := must[url.Values](t)(url.ParseQuery(target.EscapedFragment()))
	if got.Get("access_token") == "" || got.Get("id_token") == "" || got.Get("expires_in") != "3600" ||
		!strings.EqualFold(got.Get("token_type"), "bearer") || got.Get("state") != request().Get("state") || got.Has("refresh_token") {
		t.Errorf("fragment %v", got)
	}
	target = authorize(t, d, u, "response_type", "token", "scope", userpool.ScopeUserAdmin)
	if got = must[url.Values](t)(url.ParseQuery(target.EscapedFragment())); got.Has("id_token") {
		t.Error("an ID token without openid")
	}
}

func TestWhenASessionSuffices(t *testing.T) {
	d, u := office(t)
	tests := []struct {
		name  string
		pairs []string
		age   time.Duration
		want  bool
	}{
		{"plain request", nil, 0, true},
		{"prompt=none", []string{"prompt", "none"}, 0, true},
		{"prompt=login", []string{"prompt", "login"}, 0, false},
		{"prompt=select_account", []string{"prompt", "select_account"}, 0, false},
		{"young enough", []string{"max_age", "60"}, time.Minute, true},
		{"too old", []string{"max_age", "60"}, 61 * time.Second, false},
		{"its provider asked for", []string{"identity_provider", "COGNITO"}, 0, true},
		{"another provider asked for", []string{"identity_provider", "Google"}, 0, false},
		{"a provider by identifier", []string{"idp_identifier", "corp"}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request(tt.pairs...)))
			who := token.SignedIn{User: u, AuthTime: d.Now().Add(-tt.age), Provider: userpool.ProviderCognito}
			if got := d.Tokens.Suffices(req, who); got != tt.want {
				t.Errorf("Suffices = %v, want %v", got, tt.want)
			}
			who.Provider = "Google" // which the client does not offer
			if d.Tokens.Suffices(req, who) {
				t.Error("a session of a provider that the client does not offer suffices")
			}
		})
	}
}

// A session suffices no more once the pool demands a second factor, until the user
// has proved one.
func TestASessionWithoutTheSecondFactor(t *testing.T) {
	d, u := office(t)
	must[*userpool.Pool](t)(d.Pools.UpdatePool(t.Context(), d.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.MFA = userpool.MFA{Mode: userpool.MFARequired, TOTP: new(true)}
		return nil
	}))
	pool := must[*userpool.Pool](t)(d.Pools.Pool(t.Context(), d.Pool.ID))
	req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), pool, request()))
	for _, tt := range []struct {
		amr  string
		want bool
	}{{"", false}, {"pwd", false}, {"pwd otp mfa", true}, {"swk", true}, {"hwk", true}} {
		who := token.SignedIn{User: u, AuthTime: d.Now(), Provider: userpool.ProviderCognito, Proof: token.Proof{AMR: strings.Fields(tt.amr)}}
		if got := d.Tokens.Suffices(req, who); got != tt.want || !d.Tokens.Continues(req, who) {
			t.Errorf("%q: suffices %v, want %v; continues %v, want true", tt.amr, got, tt.want, d.Tokens.Continues(req, who))
		}
	}
}

func TestADisabledUserGetsNoCode(t *testing.T) {
	d, u := office(t)
	req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request()))
	u.Enabled = false
	_, err := d.Tokens.Authorize(t.Context(), req, token.SignedIn{User: u, Provider: userpool.ProviderCognito})
	wants(t, err, token.ErrUserDisabled)
	u.Enabled, u.Pool = true, "us-east-1_Other0001"
	_, err = d.Tokens.Authorize(t.Context(), req, token.SignedIn{User: u, Provider: userpool.ProviderCognito})
	wants(t, err, token.ErrUserDisabled)
}

// FuzzAuthorization checks that every redirect goes to a registered redirect URI,
// and that state comes back unchanged.
func FuzzAuthorization(f *testing.F) {
	d, u := office(f)
	f.Add(request().Encode())
	f.Add(request("response_type", "token", "scope", "-").Encode())
	f.Add(request("client_id", "default", "redirect_uri", "-", "prompt", "none").Encode())
	f.Add("client_id=app&redirect_uri=https://app.example.com/cb?tenant=1&response_type=code&state=%00%0d%0a")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q.Set("response_type", "code") // signing on every turn would tell nothing more
		req, err := d.Tokens.CheckAuthorization(t.Context(), d.Pool, q)
		var target string
		switch back, told := errors.AsType[*token.RedirectError](err); {
		case told:
			target = back.URL()
		case err != nil:
			return
		default:
			target = must[string](t)(d.Tokens.Authorize(t.Context(), req, token.SignedIn{User: u}))
		}
		client := must[*userpool.Client](t)(d.Store.Client(t.Context(), userpool.ClientID(q.Get("client_id"))))
		for _, registered := range client.Settings.CallbackURLs {
			if rest, ok := strings.CutPrefix(target, registered); ok && (rest[0] == '?' || rest[0] == '&') {
				got, err := url.ParseQuery(rest[1:])
				if err != nil || len(q["state"]) == 1 && got.Get("state") != q.Get("state") {
					t.Fatalf("state %q became %q (%v)", q.Get("state"), got.Get("state"), err)
				}
				return
			}
		}
		t.Fatalf("%q leads to %q", query, target)
	})
}
