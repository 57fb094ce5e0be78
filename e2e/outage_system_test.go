package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/pgtest"
)

// TestOutageOfBothHalves stops the database of a directory and a gateway that are
// in use. Each protocol must answer with its own error, which does not mention
// the database. Everything must work again when the database is back.
func TestOutageOfBothHalves(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	s := newSystem(t, cluster.URL(), echoRoute(newUpstream(t)), "")
	exports := s.accessKey(t)
	sdk := newSDK(t, s.url, exports)
	alice := s.signedIn(t, "alice", alicePassword)
	tokens := s.tokens(t, sdk, "alice", alicePassword)

	cluster.halt()
	s.answersWithoutDatabase(t, sdk, tokens)
	if page := alice.Open(s.app + "/during"); page.Status != http.StatusOK && page.Status != http.StatusServiceUnavailable {
		t.Errorf("a known session during the outage: got %d, want 200, or 503 once it must be looked up", page.Status)
	}

	cluster.start()
	within(t, 10*time.Second, "the API to answer again", func() bool {
		_, err := sdk.ListUsers(bounded(t), &cognito.ListUsersInput{UserPoolId: aws.String(staffPool)})
		return err == nil
	})
	s.tokens(t, sdk, "bob", bobPassword)
	if got := s.refresh(t, tokens); got.status != http.StatusOK {
		t.Errorf("refresh after the outage: got %d %s, want 200", got.status, got.body)
	}
	if page := alice.Open(s.app + "/after"); page.Status != http.StatusOK || !strings.Contains(page.Body, "/after") {
		t.Errorf("a known session after the outage: got %d at %s, want the application", page.Status, page.URL)
	}
	s.signedIn(t, "alice", alicePassword)
	s.stop()
	s.wantNoSecrets(t, alice, exports, aws.ToString(tokens.AccessToken), aws.ToString(tokens.IdToken), aws.ToString(tokens.RefreshToken))
}

// answersWithoutDatabase checks the answer of each protocol while the database is
// stopped.
func (s *system) answersWithoutDatabase(t *testing.T, sdk *cognito.Client, tokens *types.AuthenticationResultType) {
	t.Helper()
	_, err := sdk.ListUsers(bounded(t), &cognito.ListUsersInput{UserPoolId: aws.String(staffPool)})
	if got := exceptionOf(err); got != "ServiceUnavailableException" {
		t.Errorf("a signed call: got %v, want ServiceUnavailableException", err)
	}
	for operation, input := range map[string]any{
		"InitiateAuth": map[string]any{"ClientId": staffApp, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": "alice", "PASSWORD": alicePassword}},
		"SignUp":       map[string]any{"ClientId": staffApp, "Username": "carol", "Password": "Carol-2026!"},
		"GetUser":      map[string]any{"AccessToken": tokens.AccessToken},
	} {
		body, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		wantUnavailable(t, operation, "ServiceUnavailableException", s.call(t, operation, string(body)))
	}

	wantUnavailable(t, "refresh", "temporarily_unavailable", s.refresh(t, tokens))
	wantUnavailable(t, "userInfo", "temporarily_unavailable", get(t, s.issuer(staffPool)+"/oauth2/userInfo", "Authorization: Bearer "+aws.ToString(tokens.AccessToken)))
	page := newBrowser(t).Open(s.authorizeURL(nil))
	if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("the sign-in page: got %d %s, want a page with 503", page.Status, page.Header.Get("Content-Type"))
	}
	wantNothingOfDatabase(t, "the sign-in page", page.Body)

	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json"} {
		if got := get(t, s.issuer(staffPool)+path); got.status != http.StatusOK {
			t.Errorf("%s: got %d %s, want 200", path, got.status, got.body)
		}
	}
	if got := get(t, s.url+"/readyz"); got.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: got %d %s, want 503", got.status, got.body)
	}
	if got := get(t, s.url+"/healthz"); got.status != http.StatusOK {
		t.Errorf("/healthz: got %d %s, want 200", got.status, got.body)
	}
}

// call calls an operation of the API without a signature.
func (s *system) call(t *testing.T, operation, body string, headers ...string) answer {
	t.Helper()
	return send(t, http.MethodPost, s.url+"/", body, append([]string{
		"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: AWSCognitoIdentityProviderService." + operation}, headers...)...)
}

