package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/pgtest"
)

// The two fronts, with the directory of the same installation as the identity
// provider.
var fronts = map[string]string{
	"Pomerium": `
authenticate_service_url: https://authenticate.example.com
idp_provider: oidc
idp_provider_url: https://id.example.com/us-east-1_Staff0001
idp_client_id: gateway
idp_client_secret: abcdefghijklmnopqrstuvwxyz012345
idp_scopes: 'openid,profile,email'
`,
	"Access": `
access:
  team_domain: https://team.example.com
  identity_providers:
    - name: Staff
      type: oidc
      config:
        client_id: gateway
        client_secret: abcdefghijklmnopqrstuvwxyz012345
        auth_url: https://staff.auth.example.com/oauth2/authorize
        token_url: https://staff.auth.example.com/oauth2/token
        certs_url: https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json
        scopes: [openid, email, profile]
        claims: ["cognito:groups"]
        pkce_enabled: true
`,
}

const sharedFile = `
directory:
  url: https://id.example.com
  domain_suffix: auth.example.com
  pools:
    - id: us-east-1_Staff0001
      name: staff
      domain: staff
      groups: [admins, staff]
      clients:
        - id: gateway
          secret: abcdefghijklmnopqrstuvwxyz012345
          callback_urls: [https://authenticate.example.com/oauth2/callback, https://team.example.com/cdn-cgi/access/callback]
      users:
        - {username: alice, email: alice@example.com, password: "Alice-2026!", groups: [admins]}
        - {username: bob, email: bob@example.com, password: "Bob-2026!", groups: [admins]}
        - {username: carol, email: carol@example.com, password: "Person-2026!", groups: [admins]}
        - {username: dave, email: dave@example.com, password: "Person-2026!", groups: [admins]}
        - {username: erin, email: erin@example.com, password: "Person-2026!", groups: [admins]}
routes:
  - from: https://app.example.com
    to: {upstream}
    allowed_idp_claims: {cognito:groups: [admins]}
`

// nodes starts two nodes with one database. Each has its own network; both ask
// the first one as their identity provider.
func nodes(t *testing.T, front string) (first, second *browser.Network, api *idp.Client) {
	t.Helper()
	return nodesAt(t, front, server.Options{})
}

// nodesAt is nodes with further options and settings.
func nodesAt(t *testing.T, front string, o server.Options) (first, second *browser.Network, api *idp.Client) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello from upstream")) }))
	t.Cleanup(upstream.Close)
	text := "data_dir: " + t.TempDir() + "\n" + front + strings.ReplaceAll(sharedFile, "{upstream}", upstream.URL)
	var provider later
	var networks []*browser.Network
	for range 2 {
		c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.New(context.Background(), with(o, c, &provider))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		networks = append(networks, browser.NewNetwork(t, s.Handler()))
		if provider.RoundTripper == nil {
			provider.RoundTripper = networks[0].Transport
			key, secret, err := s.Keys().CreateKey(t.Context(), "test")
			if err != nil {
				t.Fatal(err)
			}
			api = idp.New(idp.Options{
				BaseEndpoint: aws.String("https://id.example.com"), Region: "us-east-1", RetryMaxAttempts: 1, HTTPClient: awssdk.HTTPClient(networks[0].Client()),
				Credentials: credentials.NewStaticCredentialsProvider(key.ID, secret.Reveal(), ""),
			})
		}
	}
	return networks[0], networks[1], api
}

func with(o server.Options, c *config.Config, outgoing http.RoundTripper) server.Options {
	o.Config, o.Outgoing = c, outgoing
	return o
}

// later is a transport that is set after the server was made.
type later struct{ http.RoundTripper }

// signIn signs a person in at the application.
func signIn(t *testing.T, n *browser.Network, name, password string) *browser.Browser {
	t.Helper()
	b := n.Browser()
	b.Open("https://app.example.com/").Submit("username", name, "password", password).Want(200, "hello from upstream")
	return b
}

// atNode returns a browser with the same cookies at another node.
func atNode(t *testing.T, n *browser.Network, b *browser.Browser) *browser.Browser {
	t.Helper()
	other := n.Browser()
	for _, host := range []string{"app.example.com", "authenticate.example.com", "team.example.com"} {
		other.SetCookies("https://"+host+"/", b.Cookies("https://"+host+"/")...)
	}
	return other
}

