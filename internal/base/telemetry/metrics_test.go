package telemetry_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	page, _ := io.ReadAll(rec.Body)
	for _, want := range []string{
		`gatehouse_request_duration_seconds_count{edge="oauth",status="418"} 3`,
		`gatehouse_request_duration_seconds_bucket{edge="gateway",status="200",le="0.005"} 0`,
		`gatehouse_request_duration_seconds_bucket{edge="gateway",status="200",le="0.01"} 1`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no line %s in\n%s", want, page)
		}
	}
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
