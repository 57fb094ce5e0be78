package gatetest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// The databases cannot store NUL characters and text that is not UTF-8. A
// request with such a text must be refused, without an internal error.
func TestTextThatTheDatabaseCannotStore(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		client := *gt.MustClient(func(in *idp.CreateUserPoolClientInput) {
			in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows = true, []types.OAuthFlowType{types.OAuthFlowTypeCode}
			in.AllowedOAuthScopes, in.SupportedIdentityProviders = []string{"openid"}, []string{"COGNITO"}
			in.CallbackURLs = []string{"https://app.example.com/callback"}
		}).ClientId
		pool := "/" + gt.Pool
		request := "client_id=" + client + "&response_type=code&scope=openid&redirect_uri=" + url.QueryEscape("https://app.example.com/callback")
		for _, odd := range []string{"%00", "a%00b", "%ff", "%c3%28", "%ed%a0%80"} {
			for _, tt := range []struct{ method, path, form string }{
				{"GET", pool + "/oauth2/authorize?client_id=" + odd, ""},
				{"GET", pool + "/oauth2/authorize?" + request + "&state=" + odd, ""},
				{"GET", pool + "/oauth2/authorize?" + request + "&nonce=" + odd, ""},
				{"GET", pool + "/oauth2/authorize?" + request + "&resource=https://" + odd, ""},
				{"GET", pool + "/oauth2/authorize?" + request + "&scope=" + odd, ""},
				{"GET", pool + "/login?" + request + "&login_hint=" + odd, ""},
				{"GET", pool + "/logout?client_id=" + odd, ""},
				{"GET", pool + odd + "/login?" + request, ""},
				{"GET", pool + odd + "/.well-known/jwks.json", ""},
				{"POST", pool + "/login?" + request, "username=" + odd + "&password=x"},
				{"POST", pool + "/login?" + request, "username=alice&password=" + odd},
				{"POST", pool + "/signup?" + request, "username=" + odd + "&password=Secret-2026!&confirmPassword=Secret-2026!&requiredAttributes[email]=a@example.com"},
				{"POST", pool + "/signup?" + request, "username=new&password=Secret-2026!&confirmPassword=Secret-2026!&requiredAttributes[name]=" + odd},
				{"POST", pool + "/confirmUser?" + request, "username=" + odd + "&code=123456"},
				{"POST", pool + "/forgotPassword?" + request, "username=" + odd},
				{"POST", pool + "/confirmforgotPassword?" + request, "username=" + odd + "&code=123456&password=Secret-2026!&confirmPassword=Secret-2026!"},
				{"POST", pool + "/oauth2/token", "grant_type=authorization_code&client_id=" + odd + "&code=a&redirect_uri=b"},
				{"POST", pool + "/oauth2/token", "grant_type=authorization_code&client_id=" + client + "&code=" + odd + "&redirect_uri=b"},
				{"POST", pool + "/oauth2/token", "grant_type=refresh_token&client_id=" + client + "&refresh_token=" + odd},
				{"POST", pool + "/oauth2/revoke", "client_id=" + odd + "&token=" + odd},
			} {
				if w := browse(t, gt, tt.method, tt.path, tt.form); w.Code >= 500 {
					t.Errorf("%s %s with body %q: status %d %.300s, want less than 500", tt.method, tt.path, tt.form, w.Code, w.Body)
				}
			}
			name, _ := url.PathUnescape(odd)
			w := browse(t, gt, "GET", pool+"/login?"+request, "", "Host", name+".auth.localhost")
			if w.Code >= 500 {
				t.Errorf("Host %q: status %d, want less than 500", name, w.Code)
			}
		}
	})
}

// browse sends a request as a browser does, with the CSRF cookie and token.
func browse(t *testing.T, gt *gatetest.Server, method, path, form string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.Parse(gatetest.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, gatetest.URL, nil)
	r.URL = u
	if form != "" {
		token := strings.Repeat("x", 43)
		r.Body = io.NopCloser(strings.NewReader("_csrf=" + token + "&" + form))
		if strings.Contains(path, "/oauth2/") {
			r.Body = io.NopCloser(strings.NewReader(form))
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "XSRF-TOKEN", Value: token})
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	gt.System.Handler().ServeHTTP(w, r)
	return w
}
