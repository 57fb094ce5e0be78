package proxy

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/policy"
)

func TestAPersonIsLimitedFromEveryAddressAndOthersByTheirs(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Now, c.TrustedHops = w.Now, 1
		limited := func(r *Route) { r.Limit = limit.Rate{Requests: 2, Per: time.Minute} }
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{Public: true}, limited), w.route("https://y.example.com", policy.Access{AnyUser: true}, limited))
	})
	ask := func(host, address string, cookie *http.Cookie) *http.Response {
		t.Helper()
		r, _ := http.NewRequest("GET", "https://"+host+".example.com:"+port+"/", nil)
		r.Header.Set("X-Forwarded-For", address)
		if cookie != nil {
			r.AddCookie(cookie)
		}
		resp, err := w.network.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	alice, _ := w.knownSession("y.example.com", nil)
	again, _ := w.knownSession("y.example.com", nil)
	for i, tt := range []struct {
		host, address string
		cookie        *http.Cookie
		want          int
	}{
		{"x", "203.0.113.1", nil, 200}, {"x", "203.0.113.1", nil, 200}, {"x", "203.0.113.1", nil, 429}, {"x", "203.0.113.2", nil, 200},
		{"x", "2001:db8::1", nil, 200}, {"x", "2001:db8::2", nil, 200}, {"x", "2001:db8::3", nil, 429}, {"x", "2001:db8:0:1::1", nil, 200},
		{"y", "203.0.113.1", alice, 200}, {"y", "203.0.113.2", again, 200}, {"y", "203.0.113.3", alice, 429}, {"y", "203.0.113.4", again, 429},
	} {
		resp := ask(tt.host, tt.address, tt.cookie)
		if resp.StatusCode != tt.want || (tt.want == 429) != (resp.Header.Get("Retry-After") == "30") {
			t.Errorf("request %d: got %d, Retry-After %q, want %d", i, resp.StatusCode, resp.Header.Get("Retry-After"), tt.want)
		}
	}
	if err := w.gateway.Reload(w.cfg); err != nil {
		t.Fatal(err)
	}
	if got := ask("y", "203.0.113.9", alice).StatusCode; got != 429 {
		t.Errorf("after a reload: got %d, want the count to go on", got)
	}
	w.Advance(30 * time.Second)
	if got := ask("y", "203.0.113.9", alice).StatusCode; got != 200 {
		t.Errorf("after half a minute: got %d, want room for one request", got)
	}
}
