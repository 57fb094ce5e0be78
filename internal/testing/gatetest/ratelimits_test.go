package gatetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/testing/gatetest"
)

func listUsers(gt *gatetest.Server, t *testing.T, api *idp.Client) error {
	return errorOf(api.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: &gt.Pool}))
}

func TestRateLimits(t *testing.T) {
	gt := gatetest.New(t, gatetest.Limits("{UserList: 2, UserAuthentication: 1, ClientAuthentication: 1}"))
	client := gt.MustClient()
	gt.MustUser("alice")
	stranger := gt.Signed(gt.Key.ID, seal.Secret(strings.Repeat("x", 40)))
	for range 5 { // a request that nobody signed takes nothing
		wantException(t, "ListUsers with a wrong signature", listUsers(gt, t, stranger), "InvalidSignatureException", "")
	}
	for range 2 {
		if err := listUsers(gt, t, gt.API); err != nil {
			t.Fatal(err)
		}
	}
	wantException(t, "ListUsers", listUsers(gt, t, gt.API), "TooManyRequestsException", "Rate exceeded")
	gt.Advance(time.Second)
	if err := listUsers(gt, t, gt.API); err != nil {
		t.Error("a second later:", err)
	}

	must[idp.InitiateAuthOutput](t)(gt.SignIn(*client.ClientId, "alice", string(gatetest.Password)))
	wantException(t, "a sign-in", errorOf(gt.SignIn(*client.ClientId, "alice", string(gatetest.Password))), "TooManyRequestsException", "Rate exceeded")
}

// An SDK tries again, and the limit has filled meanwhile.
func TestSDKsTryAgainWhatALimitRefused(t *testing.T) {
	gt := gatetest.New(t, gatetest.Limits("{UserList: 1}"))
	patient := gt.API.Options()
	patient.RetryMaxAttempts = 3
	tries := 0
	patient.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) {
			tries++
			gt.Advance(time.Second)
			return 0, nil
		})
	})
	if err := listUsers(gt, t, gt.API); err != nil {
		t.Fatal(err)
	}
	if err := listUsers(gt, t, idp.New(patient)); err != nil || tries != 1 {
		t.Errorf("after %d tries: %v", tries, err)
	}
}

func TestRateLimitOfTheTokenEndpoint(t *testing.T) {
	gt := gatetest.New(t, gatetest.Limits("{ClientAuthentication: 1}"))
	must[idp.CreateResourceServerOutput](t)(gt.API.CreateResourceServer(t.Context(), &idp.CreateResourceServerInput{UserPoolId: &gt.Pool, Identifier: aws.String("api"), Name: aws.String("api"), Scopes: []types.ResourceServerScopeType{{ScopeName: aws.String("read"), ScopeDescription: aws.String("read")}}}))
	client := gt.MustClient(gatetest.Confidential, func(in *idp.CreateUserPoolClientInput) {
		in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows, in.AllowedOAuthScopes = true, []types.OAuthFlowType{"client_credentials"}, []string{"api/read"}
	})
	ask := func(secret string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, gatetest.URL+"/"+gt.Pool+"/oauth2/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(*client.ClientId, secret)
		w := httptest.NewRecorder()
		gt.System.Handler().ServeHTTP(w, r)
		return w
	}
	ask("wrong") // takes nothing
	if w := ask(*client.ClientSecret); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	if w := ask(*client.ClientSecret); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "Rate exceeded") {
		t.Errorf("the second request was answered %d %v %s", w.Code, w.Header(), w.Body)
	}
	gt.Advance(time.Second)
	if w := ask(*client.ClientSecret); w.Code != http.StatusOK {
		t.Errorf("a second later: %d %s", w.Code, w.Body)
	}
}

func TestProvisionedLimitActs(t *testing.T) {
	gt := gatetest.New(t, gatetest.Limits("{UserResourceRead: 60}"))
	provision := func(value int) object {
		t.Helper()
		out, err := raw(gt, t, "UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserResourceRead"), "RequestedLimitValue": value})
		if err != nil {
			t.Fatal(err)
		}
		return out["Limit"].(object)
	}
	count := func() (n int) {
		gt.Advance(time.Second)
		for errorOf(gt.API.AdminListGroupsForUser(t.Context(), &idp.AdminListGroupsForUserInput{UserPoolId: &gt.Pool, Username: aws.String("alice")})) == nil {
			n++
		}
		return n
	}
	gt.MustUser("alice")
	if n := count(); n != 60 {
		t.Errorf("%d requests were answered, want 60", n)
	}
	if l := provision(55); l["ProvisionedLimitValue"] != 55.0 || l["FreeLimitValue"] != 50.0 {
		t.Errorf("the limit is %v", l)
	}
	if n := count(); n != 55 {
		t.Errorf("%d requests were answered, want 55", n)
	}
	if _, err := raw(gt, t, "UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserResourceRead"), "RequestedLimitValue": 61}); err == nil {
		t.Error("a limit above the configured one was provisioned")
	}
	if l, err := raw(gt, t, "GetProvisionedLimit", object{"LimitDefinition": limitOf("UserResourceRead")}); err != nil || l["Limit"].(object)["ProvisionedLimitValue"] != 55.0 {
		t.Errorf("the limit is %v, %v", l, err)
	}
}

