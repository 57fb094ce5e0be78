package server

import (
	"net/http/httptest"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// The redirect named the listener's port, which people cannot reach behind a port
// mapping.
func TestRedirectToTLS(t *testing.T) {
	const app = "routes:\n  - {from: 'https://app.example.com', response: {status: 200}, allow_public_unauthenticated_access: true}\n" +
		"  - {from: 'https://port.example.com:9443', response: {status: 200}, allow_public_unauthenticated_access: true}\n"
	const sso, ssoPort = "authenticate_service_url: https://sso.example.com\n", "authenticate_service_url: https://sso.example.com:8443\n"
	for _, tt := range []struct{ text, host, want string }{
		{app, "app.example.com", "https://app.example.com"},
		{app, "app.example.com:80", "https://app.example.com"},
		{app, "APP.example.com.:8080", "https://app.example.com"},
		{app, "port.example.com:8080", "https://port.example.com:9443"},
		{sso + app, "sso.example.com", "https://sso.example.com"},
		{ssoPort + app, "sso.example.com", "https://sso.example.com:8443"},
		{ssoPort + app, "app.example.com", "https://app.example.com:8443"}, // one listener serves both
		{ssoPort + app, "port.example.com", "https://port.example.com:9443"},
		{"directory: {url: 'https://id.example.com:8443'}\n", "staff.auth.example.com", "https://staff.auth.example.com:8443"},
		{sso + "directory: {url: 'https://id.example.com:8443'}\n" + app, "sso.example.com", "https://sso.example.com"},
		{sso + "directory: {url: 'https://id.example.com:8443'}\n" + app, "id.example.com", "https://id.example.com:8443"},
		{app, "other.example.com:8080", "https://other.example.com"},
		{app, "[::1]:80", "https://[::1]"},
		{app, "[::1]", "https://[::1]"},
		{ssoPort, "[::1]", "https://[::1]:8443"},
	} {
		c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("address: ':10443'\n" + tt.text)})
		if err != nil {
			t.Fatal(err)
		}
		s := &Server{}
		s.claims.Store(claimsOf(c))
		r := httptest.NewRequest("GET", "http://x/a%2Fb?c=d", nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		s.redirectToTLS().ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != tt.want+"/a%2Fb?c=d" {
			t.Errorf("%s: %q, want %s/a%%2Fb?c=d", tt.host, got, tt.want)
		}
	}
}
