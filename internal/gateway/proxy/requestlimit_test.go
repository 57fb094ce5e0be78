package proxy

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
)

func TestWhatWasUsedComesBackEvenly(t *testing.T) {
	l, now := newLimiter(RequestLimit{3, time.Minute}, nil), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, tt := range []struct {
		after, want time.Duration
	}{
		{0, 0}, {0, 0}, {0, 0}, {0, 20 * time.Second}, {5 * time.Second, 15 * time.Second}, {15 * time.Second, 0}, {0, 20 * time.Second},
		{time.Hour, 0}, {0, 0}, {0, 0}, {0, 20 * time.Second},
	} {
		now = now.Add(tt.after)
		if got := l.take("alice", now); got != tt.want {
			t.Errorf("request %d: got %v to wait, want %v", i+1, got, tt.want)
		}
	}
	if got := l.take("bob", now); got != 0 {
		t.Errorf("somebody else: got %v to wait", got)
	}
}

func TestALimiterHoldsNotMoreThanItsRoom(t *testing.T) {
	l, now := newLimiter(RequestLimit{1, time.Minute}, nil), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 * limiterRoom {
		l.take(fmt.Sprint("address ", i), now)
		if i%1000 == 0 {
			l.take("alice", now) // is never forgotten, because it calls all the time
		}
	}
	if n := len(l.young) + len(l.old); n > 2*limiterRoom {
		t.Errorf("got %d callers, want at most %d", n, 2*limiterRoom)
	}
}

func TestAPersonIsLimitedFromEveryAddressAndOthersByTheirs(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Now, c.TrustedHops = w.Now, 1
		limited := func(r *Route) { r.Limit = RequestLimit{2, time.Minute} }
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
