package oauth_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// registering is the service over a pool in which applications may register.
func registering(t *testing.T, open bool) *service {
	t.Helper()
	s := newService(t)
	s.MustSet(func(p *userpool.Settings) {
		p.Registration = &userpool.Registration{On: true, Open: open, Grants: userpool.DefaultGrants(), OpenGrants: userpool.DefaultOpenGrants(), Scopes: []string{"api/read"}}
	})
	s.AddClient("registrar", func(c *userpool.Client) {
		s.Confidential(c)
		c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{userpool.ScopeRegister, "api/read"}
	})
	return s
}

func (s *service) register(body string, header ...string) *httptest.ResponseRecorder {
	return s.do(request("POST", home+"/oauth2/register", body, append([]string{"Content-Type", "application/json"}, header...)...))
}

// bearer returns the header with a token of the registrar.
func (s *service) bearer(t *testing.T, scope string) string {
	t.Helper()
	c, err := s.Store.Client(t.Context(), "registrar")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Tokens.ClientCredentials(t.Context(), s.Pool, c, token.MachineRequest{Scope: scope})
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + got.Access.Reveal()
}

// made returns the members of an answer with a new client.
func made(t *testing.T, w *httptest.ResponseRecorder) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code != 201 {
		t.Fatalf("got %d %s, want 201", w.Code, w.Body)
	}
	return m
}

const application = `{"client_name":"Notes","redirect_uris":["` + enginetest.Callback + `"],"scope":"openid api/read","contacts":["a@example.com"],"software_statement":"x"}`

func TestAnApplicationRegisters(t *testing.T) {
	s := registering(t, true)
	w := s.register(application)
	got := made(t, w)
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %d, headers %v", w.Code, w.Header())
	}
	if want := "client_id client_id_issued_at client_name client_secret client_secret_expires_at grant_types redirect_uris response_types scope token_endpoint_auth_method"; names(got) != want {
		t.Errorf("members %s, want %s", names(got), want)
	}
	id, secret := got["client_id"].(string), got["client_secret"].(string)
	for member, want := range map[string]any{
		"client_name": "Notes", "client_id_issued_at": float64(enginetest.Start.Unix()), "client_secret_expires_at": 0.0, "scope": "api/read openid", "token_endpoint_auth_method": "client_secret_basic",
	} {
		if got[member] != want {
			t.Errorf("%s = %v, want %v", member, got[member], want)
		}
	}
	refused(t, s.post("/oauth2/token", form("grant_type", "authorization_code", "code", "x", "redirect_uri", enginetest.Callback), "Authorization", basic(id, secret)), 400, "invalid_grant")
	refused(t, s.post("/oauth2/token", form("grant_type", "authorization_code", "code", "x", "redirect_uri", enginetest.Callback), "Authorization", basic(id, secret+"x")), 400, "invalid_client")

	public := made(t, s.register(`{"token_endpoint_auth_method":"none","redirect_uris":["`+enginetest.Callback+`"]}`))
	if public["client_secret"] != nil || public["client_secret_expires_at"] != nil || public["token_endpoint_auth_method"] != "none" {
		t.Errorf("a public client got %v", public)
	}
	machine := made(t, s.register(`{"grant_types":["client_credentials"]}`, "Authorization", s.bearer(t, userpool.ScopeRegister)))
	if machine["scope"] != "api/read" || len(machine["redirect_uris"].([]any)) != 0 || len(machine["response_types"].([]any)) != 0 {
		t.Errorf("a machine got %v", machine)
	}
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	s := registering(t, false)
	good := s.bearer(t, userpool.ScopeRegister)
	tests := []struct {
		name, body, header string
		status             int
		want, challenge    string
	}{
		{"no token", application, "", 401, "invalid_token", "Bearer"},
		{"no bearer token", application, basic("registrar", "hush-hush"), 401, "invalid_request", `Bearer error="invalid_request"`},
		{"an empty one", application, "Bearer ", 401, "invalid_request", `Bearer error="invalid_request"`},
		{"a wrong one", application, good + "x", 401, "invalid_token", `Bearer error="invalid_token"`},
		{"one without the scope", application, s.bearer(t, "api/read"), 403, "insufficient_scope", `Bearer error="insufficient_scope"`},
		{"no JSON", "client_name=x", good, 400, "invalid_client_metadata", ""},
		{"a list", "[" + application + "]", good, 400, "invalid_client_metadata", ""},
		{"null", "null", good, 400, "invalid_client_metadata", ""},
		{"two objects", application + application, good, 400, "invalid_client_metadata", ""},
		{"a member of another type", `{"redirect_uris":"` + enginetest.Callback + `"}`, good, 400, "invalid_client_metadata", ""},
		{"a large body", `{"client_name":"` + strings.Repeat("x", 70<<10) + `"}`, good, 400, "invalid_client_metadata", ""},
		{"another type of body", application, good, 400, "invalid_client_metadata", ""},
		{"no address", "{}", good, 400, "invalid_redirect_uri", ""},
		{"a script", `{"redirect_uris":["javascript:alert(1)"]}`, good, 400, "invalid_redirect_uri", ""},
		{"a scope of others", `{"redirect_uris":["` + enginetest.Callback + `"],"scope":"api/write"}`, good, 400, "invalid_client_metadata", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.header != "" || tt.name == "an empty one" {
				header = []string{"Authorization", tt.header}
			}
			if tt.name == "another type of body" {
				header = append(header, "Content-Type", "text/plain")
			}
			w := s.register(tt.body, header...)
			refused(t, w, tt.status, tt.want)
			if got := w.Header().Get("WWW-Authenticate"); got != tt.challenge {
				t.Errorf("WWW-Authenticate %q, want %q", got, tt.challenge)
			}
			if clients, _, err := s.Pools.ListClients(t.Context(), s.Pool.ID, "", 0); err != nil || len(clients) != 8+1 {
				t.Errorf("the pool has %d clients, %v", len(clients), err)
			}
		})
	}
	s.MustSet(func(p *userpool.Settings) { p.Registration.On = false })
	refused(t, s.register(application, "Authorization", good), 404, "invalid_request")
}

