package site_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func directory(t *testing.T) (*enginetest.Directory, *site.Map) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddDomain("staff")
	return d, &site.Map{Pools: d.Pools, BaseURL: "http://localhost:9229", DomainSuffix: "auth.localhost"}
}

func TestResolve(t *testing.T) {
	d, m := directory(t)
	d.AddDomain("login.example.com")
	tests := []struct {
		host, path string
		base       string // "": ErrNoPool
	}{
		{"staff.auth.localhost:9229", "/login", "http://staff.auth.localhost:9229"},
		{"STAFF.auth.localhost", "/login", "http://staff.auth.localhost:9229"},
		{"login.example.com", "/login", "http://login.example.com:9229"},
		{"localhost:9229", "/us-east-1_Test00001/login", "http://localhost:9229/us-east-1_Test00001"},
		{"127.0.0.1:9229", "/us-east-1_Test00001/login", "http://localhost:9229/us-east-1_Test00001"},
		{"localhost:9229", "/us-east-1_Nowhere01/login", ""},
		{"staff.auth.localhost:9229", "/us-east-1_Test00001/login", ""}, // a domain is its pool's alone
		{"login.example.com", "/us-east-1_Test00001/login", ""},
		{"localhost:9229", "/login", ""},
		{"staff", "/login", ""}, // a prefix is no host name by itself
		{"staff.example.com", "/login", ""},
		{"x.staff.auth.localhost", "/login", ""},
		{"login.example.com.auth.localhost", "/login", ""}, // a custom domain is no prefix
		{"auth.localhost", "/login", ""},
		{"", "/login", ""},
	}
	for _, tt := range tests {
		t.Run(tt.host+tt.path, func(t *testing.T) {
			var pool *userpool.Pool
			var base string
			var err error
			mux := http.NewServeMux()
			site.Handle(mux, "GET /login", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				pool, base, err = m.Resolve(r)
			}))
			r := httptest.NewRequest("GET", tt.path, nil)
			r.Host = tt.host
			mux.ServeHTTP(httptest.NewRecorder(), r)
			if tt.base == "" {
				if !errors.Is(err, site.ErrNoPool) || pool != nil {
					t.Errorf("got %v, %v, want site.ErrNoPool", pool, err)
				}
				return
			}
			if err != nil || base != tt.base || pool.ID != d.Pool.ID {
				t.Errorf("got %v, %q, %v, want %q", pool, base, err, tt.base)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	d, m := directory(t)
	check := func(why, want string) {
		t.Helper()
		got, err := m.Endpoints(t.Context(), d.Pool)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", why, got, err, want)
		}
	}
	check("a prefix domain", "http://staff.auth.localhost:9229")
	d.AddDomain("login.example.com")
	check("both domains", "http://login.example.com:9229")
	m.EndpointsAtIssuer = true
	check("at the issuer", "http://localhost:9229/us-east-1_Test00001")
	m.EndpointsAtIssuer, m.BaseURL = false, "https://id.example.com/"
	check("on a common port", "https://login.example.com")

	bare := enginetest.New(t, userpool.Settings{})
	m.Pools = bare.Pools
	check("no domain", "https://id.example.com/us-east-1_Test00001")
	bare.AddDomain("staff")
	m.DomainSuffix = ""
	check("a prefix that does not answer", "https://id.example.com/us-east-1_Test00001")
}

func TestSessionCookie(t *testing.T) {
	for url, name := range map[string]string{"https://login.example.com/": "__Host-cognito", "http://localhost/": "cognito"} {
		r := httptest.NewRequest("GET", url, nil)
		w, handle := httptest.NewRecorder(), ids.Token()
		site.SetSession(w, r, seal.Secret(handle), 60e9)
		c := w.Result().Cookies()[0]
		if c.Name != name || c.Value != handle || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.MaxAge != 60 ||
			c.SameSite != http.SameSiteLaxMode || c.Secure != (r.TLS != nil) {
			t.Errorf("%s: cookie %v", url, c)
		}
		r.AddCookie(&http.Cookie{Name: name, Value: "no handle"})
		r.AddCookie(c)
		if got := site.SessionHandles(r); len(got) != 1 || got[0].Reveal() != handle {
			t.Errorf("%s: %d handles, want the one that was set", url, len(got))
		}
		w = httptest.NewRecorder()
		site.ClearSession(w, r)
		if c := w.Result().Cookies()[0]; c.Name != name || c.Value != "" || c.MaxAge >= 0 {
			t.Errorf("%s: cleared by %v", url, c)
		}
	}
}
