package telemetry_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
)

func TestRequestsAreMeasured(t *testing.T) {
	m := telemetry.NewMetrics()
	o := &web.Observer{Log: slog.New(slog.DiscardHandler), Measure: m.Measure}
	h := o.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.NoteEdge(r.Context(), "oauth")
		w.WriteHeader(http.StatusTeapot)
	}))
	for range 3 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	m.Measure("gateway", 200, 7*time.Millisecond)
	m.Measure("oauth", 200, 8*time.Millisecond)

	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	page, _ := io.ReadAll(rec.Body)
	for _, want := range []string{
		`gatehouse_request_duration_seconds_count{edge="oauth",status="418"} 3`,
		`gatehouse_request_duration_seconds_bucket{edge="gateway",status="200",le="0.005"} 0`,
		`gatehouse_request_duration_seconds_bucket{edge="gateway",status="200",le="0.01"} 1`,
		// Pomerium's names have the sum of all edges, in milliseconds.
		`pomerium_http_server_requests_total{http_status="200",service="pomerium"} 2`,
		`pomerium_http_server_requests_total{http_status="418",service="pomerium"} 3`,
		`pomerium_http_server_request_duration_ms_bucket{http_status="200",service="pomerium",le="5"} 0`,
		`pomerium_http_server_request_duration_ms_bucket{http_status="200",service="pomerium",le="10"} 2`,
		`pomerium_http_server_request_duration_ms_sum{http_status="200",service="pomerium"} 15`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no line %s in\n%s", want, page)
		}
	}
}

func TestDecisionsAreCounted(t *testing.T) {
	m := telemetry.NewMetrics()
	decided := m.CountDecisions()
	decided(true, 2*time.Millisecond)
	decided(true, 600*time.Millisecond)
	decided(false, 20*time.Microsecond)
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`pomerium_authorize_evaluator_evaluations_total{service="pomerium"} 3`, `pomerium_authorize_evaluator_allowals_total{service="pomerium"} 2`,
		`pomerium_authorize_evaluator_denials_total{service="pomerium"} 1`, `envoy_http_ext_authz_ok{service="pomerium"} 2`, `envoy_http_ext_authz_denied{service="pomerium"} 1`,
		`pomerium_authorize_evaluator_evaluation_duration_milliseconds_bucket{service="pomerium",le="0.05"} 1`,
		`pomerium_authorize_evaluator_evaluation_duration_milliseconds_bucket{service="pomerium",le="500"} 2`,
		`pomerium_authorize_evaluator_evaluation_duration_milliseconds_count{service="pomerium"} 3`,
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no line %s in\n%s", want, rec.Body)
		}
	}
}

func TestTheProcessUnderPomeriumsNames(t *testing.T) {
	m, noon := telemetry.NewMetrics(), time.Unix(1_800_000_000, 0)
	m.TellBuild("1.2.3", "abc")
	want := func(lines ...string) {
		t.Helper()
		rec := httptest.NewRecorder()
		m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
		for _, line := range lines {
			if !strings.Contains(rec.Body.String(), line) {
				t.Errorf("no line %s in\n%s", line, rec.Body)
			}
		}
	}
	m.Reloaded(noon, telemetry.Loaded{Routes: 7, Checksum: 123456})
	want(`pomerium_config_last_reload_success{service="pomerium"} 1`, `pomerium_config_last_reload_success_timestamp{service="pomerium"} 1.8e+09`,
		`pomerium_policy_count_total{service="pomerium"} 7`, `pomerium_config_checksum_int64{service="pomerium"} 123456`,
		`goversion="`+runtime.Version()+`"`, `revision="abc",service="pomerium",version="1.2.3"} 1`)
	m.Refused()
	want(`pomerium_config_last_reload_success{service="pomerium"} 0`, `pomerium_config_last_reload_success_timestamp{service="pomerium"} 1.8e+09`,
		`pomerium_policy_count_total{service="pomerium"} 7`)
}

func TestTwoMetricsInOneProcess(t *testing.T) {
	telemetry.NewMetrics()
	telemetry.NewMetrics() // would panic if the metrics were registered globally
}

func BenchmarkMeasure(b *testing.B) {
	m := telemetry.NewMetrics()
	b.ReportAllocs()
	for b.Loop() {
		m.Measure("gateway", 200, time.Millisecond)
	}
}
