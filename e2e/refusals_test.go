package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/testing/forge"
)

// TestRefusals sends a directory tokens, codes, signatures and addresses that are
// forged, incomplete or belong to another user. Each refusal must have a line in
// the log with the request id of the answer. The database must not change.
func TestRefusals(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		database := db(t)
		s := newSystem(t, database, echoRoute(newUpstream(t)), "")
		exports := s.accessKey(t)
		good := newSDK(t, s.url, exports)
		mine := s.tokens(t, good, "alice", alicePassword)
		outsiders := s.tokensOf(t, good, otherApp, "alice", alicePassword)
		code := s.codeOf(t, "alice", alicePassword)
		before := snapshot(t, database)

		refusesSignatures(t, s, exports)
		access := aws.ToString(mine.AccessToken)
		for name, token := range map[string]string{
			"cut off": access[:len(access)-8], "unsigned": unsigned(access), "with another signature": forge.Signature(access),
			"of another kind": aws.ToString(mine.IdToken), "that is none": "x.y.z",
		} {
			s.refusesAccessToken(t, name, token)
		}
		s.refusesAtUserInfo(t, "of another pool", aws.ToString(outsiders.AccessToken))
		for name, form := range map[string]url.Values{
			"a forged code":                   {"grant_type": {"authorization_code"}, "client_id": {staffApp}, "redirect_uri": {appCallback}, "code": {"5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"}},
			"a code that is cut off":          {"grant_type": {"authorization_code"}, "client_id": {staffApp}, "redirect_uri": {appCallback}, "code": {code[:len(code)-1]}},
			"a forged refresh token":          {"grant_type": {"refresh_token"}, "client_id": {staffApp}, "refresh_token": {forge.Text(aws.ToString(mine.RefreshToken))}},
			"another client's refresh token":  {"grant_type": {"refresh_token"}, "client_id": {staffSecond}, "refresh_token": {aws.ToString(mine.RefreshToken)}},
			"another pool's refresh token":    {"grant_type": {"refresh_token"}, "client_id": {staffApp}, "refresh_token": {aws.ToString(outsiders.RefreshToken)}},
			"an access token in place of one": {"grant_type": {"refresh_token"}, "client_id": {staffApp}, "refresh_token": {access}},
		} {
			s.refuses(t, name, s.exchange(t, form), http.StatusBadRequest, `"error":"invalid_grant"`)
		}
		s.refuses(t, "a wrong client secret", s.exchange(t, url.Values{"grant_type": {"authorization_code"}, "client_id": {staffGateway},
			"client_secret": {forge.Text(staffGatewaySecret)}, "redirect_uri": {appCallback}, "code": {code}}), http.StatusBadRequest, `"error":"invalid_client"`)
		refusesRedirects(t, s)
		unchanged(t, database, before)

		exchanged := s.exchange(t, url.Values{"grant_type": {"authorization_code"}, "client_id": {staffApp}, "redirect_uri": {appCallback}, "code": {code}})
		if exchanged.status != http.StatusOK {
			t.Errorf("the code itself, after all forgeries: got %d %s, want 200", exchanged.status, exchanged.body)
		}
		s.stop()
		s.wantNoSecrets(t, newBrowser(t), exports, code, access, aws.ToString(mine.RefreshToken), aws.ToString(outsiders.AccessToken), aws.ToString(outsiders.IdToken))
	})
}

// codeOf signs a user in for the pool's app and returns the authorization code.
func (s *system) codeOf(t *testing.T, username, password string) string {
	t.Helper()
	b := newBrowser(t).Until(toApplication)
	return codeIn(t, signIn(b.Open(s.authorizeURL(nil)), username, password))
}

// refuses checks the answer to a forgery, and waits for its line in the log.
func (s *system) refuses(t *testing.T, what string, got answer, status int, says string) {
	t.Helper()
	if got.status != status || !strings.Contains(got.body, says) {
		t.Errorf("%s: got %d %.300s, want %d with %s", what, got.status, got.body, status, says)
	}
	id := got.header.Get("X-Request-Id")
	if id == "" {
		t.Errorf("%s: the answer has no request id", what)
		return
	}
	eventually(t, "the line of "+what+" in the log", func() bool { return strings.Contains(s.log.String(), `"request_id":"`+id+`"`) })
}

