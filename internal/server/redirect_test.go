package server

import (
	"net/http/httptest"
	"testing"

	"gatehouse/internal/config"
)

func TestRedirectToTLS(t *testing.T) {
	for _, tt := range []struct{ address, host, want string }{
		{":443", "app.example.com", "https://app.example.com/a%2Fb?c=d"},
		{":443", "app.example.com:80", "https://app.example.com/a%2Fb?c=d"},
		{":8443", "app.example.com:8080", "https://app.example.com:8443/a%2Fb?c=d"},
		{":443", "[::1]:80", "https://[::1]/a%2Fb?c=d"},
		{":443", "[::1]", "https://[::1]/a%2Fb?c=d"},
		{":8443", "[::1]", "https://[::1]:8443/a%2Fb?c=d"},
	} {
		c := &config.Config{}
		c.Address = tt.address
		r := httptest.NewRequest("GET", "http://x/a%2Fb?c=d", nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		redirectToTLS(c).ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != tt.want {
			t.Errorf("%s at %s: %q, want %q", tt.host, tt.address, got, tt.want)
		}
	}
}
