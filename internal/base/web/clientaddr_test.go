package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"gatehouse/internal/base/web"
)

func TestClientAddrBehind(t *testing.T) {
	tests := []struct {
		xff    []string
		hops   int
		remote string
		want   string
	}{
		{nil, 0, "192.0.2.9:1234", "192.0.2.9"},
		{[]string{"203.0.113.1"}, 0, "192.0.2.9:1234", "192.0.2.9"},
		{[]string{"203.0.113.1"}, 1, "192.0.2.9:1234", "203.0.113.1"},
		{[]string{"10.0.0.1, 203.0.113.1"}, 1, "192.0.2.9:1234", "203.0.113.1"},
		{[]string{"10.0.0.1", "203.0.113.1, 203.0.113.2"}, 2, "192.0.2.9:1234", "203.0.113.1"},
		{[]string{"203.0.113.1"}, 2, "192.0.2.9:1234", "192.0.2.9"},
		{[]string{"made up"}, 1, "192.0.2.9:1234", "192.0.2.9"},
		{nil, 1, "[2001:db8::1]:1", "2001:db8::1"},
		{nil, 0, "[::ffff:192.0.2.1]:1", "192.0.2.1"},
		{nil, 0, "@", ""},
	}
	for _, tt := range tests {
		got := web.ClientAddrBehind(&http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.xff}}, tt.hops)
		var want netip.Addr
		if tt.want != "" {
			want = netip.MustParseAddr(tt.want)
		}
		if got != want {
			t.Errorf("%v, %d hops: got %s, want %s", tt.xff, tt.hops, got, want)
		}
	}
}

func TestClientAddrTrustsAsManyProxiesAsTheObserver(t *testing.T) {
	for hops, want := range map[int]string{0: "192.0.2.9", 1: "203.0.113.2", 2: "203.0.113.1"} {
		var got netip.Addr
		observer := &web.Observer{Log: slog.New(slog.DiscardHandler), TrustedHops: hops}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header = "192.0.2.9:1234", http.Header{"X-Forwarded-For": {"203.0.113.1, 203.0.113.2"}}
		observer.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.ClientAddr(r) })).ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != want {
			t.Errorf("%d hops: %s, want %s", hops, got, want)
		}
	}
	if got := web.ClientAddr(&http.Request{RemoteAddr: "192.0.2.9:1"}).String(); got != "192.0.2.9" {
		t.Errorf("without an observer: %s, want the peer", got)
	}
}

func TestNetwork(t *testing.T) {
	for addr, want := range map[string]string{"192.0.2.9": "192.0.2.9", "::ffff:192.0.2.9": "192.0.2.9", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64"} {
		if got := web.Network(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Network(%s) = %s, want %s", addr, got, want)
		}
	}
	if got := web.Network(netip.Addr{}); got != "" {
		t.Errorf("Network of no address = %q, want none", got)
	}
}
