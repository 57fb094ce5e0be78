package server

import (
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/gateway/proxy"
)

type fakeUpstreams []proxy.UpstreamState

func (f fakeUpstreams) Upstreams() []proxy.UpstreamState { return f }

// Two routes with one name and one upstream are one series: two would spoil the whole page
// of metrics.
func TestUpstreamsOfRoutesWithTheSameName(t *testing.T) {
	m := telemetry.NewMetrics()
	m.Registry.MustRegister(upstreamsUp{fakeUpstreams{
		{Route: "https://a.example.com", Upstream: "http://x", Cluster: "route-1", Up: true}, {Route: "https://a.example.com", Upstream: "http://y", Cluster: "route-1", Up: false},
		{Route: "https://a.example.com", Upstream: "http://x", Cluster: "route-2", Up: false}, {Route: "https://a.example.com", Upstream: "http://z", Cluster: "route-2", Up: true},
	}})
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("got %d: %s", rec.Code, rec.Body)
	}
	for _, want := range []string{
		`gatehouse_upstream_up{route="https://a.example.com",upstream="http://x"} 0`, `gatehouse_upstream_up{route="https://a.example.com",upstream="http://y"} 0`,
		`gatehouse_upstream_up{route="https://a.example.com",upstream="http://z"} 1`,
		`envoy_cluster_membership_total{envoy_cluster_name="route-1",service="pomerium"} 2`, `envoy_cluster_membership_healthy{envoy_cluster_name="route-1",service="pomerium"} 1`,
		`envoy_cluster_membership_total{envoy_cluster_name="route-2",service="pomerium"} 2`,
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no line %s in\n%s", want, rec.Body)
		}
	}
}
