package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/oauth"
	"gatehouse/internal/directory/userpool"
)

// TestAnUnexpectedErrorShowsNothing tries errors that no table has.
func TestAnUnexpectedErrorShowsNothing(t *testing.T) {
	away := fault.New(fault.Unavailable, "test_away", "10.0.0.7 is away.")
	for _, tt := range []struct {
		err    error
		status int
		name   string
	}{
		{errors.New("dial tcp 10.0.0.7: connection refused"), 500, "server_error"},
		{away.Because(errors.New("dial tcp 10.0.0.7")), 503, "temporarily_unavailable"},
		{fmt.Errorf("load pool at 10.0.0.7: %w", context.DeadlineExceeded), 503, "temporarily_unavailable"},
	} {
		s := newService(t)
		fail := func(*http.Request) (*userpool.Pool, string, error) { return nil, "", tt.err }
		s.handler = mounted(&oauth.Server{Tokens: s.Tokens, Endpoints: s.sites.Endpoints, ErrorPage: errorPage, Resolve: fail, Published: fail})
		for name, w := range map[string]*httptest.ResponseRecorder{
			"a page": s.get(home + "/oauth2/authorize"), "the page of signing out": s.get(home + "/logout"),
			"JSON": s.get(home + "/.well-known/jwks.json"), "userInfo": s.get(home + "/oauth2/userInfo"),
			"token": s.post("/oauth2/token", nil), "revoke": s.post("/oauth2/revoke", nil),
		} {
			if w.Code != tt.status || strings.Contains(w.Body.String(), "10.0.0.7") {
				t.Errorf("%s, %v: got %d %s, want %d", name, tt.err, w.Code, w.Body, tt.status)
			}
			if strings.Contains(name, "page") {
				continue
			}
			if !strings.Contains(w.Body.String(), `"error":"`+tt.name+`"`) || (w.Header().Get("Retry-After") != "") != (tt.status == 503) {
				t.Errorf("%s, %v: got %s %v, want %s", name, tt.err, w.Body, w.Header(), tt.name)
			}
		}
	}
}