// tokens signs a user in through the API.
func (s *system) tokens(t *testing.T, sdk *cognito.Client, username, password string) *types.AuthenticationResultType {
	t.Helper()
	return s.tokensOf(t, sdk, staffApp, username, password)
}

func (s *system) tokensOf(t *testing.T, sdk *cognito.Client, client, username, password string) *types.AuthenticationResultType {
	t.Helper()
	out, err := sdk.InitiateAuth(bounded(t), &cognito.InitiateAuthInput{
		ClientId: aws.String(client), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": username, "PASSWORD": password},
	})
	if err != nil || out.AuthenticationResult == nil {
		t.Fatalf("sign in as %s: %+v, %v", username, out, err)
	}
	return out.AuthenticationResult
}

func (s *system) refresh(t *testing.T, tokens *types.AuthenticationResultType) answer {
	t.Helper()
	return s.exchange(t, url.Values{"grant_type": {"refresh_token"}, "client_id": {staffApp}, "refresh_token": {aws.ToString(tokens.RefreshToken)}})
}

// exchange calls the token endpoint.
func (s *system) exchange(t *testing.T, form url.Values) answer {
	t.Helper()
	return send(t, http.MethodPost, s.issuer(staffPool)+"/oauth2/token", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
}

// authorizeURL returns a valid authorization request of the pool's app, with the
// parameters of change replaced.
func (s *system) authorizeURL(change url.Values) string {
	q := url.Values{"response_type": {"code"}, "client_id": {staffApp}, "redirect_uri": {appCallback}, "scope": {"openid email"}, "state": {"some-state"}}
	for name, values := range change {
		q[name] = values
	}
	return s.issuer(staffPool) + "/oauth2/authorize?" + q.Encode()
}

func wantUnavailable(t *testing.T, what, name string, got answer) {
	t.Helper()
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `"`+name+`"`) {
		t.Errorf("%s: got %d %s, want 503 %s", what, got.status, got.body, name)
	}
	if got.header.Get("X-Request-Id") == "" || got.header.Get("Retry-After") == "" {
		t.Errorf("%s: the answer has no request id, or no Retry-After", what)
	}
	wantNothingOfDatabase(t, what, got.body)
}

var ofDatabase = regexp.MustCompile(`(?i)postgres|pgx|sql|socket|connect|dial|host=|/tmp/|EOF`)

func wantNothingOfDatabase(t *testing.T, what, text string) {
	t.Helper()
	if _, page, ok := strings.Cut(text, "<body"); ok {
		text = page
	}
	if found := ofDatabase.FindString(text); found != "" {
		t.Errorf("%s reveals the database (%q):\n%s", what, found, text)
	}
}

// wantNoSecrets checks that the system's log has no passwords, client secrets,
// access keys, tokens and cookies of the browser.
func (s *system) wantNoSecrets(t *testing.T, b *browser.Browser, exports string, tokens ...string) {
	t.Helper()
	log, hosts := s.log.String(), strings.TrimPrefix(s.app, "https://app.")
	secrets := append(tokens, alicePassword, bobPassword, "Carol-2026!", staffGatewaySecret)
	_, key, _ := strings.Cut(exports, "AWS_SECRET_ACCESS_KEY=")
	secrets = append(secrets, strings.TrimSpace(key))
	for _, address := range []string{s.app + "/", "https://authenticate." + hosts, "https://staff.auth." + hosts} {
		for _, c := range b.Cookies(address) {
			secrets = append(secrets, c.Value)
		}
	}
	if len(secrets) < 10 {
		t.Errorf("the test knows only %d secrets; it must check more", len(secrets))
	}
	for _, secret := range secrets {
		if secret == "" || strings.Contains(log, secret) {
			t.Errorf("the log contains the secret %q", secret)
		}
	}
	if !strings.Contains(log, `"msg":"request"`) {
		t.Error("the log has no requests, so the check proves nothing")
	}
}

// cluster is the PostgreSQL server of one scenario.
type cluster struct {
	*pgtest.Cluster
	t      *testing.T
	halted bool
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	pg, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{Cluster: pg, t: t}
	t.Cleanup(func() {
		if c.halted {
			c.start()
		}
		if err := pg.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *cluster) halt() {
	c.t.Helper()
	if err := c.Halt(); err != nil {
		c.t.Fatal(err)
	}
	c.halted = true
}

func (c *cluster) start() {
	c.t.Helper()
	if err := c.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.halted = false
}
