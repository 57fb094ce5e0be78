package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/browser"
)

// peopleFile is a file that names no identity provider.
const peopleFile = `
data_dir: {dir}
jwt_claims_headers: [email]
{more}
routes:
  - from: https://app.corp.example.com
    to: {upstream}
    pass_identity_headers: true
    policy: [{allow: {or: [{domain: {is: example.com}}, {groups: {has: admins}}]}}]
  - {from: https://wiki.corp.example.com, to: {upstream}, allowed_users: [bob@example.com]}
`

// people starts a server whose people sign in at it.
func people(t *testing.T, more string) (*config.Config, *server.Server, *browser.Network) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("hello " + r.Header.Get("X-Pomerium-Claim-Email")))
	}))
	t.Cleanup(upstream.Close)
	c := configOf(t, strings.NewReplacer("{dir}", t.TempDir(), "{more}", more, "{upstream}", upstream.URL).Replace(peopleFile))
	s, err := server.New(t.Context(), server.Options{Config: c, Outgoing: noNetwork{t}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return c, s, browser.NewNetwork(t, s.Handler())
}

func configOf(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noNetwork is a network that nothing may use: the server asks itself.
type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("the server called %s", r.URL)
	return nil, http.ErrServerClosed
}

// add adds a person as the command does, and returns the link.
func add(t *testing.T, c *config.Config, n account.NewPerson) string {
	t.Helper()
	roster, done, err := server.OpenRoster(t.Context(), c, "", server.Patience{})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	temporary, err := roster.Add(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return roster.Link(n.Name, temporary)
}

const peoplesPassword = "Correct-Horse-7"

// The whole way of a team without an identity provider: a file that names none, a
// link, a password, the application.
func TestPeopleSignInWithoutAnIdentityProvider(t *testing.T) {
	c, _, network := people(t, "")
	if got := c.AuthenticateServiceURL.String(); got != "https://authenticate.corp.example.com" {
		t.Fatalf("people sign in at %s", got)
	}
	link := add(t, c, account.NewPerson{Name: "alice@example.com"})
	if !strings.HasPrefix(link, "https://authenticate.corp.example.com/us-east-1_People/welcome?") {
		t.Fatalf("the link is %s", link)
	}
	welcome := network.Browser().Open(link).Want(200, "Choose your password")
	welcome.Submit("password", "short", "confirmPassword", "short").Want(200, "Choose your password", "Password does not conform")
	welcome.Submit("password", peoplesPassword, "confirmPassword", peoplesPassword).Want(200, "Your password is saved", "alice@example.com", `href="https://authenticate.corp.example.com/"`)
	welcome.Submit("password", "Another-Horse-8", "confirmPassword", "Another-Horse-8").Want(200, "This link does not work any more")

	b := network.Browser()
	signIn := b.Open("https://app.corp.example.com/x").Want(200, "to continue to corp.example.com")
	if strings.Contains(signIn.Body, "Forgot your password?") { // nothing here sends a message
		t.Error("the sign-in page offers a message that nobody can send")
	}
	signIn.Submit("username", "alice@example.com", "password", peoplesPassword).Want(200, "hello alice@example.com")
	b.Open("https://wiki.corp.example.com/").Want(403)
	network.Browser().Open("https://app.corp.example.com/x").Submit("username", "alice@example.com", "password", "Wrong-Horse-8").Want(200, "Incorrect username or password")
}

// The groups of the people are those of their pool.
func TestGroupsOfPeopleOpenRoutes(t *testing.T) {
	c, _, network := people(t, "")
	for _, n := range []account.NewPerson{
		{Name: "carol@example.org", Groups: []string{"admins"}},
		{Name: "dave@example.org"},
	} {
		network.Browser().Open(add(t, c, n)).Submit("password", peoplesPassword, "confirmPassword", peoplesPassword).Want(200, "Your password is saved")
	}
	open := func(name string) *browser.Page {
		return network.Browser().Open("https://app.corp.example.com/").Submit("username", name, "password", peoplesPassword)
	}
	open("carol@example.org").Want(200, "hello carol@example.org")
	open("dave@example.org").Want(403)
}

// Everything at the host of the sign-in service that is not under the issuer of the
// people is the gateway's. The API of the user pools is nowhere.
func TestOnlyThePagesOfThePeopleAreAtTheSignInHost(t *testing.T) {
	_, _, network := people(t, "")
	const at = "https://authenticate.corp.example.com"
	tests := []struct {
		method, path, target string
		status               int
	}{
		{"GET", "/us-east-1_People/.well-known/openid-configuration", "", 200},
		{"GET", "/us-east-1_People/.well-known/jwks.json", "", 200},
		{"GET", "/us-east-1_Other0001/.well-known/jwks.json", "", 404},
		{"GET", "/us-east-1_Peoples/.well-known/jwks.json", "", 404},
		{"GET", "/us-east-1_people/.well-known/jwks.json", "", 404},
		{"GET", "/login?client_id=gatehouse_gateway", "", 404},
		{"POST", "/", "AWSCognitoIdentityProviderService.ListUserPools", 404},
		{"POST", "/us-east-1_People", "AWSCognitoIdentityProviderService.ListUserPools", 404},
		{"POST", "/us-east-1_People/", "AWSCognitoIdentityProviderService.ListUserPools", 404},
		{"GET", "/.well-known/pomerium/jwks.json", "", 200},
		{"GET", "/oauth2/authorize", "", 404},
		{"GET", "/oauth2/callback", "", 400},
	}
	for _, test := range tests {
		r, err := http.NewRequest(test.method, at+test.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if test.target != "" {
			r.Header.Set("X-Amz-Target", test.target)
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		}
		resp, err := network.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != test.status {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, resp.StatusCode, test.status)
		}
	}
}

// A link whose parts are not right opens nothing, and shows nothing of what it says.
func TestLinksThatDoNotWelcome(t *testing.T) {
	c, _, network := people(t, "")
	good, err := url.Parse(add(t, c, account.NewPerson{Name: "alice@example.com"}))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"user_name": "<b>mallory", "password": "Wrong-Horse-8", "client_id": "another",
	} {
		q := good.Query()
		q.Set(name, value)
		bad := *good
		bad.RawQuery = q.Encode()
		page := network.Browser().Open(bad.String())
		page.Want(200, "This link does not work any more")
		if strings.Contains(page.Text(), "is saved") || strings.Contains(page.Text(), "mallory") {
			t.Errorf("with another %s: %s", name, page.Text())
		}
	}
	network.Browser().Open(good.String()).Submit("password", peoplesPassword, "confirmPassword", peoplesPassword).Want(200, "is saved")
}

// The link of the operator leads to an app client of the operator, however many have
// registered themselves. Those are gone after a day if nobody uses them.
func TestNoLinkOfTheOperatorIsForAnApplicationThatRegisteredItself(t *testing.T) {
	c, s, network := people(t, "")
	pool, err := s.Pools().Pool(t.Context(), userpool.PoolID(c.People.Pool))
	if err != nil {
		t.Fatal(err)
	}
	for i := range userpool.MaxPage + 1 {
		_, err := s.Pools().CreateClient(t.Context(), pool, userpool.NewClient{
			ID: userpool.ClientID(fmt.Sprintf("a%025d", i)), Name: "theirs", Origin: userpool.Untried,
			Settings: userpool.ClientSettings{OAuth: true, Grants: []string{userpool.GrantCode}, Scopes: []string{"openid"}, CallbackURLs: []string{"https://evil.example.net/"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	link := add(t, c, account.NewPerson{Name: "alice@example.com"})
	if !strings.Contains(link, "client_id="+c.People.Client+"&") {
		t.Errorf("the link is %s, want the client %s", link, c.People.Client)
	}
	network.Browser().Open(link).Submit("password", peoplesPassword, "confirmPassword", peoplesPassword).Want(200, "is saved")
}

// What an operator does to a user ends the user's session at the gateway.
func TestTheOperatorEndsSignIns(t *testing.T) {
	c, _, network := people(t, "")
	does := map[string]func(*server.Roster) error{
		"alice@example.com": func(r *server.Roster) error { return r.SetEnabled(t.Context(), "alice@example.com", false) },
		"bob@example.com":   func(r *server.Roster) error { _, err := r.Reset(t.Context(), "bob@example.com"); return err },
	}
	for name, do := range does {
		network.Browser().Open(add(t, c, account.NewPerson{Name: name})).Submit("password", peoplesPassword, "confirmPassword", peoplesPassword).Want(200, "is saved")
		b := network.Browser()
		b.Open("https://app.corp.example.com/").Submit("username", name, "password", peoplesPassword).Want(200, "hello "+name)
		roster, done, err := server.OpenRoster(t.Context(), c, "", server.Patience{})
		if err != nil {
			t.Fatal(err)
		}
		if err := do(roster); err != nil {
			t.Fatal(err)
		}
		done()
		step := b.Step()
		for step.Open("https://app.corp.example.com/").Status != http.StatusFound { // until the node has read the change; the test's own limit ends a fault
		}
		network.Browser().Open("https://app.corp.example.com/").Submit("username", name, "password", peoplesPassword).Want(200, "Sign in")
	}
}

// A reload whose routes share another domain would send people where nobody answers.
func TestAReloadKeepsWherePeopleSignIn(t *testing.T) {
	c, s, _ := people(t, "")
	elsewhere := configOf(t, "data_dir: "+c.DataDir+"\nroutes: [{from: https://app.example.net, to: http://127.0.0.1:1, allow_any_authenticated_user: true}]\n")
	if err := s.Reload(t.Context(), elsewhere); err == nil || !strings.Contains(err.Error(), "authenticate_service_url to https://authenticate.corp.example.com") {
		t.Errorf("another domain: %v", err)
	}
	provider := configOf(t, "data_dir: "+c.DataDir+"\nidp_provider: google\nidp_client_id: a\nidp_client_secret: b\nroutes: [{from: https://app.corp.example.com, to: http://127.0.0.1:1, allow_any_authenticated_user: true}]\n")
	if err := s.Reload(t.Context(), provider); err == nil {
		t.Error("a provider of the file: taken without a restart")
	}
	more := configOf(t, "data_dir: "+c.DataDir+"\nauthenticate_service_url: https://authenticate.corp.example.com\nroutes: [{from: https://app.example.net, to: http://127.0.0.1:1, allow_any_authenticated_user: true}]\n")
	if err := s.Reload(t.Context(), more); err != nil {
		t.Errorf("another route: %v", err)
	}
}
