package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/server"
)

func TestBalancingOfARoute(t *testing.T) {
	const file = `
circuit_breaker_thresholds: {max_requests: 5, max_retries: 1}
routes:
  - from: https://a.example.com
    to: ["http://a-1", "http://a-2"]
    allow_public_unauthenticated_access: true
    lb_policy: LEAST_REQUEST
  - from: https://b.example.com
    to: ["http://b-1", "http://b-2"]
    allow_public_unauthenticated_access: true
    load_balancing_policy: MAGLEV
    lb_policy: RANDOM
    healthy_panic_threshold: 0
    outlier_detection: {consecutive_5xx: 12, interval: 5s}
    circuit_breaker_thresholds: {max_requests: 7, max_connections: 2, max_pending_requests: 3}
    health_checks:
      - {timeout: 10s, interval: 60s, healthy_threshold: 1, unhealthy_threshold: 2, http_health_check: {path: /up, request_headers_to_add: [{header: {key: x-a, value: b}}], request_headers_to_remove: [user-agent]}}
      - {timeout: 1s, interval: 5s, tcp_health_check: {send: {text: "50494E47"}, receive: [{binary: UE9ORw==}]}}
      - {timeout: 1s, interval: 5s, unhealthy_interval: 2s, interval_jitter_percent: 10, grpc_health_check: {service_name: app}}
`
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	report, err := server.Check(c)
	if err != nil {
		t.Fatal(err)
	}
	n := func(i int) *int { return &i }
	want := []proxy.Balancing{
		{Policy: balance.LeastRequest, Panic: n(50), Limits: balance.Limits{Requests: n(5), Retries: n(1)}},
		{
			Policy: balance.Maglev, Panic: n(0), Limits: balance.Limits{Requests: n(7), Retries: n(1), Pending: n(3)}, Connections: n(2),
			Outliers: &balance.Outliers{
				Consecutive5xx: balance.Threshold{Count: 12, Enforcing: 100}, ConsecutiveGateway: balance.Threshold{Count: 5}, ConsecutiveLocal: balance.Threshold{Count: 5, Enforcing: 100},
				Interval: 5 * time.Second, BaseTime: 30 * time.Second, MaxTime: 300 * time.Second, MaxPercent: 10,
			},
			Checks: []balance.Check{
				{Timeout: 10 * time.Second, Interval: time.Minute, Healthy: 1, Unhealthy: 2, HTTP: &balance.HTTPCheck{Path: "/up", Method: "GET", Room: 1024, Set: http.Header{"X-A": {"b"}}, Remove: []string{"User-Agent"}}},
				{Timeout: time.Second, Interval: 5 * time.Second, Healthy: 1, Unhealthy: 1, TCP: &balance.TCPCheck{Send: []byte("PING"), Receive: [][]byte{[]byte("PONG")}}},
				{Timeout: time.Second, Interval: 5 * time.Second, Healthy: 1, Unhealthy: 1, UnhealthyInterval: 2 * time.Second, IntervalJitterPart: 10, GRPC: &balance.GRPCCheck{Service: "app", Metadata: http.Header{}}},
			},
		},
	}
	for i, r := range report.Routes {
		if diff := cmp.Diff(want[i], r.Balancing); diff != "" {
			t.Errorf("route %d (-want +got):\n%s", i, diff)
		}
	}
	said := report.Routes[1].Balancing.Describe()
	wantSaid := []string{
		"the same upstream for a session (maglev)", "asked at /up every 1m0s", "asked by a connection every 5s", "asked by gRPC every 5s", "left out after 12 failures in a row",
		"at most 7 requests under way", "at most 3 requests that wait for a connection", "at most 2 connections to each upstream", "at most 1 requests sent to another upstream",
	}
	if diff := cmp.Diff(wantSaid, said); diff != "" {
		t.Errorf("check says (-want +got):\n%s", diff)
	}
}

func TestASocketAndLimitsOfARoute(t *testing.T) {
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte("routes:\n  - {from: https://a.example.com, to: 'http+unix:///run/app.sock', rate_limit: {requests: 5}, connect_timeout: 3s, allow_public_unauthenticated_access: true}\n")})
	if err != nil {
		t.Fatal(err)
	}
	report, err := server.Check(c)
	if err != nil {
		t.Fatal(err)
	}
	r := report.Routes[0]
	if want := (limit.Rate{Requests: 5, Per: time.Minute}); r.Limit != want {
		t.Errorf("got the limit %v, want %v", r.Limit, want)
	}
	if got := r.Balancing.ConnectTimeout; got != 3*time.Second {
		t.Errorf("got %v to connect, want 3s", got)
	}
	if got := r.To[0].URL.String(); got != "http+unix:///run/app.sock" || r.Rewrite.TargetPath != "" {
		t.Errorf("got %s, and the path %q before that of requests; want the socket and none", got, r.Rewrite.TargetPath)
	}
}