// unsigned returns the token without a signature and with the algorithm "none"
// (RFC 8725 §2.1).
func unsigned(token string) string {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	return "eyJhbGciOiJub25lIn0." + payload + "."
}

// refusesSignatures calls administrative operations with wrong signatures.
func refusesSignatures(t *testing.T, s *system, exports string) {
	t.Helper()
	secret := strings.TrimSpace(exports[strings.LastIndex(exports, "=")+1:])
	for name, c := range map[string]struct{ exports, want string }{
		"a wrong secret": {strings.Replace(exports, secret, forge.Text(secret), 1), "InvalidSignatureException"},
		"an unknown key": {"AWS_ACCESS_KEY_ID=AKIAUNKNOWN000000000\nAWS_SECRET_ACCESS_KEY=" + secret, "UnrecognizedClientException"},
	} {
		_, err := newSDK(t, s.url, c.exports).AdminDeleteUser(bounded(t), &cognito.AdminDeleteUserInput{UserPoolId: aws.String(staffPool), Username: aws.String("bob")})
		if got := exceptionOf(err); got != c.want {
			t.Errorf("a call signed with %s: got %v, want %s", name, err, c.want)
		}
	}
	const body = `{"UserPoolId":"` + staffPool + `","Username":"bob"}`
	s.refuses(t, "no signature", s.call(t, "AdminDeleteUser", body), http.StatusBadRequest, `"__type":"MissingAuthenticationTokenException"`)
	s.refuses(t, "half a signature", s.call(t, "AdminDeleteUser", body, "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1"),
		http.StatusBadRequest, `"__type":"IncompleteSignatureException"`)
}

// refusesAccessToken sends a token to all places that accept access tokens.
func (s *system) refusesAccessToken(t *testing.T, name, token string) {
	t.Helper()
	for _, operation := range []string{"GetUser", "GlobalSignOut"} {
		s.refuses(t, operation+" with a token "+name, s.call(t, operation, `{"AccessToken":"`+token+`"}`), http.StatusBadRequest, `"__type":"NotAuthorizedException"`)
	}
	s.refusesAtUserInfo(t, name, token)
}

func (s *system) refusesAtUserInfo(t *testing.T, name, token string) {
	t.Helper()
	got := get(t, s.issuer(staffPool)+"/oauth2/userInfo", "Authorization: Bearer "+token)
	s.refuses(t, "userInfo with a token "+name, got, http.StatusUnauthorized, `"error":"invalid_token"`)
	if got.header.Get("Www-Authenticate") == "" {
		t.Errorf("userInfo with a token %s: the answer has no WWW-Authenticate", name)
	}
}

// refusesRedirects requests redirects to addresses that are not registered. The
// answer must be an error page, never a redirect.
func refusesRedirects(t *testing.T, s *system) {
	t.Helper()
	evil := url.Values{"redirect_uri": {"https://evil.example.com/callback"}}
	for name, address := range map[string]string{
		"an unregistered callback":        s.authorizeURL(evil),
		"a callback with more behind it":  s.authorizeURL(url.Values{"redirect_uri": {appCallback + "/more"}}),
		"a callback with another case":    s.authorizeURL(url.Values{"redirect_uri": {strings.ToUpper(appCallback)}}),
		"no callback":                     s.authorizeURL(url.Values{"redirect_uri": {""}}),
		"an unknown client":               s.authorizeURL(url.Values{"client_id": {"unknownclient0000000000000"}}),
		"another client's callback":       s.authorizeURL(url.Values{"client_id": {staffSecond}, "redirect_uri": {"http://localhost:3000/second"}}),
		"an unregistered page of logout":  s.issuer(staffPool) + "/logout?client_id=" + staffApp + "&logout_uri=" + url.QueryEscape("https://evil.example.com/"),
		"a page of logout of no client":   s.issuer(staffPool) + "/logout?logout_uri=" + url.QueryEscape(appSignedOut),
		"an unregistered way to sign out": s.issuer(staffPool) + "/logout?client_id=" + staffApp + "&response_type=code&" + evil.Encode(),
	} {
		got := get(t, address, "Accept: text/html")
		s.refuses(t, name, got, http.StatusBadRequest, "<h1>")
		if to := got.header.Get("Location"); to != "" {
			t.Errorf("%s: the browser is redirected to %s", name, to)
		}
	}
}
