package oauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/directory/oauth"
	"gatehouse/internal/directory/registration"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const home = "/us-east-1_Test00001" // the path of the pool's issuer

// sessionCookie is the name of the session's cookie under the pool's issuer.
const sessionCookie = "cognito-us-east-1_Test00001"

// service is the edge over a directory that has clients of every kind.
type service struct {
	*enginetest.Directory
	alice   *user.User
	sites   *site.Map
	handler http.Handler
}

func newService(t testing.TB) *service {
	d := enginetest.New(t, userpool.Settings{})
	s := &service{Directory: d, sites: &site.Map{Pools: d.Pools, BaseURL: enginetest.BaseURL, DomainSuffix: "auth.example.com"}}
	d.AddDomain("staff")
	d.AddResourceServer("api", "read", "write")
	d.AddClient("app", nil)
	d.AddClient("other", nil)
	d.AddClient("server", d.Confidential)
	d.AddClient("we+ird", d.Confidential)
	d.AddClient("rotating", func(c *userpool.Client) {
		c.Settings.AuthFlows, c.Settings.RefreshRotation = []string{userpool.FlowUserSRP}, &userpool.RefreshRotation{On: true}
	})
	d.AddClient("unrevocable", func(c *userpool.Client) { c.Settings.RevocationOff = true })
	d.AddClient("implicit", func(c *userpool.Client) { c.Settings.Grants = []string{userpool.GrantImplicit} })
	d.AddClient("machine", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{"api/read"}
	})
	s.alice = d.AddUser("alice", map[string]string{"email": "alice@example.com", "email_verified": "true", "name": "Alice"})
	s.handler = mounted(&oauth.Server{
		Tokens:        d.Tokens,
		Recovery:      d.SignIns,
		Registrations: &registration.Engine{Pools: d.Pools, Tokens: d.Tokens, Credentials: d.Credentials},
		Resolve:       s.sites.Resolve, Published: s.sites.Published, Endpoints: s.sites.Endpoints,
		ErrorPage: errorPage,
	})
	return s
}

func mounted(s *oauth.Server) http.Handler {
	mux := http.NewServeMux()
	s.Mount(mux)
	return mux
}

func errorPage(w http.ResponseWriter, _ *http.Request, status int, title, text, detail string) {
	w.WriteHeader(status)
	w.Write([]byte("page: " + title + ": " + detail + " / " + text))
}

func (s *service) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *service) get(target string, header ...string) *httptest.ResponseRecorder {
	return s.do(request("GET", target, "", header...))
}

// post sends a form to an endpoint of the pool.
func (s *service) post(path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	return s.do(request("POST", home+path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...))
}

func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// signedIn returns the cookie of a browser in which alice has signed in.
func (s *service) signedIn(t testing.TB) string {
	t.Helper()
	handle, _, err := s.Tokens.StartSession(context.Background(), token.BrowserSignIn{Pool: s.Pool, User: s.alice, Provider: userpool.ProviderCognito})
	if err != nil {
		t.Fatal(err)
	}
	return sessionCookie + "=" + handle.Reveal()
}

// code returns a new authorization code for alice and the client.
func (s *service) code(t testing.TB, client string, pairs ...string) string {
	t.Helper()
	q := url.Values{"client_id": {client}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}, "scope": {"openid email"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	w := s.get(home+"/oauth2/authorize?"+q.Encode(), "Cookie", s.signedIn(t))
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || u.Query().Get("code") == "" {
		t.Fatalf("authorize answered %d to %q: %s", w.Code, u, w.Body)
	}
	return u.Query().Get("code")
}

func (s *service) tokens(t testing.TB, client string) *token.Tokens {
	t.Helper()
	c, err := s.Store.Client(context.Background(), userpool.ClientID(client))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := s.Tokens.ExchangeCode(context.Background(), s.Pool, c, token.Exchange{Code: secret(s.code(t, client)), RedirectURI: enginetest.Callback})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// refused fails unless w is a refusal of that status and name.
func refused(t *testing.T, w *httptest.ResponseRecorder, status int, name string) {
	t.Helper()
	var body struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != status || body.Error != name {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, name)
	}
}
