package telemetry_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
)

// collector is an OTLP collector that records the bodies of its requests.
type collector struct {
	mu   sync.Mutex
	path string
	data []byte
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.path = r.URL.Path
	body, _ := io.ReadAll(r.Body)
	c.data = append(c.data, body...)
}

// clearEnv removes the variables that configure traces from the environment.
func clearEnv(t *testing.T) {
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_TRACES_SAMPLER", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"} {
		t.Setenv(name, "")
	}
}

func TestSpanReachesTheCollector(t *testing.T) {
	clearEnv(t)
	c := &collector{}
	server := httptest.NewServer(c)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	tracer, err := telemetry.NewTracer(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	o := &web.Observer{Log: slog.New(slog.DiscardHandler), Trace: tracer.Trace}
	rec := httptest.NewRecorder()
	o.Wrap(http.NotFoundHandler()).ServeHTTP(rec, httptest.NewRequest("PATCH", "/", nil))
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.path != "/v1/traces" {
		t.Errorf("path = %q, want /v1/traces", c.path)
	}
	for _, want := range []string{"PATCH", "http.response.status_code", "service.name", "gatehouse", rec.Header().Get("X-Request-Id")} {
		if !bytes.Contains(c.data, []byte(want)) {
			t.Errorf("no %q in what the collector got: %q", want, c.data)
		}
	}
}

func TestUnreachableCollectorIsAWarning(t *testing.T) {
	clearEnv(t)
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "200")
	var out bytes.Buffer
	tracer, err := telemetry.NewTracer(t.Context(), slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	_, end := tracer.Trace(t.Context(), "GET")
	end(500)
	err = tracer.Shutdown(t.Context())
	if err == nil && !strings.Contains(out.String(), "level=WARN") {
		t.Errorf("want an error or a warning in the log, got: %s", out.String())
	}
}

func TestTracesAreOffByDefault(t *testing.T) {
	const endpoint = "http://127.0.0.1:1"
	tests := []struct {
		name string
		env  map[string]string
		on   bool
		err  string
	}{
		{"nothing set", nil, false, ""},
		{"an endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, true, ""},
		{"an endpoint for traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint}, true, ""},
		{"the exporter by name", map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{"none", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, false, ""},
		{"disabled", map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, false, ""},
		{"another exporter", map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, false, "zipkin"},
		{"another protocol", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, "grpc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnv(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			tracer, err := telemetry.NewTracer(t.Context(), slog.New(slog.DiscardHandler))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error = %v, want one with %q", err, tt.err)
			}
			if got := tracer != nil; got != tt.on {
				t.Errorf("on = %v, want %v", got, tt.on)
			}
			if err := tracer.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
		})
	}
}