// A user who is asked for all the time takes nothing from others, and a pool nothing from
// other pools.
func TestLimitsOfOneUserAndOnePool(t *testing.T) {
	gt := gatetest.New(t, gatetest.CognitosLimits)
	gt.MustUser("alice")
	gt.MustUser("bob")
	gt.Advance(time.Second)
	read := func(name string) error {
		return errorOf(gt.API.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: &gt.Pool, Username: &name}))
	}
	for range 10 {
		if err := read("alice"); err != nil {
			t.Fatal(err)
		}
	}
	wantException(t, "the eleventh of one user", read("alice"), "TooManyRequestsException", "Rate exceeded")
	if err := read("bob"); err != nil {
		t.Error("another user:", err)
	}
	write := errorOf(gt.API.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: &gt.Pool, Username: aws.String("alice")}))
	if write != nil {
		t.Error("writes have a limit of their own:", write)
	}
	describe := func(pool string) error {
		return errorOf(gt.API.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: &pool}))
	}
	for range 5 {
		if err := describe(gt.Pool); err != nil {
			t.Fatal(err)
		}
	}
	wantException(t, "the sixth of one pool", describe(gt.Pool), "TooManyRequestsException", "Rate exceeded")
	wantException(t, "another pool", describe("us-east-1_Missing00"), "ResourceNotFoundException", "")
	gt.Advance(time.Second)
	if err := describe(gt.Pool); err != nil {
		t.Error("a second later:", err)
	}
}

// Pages and OAuth endpoints share the limit of an address.
func TestLimitOfOneAddress(t *testing.T) {
	gt := gatetest.New(t, gatetest.CognitosLimits)
	ask := func(path, from string) int {
		r := httptest.NewRequest(http.MethodGet, gatetest.URL+"/"+gt.Pool+path, nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		gt.System.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for i := range 300 {
		path := []string{"/login", "/oauth2/userInfo"}[i%2]
		if code := ask(path, "192.0.2.1:1"); code == http.StatusTooManyRequests {
			t.Fatalf("request %d was refused", i+1)
		}
	}
	if code := ask("/login", "192.0.2.1:2"); code != http.StatusTooManyRequests {
		t.Errorf("one more at the pages: %d, want 429", code)
	}
	if code := ask("/oauth2/userInfo", "192.0.2.1:2"); code != http.StatusTooManyRequests {
		t.Errorf("one more at an endpoint: %d, want 429", code)
	}
	if code := ask("/login", "192.0.2.2:1"); code == http.StatusTooManyRequests {
		t.Error("another address was refused")
	}
	gt.Advance(time.Second)
	if code := ask("/login", "192.0.2.1:1"); code == http.StatusTooManyRequests {
		t.Error("refused a second later")
	}
}

// An app client has one limit, wherever it names itself.
func TestLimitOfOneClient(t *testing.T) {
	gt := gatetest.New(t, gatetest.CognitosLimits)
	busy, other := *gt.MustClient().ClientId, *gt.MustClient().ClientId
	n := 0
	ask := func(r *http.Request) int {
		n++
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", n%250+1) // no address has too many
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		gt.System.Handler().ServeHTTP(w, r)
		return w.Code
	}
	post := func(path, body string) *http.Request {
		return httptest.NewRequest(http.MethodPost, gatetest.URL+"/"+gt.Pool+path, strings.NewReader(body))
	}
	ways := map[string]func(client string) *http.Request{
		"body": func(client string) *http.Request {
			return post("/oauth2/token", "grant_type=authorization_code&client_id="+client)
		},
		"header": func(client string) *http.Request {
			r := post("/oauth2/token", "grant_type=authorization_code")
			r.SetBasicAuth(client, "")
			return r
		},
		"revocation": func(client string) *http.Request { return post("/oauth2/revoke", "token=x&client_id="+client) },
		"address": func(client string) *http.Request {
			return httptest.NewRequest(http.MethodGet, gatetest.URL+"/"+gt.Pool+"/login?client_id="+client, nil)
		},
	}
	for range 75 {
		for name, way := range ways {
			if code := ask(way(busy)); code == http.StatusTooManyRequests {
				t.Fatalf("request %d, by its %s, was refused", n, name)
			}
		}
	}
	for name, way := range ways {
		if code := ask(way(busy)); code != http.StatusTooManyRequests {
			t.Errorf("one more, by its %s: %d, want 429", name, code)
		}
		if code := ask(way(other)); code == http.StatusTooManyRequests {
			t.Errorf("another client, by its %s, was refused", name)
		}
	}
	gt.Advance(time.Second)
	if code := ask(ways["body"](busy)); code == http.StatusTooManyRequests {
		t.Error("refused a second later")
	}
}