func TestTooManyRegistrations(t *testing.T) {
	s := registering(t, true)
	for range 20 {
		if w := s.register(application); w.Code != 201 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	w := s.register(application)
	if refused(t, w, 429, "temporarily_unavailable"); w.Header().Get("Retry-After") == "" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestDiscoveryNamesTheRegistration(t *testing.T) {
	s := newService(t)
	read := func() map[string]any { return members(t, s.get(home+"/.well-known/openid-configuration")) }
	if got, there := read()["registration_endpoint"]; there {
		t.Errorf("registration_endpoint %v without registration", got)
	}
	s = registering(t, false)
	got := read()
	if got["registration_endpoint"] != "https://staff.auth.example.com/oauth2/register" || len(got["token_endpoint_auth_methods_supported"].([]any)) != 3 {
		t.Errorf("got %v", got)
	}
	if s.MustSet(func(p *userpool.Settings) { p.Registration.On = false }); read()["registration_endpoint"] != nil {
		t.Error("registration_endpoint is named after registration was turned off")
	}
}

// A page elsewhere could send a browser here that is signed in. Without a question it
// would hand the person to an application that anybody may have registered.
func TestAnUnvouchedApplicationGetsNoCodeInSilence(t *testing.T) {
	s := registering(t, true)
	for _, origin := range []userpool.Origin{userpool.Untried, userpool.ByAnyone} {
		s.AddClient(userpool.ClientID("app-"+origin), func(c *userpool.Client) { s.Confidential(c); c.Origin = origin })
		q := form("client_id", "app-"+string(origin), "redirect_uri", enginetest.Callback, "response_type", "code", "scope", "openid")
		w := s.get(home+"/oauth2/authorize?"+q.Encode(), "Cookie", s.signedIn(t))
		if to := w.Header().Get("Location"); w.Code != 302 || !strings.HasPrefix(to, home+"/login?") {
			t.Errorf("%s: got %d to %q, want the sign-in page", origin, w.Code, to)
		}
	}
	s.AddClient("vouched", func(c *userpool.Client) { s.Confidential(c); c.Origin = userpool.ByToken })
	s.code(t, "vouched")
}

// A link to our host must not lead to an address that anybody may have registered
// before the person has seen a page. RFC 9700 §4.11.2.
func TestAnUnvouchedApplicationGetsNobodyUnasked(t *testing.T) {
	s := registering(t, true)
	add := func(id userpool.ClientID, origin userpool.Origin) {
		s.AddClient(id, func(c *userpool.Client) { c.Origin = origin })
	}
	add("untried", userpool.Untried)
	add("tried", userpool.ByAnyone)
	add("vouched", userpool.ByToken)
	for name, wrong := range map[string][2]string{
		"prompt=none": {"prompt", "none"}, "response type": {"response_type", "x"}, "implicit": {"response_type", "token"}, "scope": {"scope", "none/such"},
		"scope of others": {"scope", "api/write"}, "no openid": {"scope", "email"}, "resource": {"resource", "https://none.example.com"}, "prompts": {"prompt", "none login"}, "challenge": {"code_challenge", "x"},
	} {
		ask := func(client string) *httptest.ResponseRecorder {
			q := form("client_id", client, "redirect_uri", enginetest.Callback, "response_type", "code", "scope", "openid",
				"code_challenge", strings.Repeat("a", 43), "code_challenge_method", "S256")
			q.Set(wrong[0], wrong[1])
			return s.get(home + "/oauth2/authorize?" + q.Encode())
		}
		for _, client := range []string{"untried", "tried"} {
			if w := ask(client); w.Code != 400 || w.Header().Get("Location") != "" || !strings.Contains(w.Body.String(), "Nobody has checked the application") {
				t.Errorf("%s, %s: got %d to %q, %s", name, client, w.Code, w.Header().Get("Location"), w.Body)
			}
		}
		if to := ask("vouched").Header().Get("Location"); !strings.HasPrefix(to, enginetest.Callback+"?error") {
			t.Errorf("%s, vouched: sent to %q, want the application", name, to)
		}
	}
}

// The same for signing out, which asks nobody.
func TestAnApplicationOfAnybodyGetsNobodyWhoSignsOut(t *testing.T) {
	s := registering(t, true)
	body := `{"redirect_uris":["` + enginetest.Callback + `"],"post_logout_redirect_uris":["https://notes.example.net/bye"]}`
	for header, status := range map[string]int{"": 400, s.bearer(t, userpool.ScopeRegister): 302} {
		var headers []string
		if header != "" {
			headers = []string{"Authorization", header}
		}
		got := made(t, s.register(body, headers...))
		if told := got["post_logout_redirect_uris"] != nil; told != (header != "") {
			t.Errorf("the answer names post_logout_redirect_uris: %t", told)
		}
		for _, name := range []string{"logout_uri", "post_logout_redirect_uri"} {
			w := s.get(home + "/logout?" + form("client_id", got["client_id"].(string), name, "https://notes.example.net/bye").Encode())
			if sent := w.Header().Get("Location") != ""; w.Code != status || sent != (status == 302) {
				t.Errorf("%s: got %d to %q, want %d", name, w.Code, w.Header().Get("Location"), status)
			}
		}
	}
}
