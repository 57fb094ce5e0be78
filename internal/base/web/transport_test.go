package web_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/base/web"
)

func TestStrictTransport(t *testing.T) {
	h := web.StrictTransport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	for _, tt := range []struct {
		host string
		tls  bool
		want string
	}{
		{"login.example.com", true, "max-age=31536000"},
		{"login.example.com", false, ""},
		{"localhost:8443", true, ""},
		{"staff.auth.localhost", true, ""},
	} {
		r, w := httptest.NewRequest("GET", "http://"+tt.host+"/", nil), httptest.NewRecorder()
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != tt.want {
			t.Errorf("%s, TLS %v: %q, want %q", tt.host, tt.tls, got, tt.want)
		}
	}
}
