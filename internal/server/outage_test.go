package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/pgtest"
)

const (
	staffIssuer = "https://id.example.com/us-east-1_Staff0001"
	staffLogin  = "?client_id=gateway&response_type=code&scope=openid&redirect_uri=https://authenticate.example.com/oauth2/callback"
	apiToken    = "Authorization: Bearer {token}"
)

// published is what every front answers while the database is away.
var published = []question{
	{"GET", staffIssuer + "/.well-known/openid-configuration", "", "", 200},
	{"GET", staffIssuer + "/.well-known/jwks.json", "", "", 200},
	{"GET", "https://id.example.com/healthz", "", "", 200},
	{"GET", "https://id.example.com/readyz", "", "", 503},
	{"GET", "https://app.example.com/.well-known/pomerium/jwks.json", "", "", 200},
	{"GET", "https://id.example.com/us-east-1_Other0001/.well-known/jwks.json", "", "", 503},
	{"GET", staffIssuer + "/oauth2/authorize" + staffLogin, "", "", 503},
	{"GET", "https://staff.auth.example.com/oauth2/authorize" + staffLogin, "", "", 503},
	{"GET", "https://staff.auth.example.com/login" + staffLogin, "", "", 503},
	{"GET", "https://staff.auth.example.com/logout" + staffLogin, "", "", 503},
	{"POST", "https://staff.auth.example.com/login" + staffLogin, "username=alice&password=Alice-2026!", "", 503},
	{"POST", staffIssuer + "/oauth2/token", "grant_type=refresh_token&client_id=gateway&refresh_token=x", "", 503},
	{"POST", staffIssuer + "/oauth2/revoke", "client_id=gateway&token=x", "", 503},
	{"GET", staffIssuer + "/oauth2/userInfo", "", "Authorization: Bearer x", 503},
	// A host that may be a domain. What the configuration names is known.
	{"GET", "https://nobody.example.net/login" + staffLogin, "", "", 503},
	{"GET", "https://nobody.example.net/", "", "", 503},
	{"GET", "https://staff.auth.example.com/nothing", "", "", 503},
	{"POST", "https://nobody.example.net/", "{}", "X-Amz-Target: AWSCognitoIdentityProviderService.SignUp", 503},
	{"GET", "https://nobody.example.net/healthz", "", "", 200},
	{"GET", "https://id.example.com/nothing", "", "", 404},
	{"POST", "https://id.example.com/", `{"ClientId":"gateway","Username":"x","Password":"Alice-2026!"}`, "X-Amz-Target: AWSCognitoIdentityProviderService.SignUp", 503},
	{"POST", "https://id.example.com/", `{"ClientId":"gateway","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"alice","PASSWORD":"x"}}`,
		"X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth", 503},
}

var duringOutage = map[string][]question{
	"Pomerium": append(published[:len(published):len(published)],
		question{"GET", "https://authenticate.example.com/.well-known/pomerium/jwks.json", "", "", 200},
	),
	"Access": append(published[:len(published):len(published)],
		question{"GET", "https://team.example.com/cdn-cgi/access/certs", "", "", 200},
		question{"GET", "https://team.example.com/client/v4/user/tokens/verify", "", apiToken, 503},
	),
}

// question is a request with the status that answers it.
type question struct {
	method, url, body, header string
	status                    int
}

func (q question) request(ctx context.Context) *http.Request {
	r := httptest.NewRequest(q.method, q.url, strings.NewReader(q.body)).WithContext(ctx)
	if q.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if name, value, ok := strings.Cut(q.header, ": "); ok {
		r.Header.Set(name, value)
	}
	if r.Header.Get("X-Amz-Target") != "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	return r
}

// TestEdgesWithoutTheDatabase asks every edge while the database answers too late,
// and while it is gone. A database that was away was an internal error (500) at most
// edges, for the published keys of pools too.
func TestEdgesWithoutTheDatabase(t *testing.T) {
	for front, questions := range duringOutage {
		t.Run(front, func(t *testing.T) {
			cluster, err := pgtest.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := cluster.Stop(); err != nil {
					t.Error(err)
				}
			})
			text := "data_dir: " + t.TempDir() + "\ndatabase: '" + cluster.URL() + "'\n" + fronts[front] + strings.ReplaceAll(sharedFile, "{upstream}", "http://127.0.0.1:1")
			c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, c)
			key, secret, err := s.Keys().CreateKey(t.Context(), "test")
			if err != nil {
				t.Fatal(err)
			}
			_, token, err := s.Keys().CreateToken(t.Context(), "test")
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range questions {
				questions[i].header = strings.ReplaceAll(q.header, "{token}", token.Reveal())
			}
			before := map[string]string{}
			for _, q := range questions[:2] {
				before[q.url] = ask(t, s, q, t.Context()).Body.String()
			}

			ended, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
			defer cancel()
			signed := credentials.NewStaticCredentialsProvider(key.ID, secret.Reveal(), "")
			check := func(why string, ctx context.Context) {
				for _, q := range questions {
					w := ask(t, s, q, ctx)
					wantOutage(t, why, q, w)
					if want, ok := before[q.url]; ok && w.Body.String() != want {
						t.Errorf("%s, %s: got %s, want what it was", why, q.url, w.Body)
					}
				}
				wantUnavailable(t, why, s, ctx, signed)
			}
			check("too late", ended)
			if err := cluster.Halt(); err != nil {
				t.Fatal(err)
			}
			check("gone", t.Context())
			if err := cluster.Start(); err != nil {
				t.Fatal(err)
			}
			for _, q := range questions[:3] {
				ask(t, s, q, t.Context())
			}
		})
	}
}

func ask(t *testing.T, s *server.Server, q question, ctx context.Context) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, q.request(ctx))
	return w
}

func wantOutage(t *testing.T, why string, q question, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != q.status {
		t.Errorf("%s, %s %s: got %d %.300s, want %d", why, q.method, q.url, w.Code, w.Body, q.status)
	}
	probe := strings.HasSuffix(q.url, "/readyz")
	if w.Code == http.StatusServiceUnavailable && !probe && w.Header().Get("Retry-After") == "" {
		t.Errorf("%s, %s %s: the answer has no Retry-After", why, q.method, q.url)
	}
	if target := w.Header().Get("x-amzn-RequestId"); target != "" && w.Header().Get("x-amzn-ErrorType") != "ServiceUnavailableException:" {
		t.Errorf("%s, %s: got the exception %s", why, q.header, w.Header().Get("x-amzn-ErrorType"))
	}
}

// wantUnavailable calls the API with a signature.
func wantUnavailable(t *testing.T, why string, s *server.Server, ctx context.Context, signed aws.CredentialsProvider) {
	t.Helper()
	var w *httptest.ResponseRecorder
	api := idp.New(idp.Options{
		BaseEndpoint: aws.String("https://id.example.com"), Region: "us-east-1", RetryMaxAttempts: 1, Credentials: signed,
		HTTPClient: awssdk.HTTPClient(&http.Client{Transport: transport(func(r *http.Request) *http.Response {
			w = httptest.NewRecorder()
			in := httptest.NewRequest(r.Method, r.URL.String(), r.Body).WithContext(ctx)
			in.Header = r.Header
			s.Handler().ServeHTTP(w, in)
			return w.Result()
		})}),
	})
	if _, err := api.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: aws.String("us-east-1_Staff0001")}); err == nil {
		t.Errorf("%s: ListUsers succeeded", why)
	}
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%s: ListUsers: got %d %s, want 503 with Retry-After", why, w.Code, w.Body)
	}
}

type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