// answer returns the status of the application for a browser that follows no
// redirect.
func answer(b *browser.Browser) int { return b.Step().Open("https://app.example.com/").Status }

// eventually asks until the status is want. The nodes notice within a second
// (package session tests that); the limit is only for a machine that stalls.
func eventually(t *testing.T, b *browser.Browser, want int) {
	t.Helper()
	var got int
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); {
		if got = answer(b); got == want {
			return
		}
	}
	t.Errorf("the application answers %d, want %d", got, want)
}

func TestWhatEndsASignInInTheDirectoryEndsItAtTheGateway(t *testing.T) {
	pool := aws.String("us-east-1_Staff0001")
	ends := map[string]func(api *idp.Client, user *string) error{
		"erin": func(api *idp.Client, user *string) error {
			_, err := api.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: pool, Username: user})
			return err
		},
		"carol": func(api *idp.Client, user *string) error {
			_, err := api.AdminDeleteUser(t.Context(), &idp.AdminDeleteUserInput{UserPoolId: pool, Username: user})
			return err
		},
		"dave": func(api *idp.Client, user *string) error {
			_, err := api.AdminUserGlobalSignOut(t.Context(), &idp.AdminUserGlobalSignOutInput{UserPoolId: pool, Username: user})
			return err
		},
	}
	for front, text := range fronts {
		t.Run(front, func(t *testing.T) {
			first, second, api := nodes(t, text)
			other := signIn(t, second, "bob", "Bob-2026!")
			var ended []*browser.Browser // waited for together: the nodes look once a second
			for name, end := range ends {
				b := signIn(t, first, name, "Person-2026!")
				there := atNode(t, second, b)
				if got := answer(there); got != 200 {
					t.Fatalf("%s: the second node answers %d, want 200", name, got)
				}
				if err := end(api, aws.String(name)); err != nil {
					t.Fatal(err)
				}
				ended = append(ended, b, there)
			}
			for _, b := range ended {
				eventually(t, b, 302)
			}
			if got := answer(other); got != 200 {
				t.Errorf("somebody else gets %d, want 200", got)
			}
		})
	}
}

func TestAChangeOfGroupsIsKnownAtTheGateway(t *testing.T) {
	pool, alice := aws.String("us-east-1_Staff0001"), aws.String("alice")
	for front, text := range fronts {
		t.Run(front, func(t *testing.T) {
			first, second, api := nodes(t, text)
			b := signIn(t, first, "alice", "Alice-2026!")
			there := atNode(t, second, b)
			if _, err := api.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{
				UserPoolId: pool, Username: alice, UserAttributes: []types.AttributeType{{Name: aws.String("locale"), Value: aws.String("de")}},
			}); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				if got := answer(there); got != 200 {
					t.Fatalf("after a change that the policy does not ask about: %d, want 200", got)
				}
			}
			if _, err := api.AdminRemoveUserFromGroup(t.Context(), &idp.AdminRemoveUserFromGroupInput{UserPoolId: pool, Username: alice, GroupName: aws.String("admins")}); err != nil {
				t.Fatal(err)
			}
			// Access's tokens say what was true at the sign-in: another sign-in.
			want := map[string]int{"Pomerium": 403, "Access": 302}[front]
			eventually(t, b, want)
			eventually(t, there, want)
		})
	}
}

// Who is signed in stays so while the database is away, at both fronts, until
// session_outage. Nobody gets 500.
func TestKnownSessionsGoOnWithoutTheDatabase(t *testing.T) {
	for front, text := range fronts {
		t.Run(front, func(t *testing.T) {
			cluster, err := pgtest.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cluster.Stop() })
			var ahead atomic.Int64
			now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			first, second, _ := nodesAt(t, "database: '"+cluster.URL()+"'\n"+text, server.Options{Now: now})
			b := signIn(t, first, "alice", "Alice-2026!")
			if err := cluster.Halt(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if got := answer(b); got != 200 {
					t.Fatalf("without the database: %d, want 200", got)
				}
				ahead.Add(int64(time.Minute)) // what is kept for some seconds is read again
			}
			p := atNode(t, second, b).Step().Open("https://app.example.com/")
			if p.Status != 503 || p.Header.Get("Retry-After") == "" {
				t.Errorf("a node that does not know the session: %d with Retry-After %q, want 503 with one", p.Status, p.Header.Get("Retry-After"))
			}
			if err := cluster.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, atNode(t, second, b), 200)
		})
	}
}
