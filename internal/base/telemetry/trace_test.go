package telemetry_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
)

// collector is an OTLP collector that records the bodies of its requests.
type collector struct {
	mu   sync.Mutex
	path string
	data []byte

	headers http.Header
}

// startCollector starts a collector that speaks HTTP, and gRPC without TLS.
func startCollector(t *testing.T) (*collector, *url.URL) {
	t.Helper()
	c := &collector{}
	server := httptest.NewUnstartedServer(c)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c, u
}

// oneSpan sends the span of one request, and returns its id.
func oneSpan(t *testing.T, to telemetry.Traces) (id string) {
	t.Helper()
	tracer, err := telemetry.NewTracer(t.Context(), to, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	o := &web.Observer{Log: slog.New(slog.DiscardHandler), Trace: tracer.Trace}
	rec := httptest.NewRecorder()
	o.Wrap(http.NotFoundHandler()).ServeHTTP(rec, httptest.NewRequest("PATCH", "/", nil))
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return rec.Header().Get("X-Request-Id")
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.path, c.headers = r.URL.Path, r.Header
	body, _ := io.ReadAll(r.Body)
	c.data = append(c.data, body...)
	if r.Header.Get("Content-Type") == "application/grpc" {
		w.Header().Set("Content-Type", "application/grpc")
		w.Write(make([]byte, 5)) // an empty message
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	}
}

// clearEnv removes the variables that configure traces from the environment.
func clearEnv(t *testing.T) {
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_TRACES_SAMPLER", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"} {
		t.Setenv(name, "")
	}
}

func TestSpanReachesTheCollector(t *testing.T) {
	const grpcPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	tests := []struct {
		name string
		to   func(u *url.URL) telemetry.Traces
		env  bool
		path string
	}{
		{"as the environment says", func(*url.URL) telemetry.Traces { return telemetry.Traces{} }, true, "/v1/traces"},
		{"by HTTP", func(u *url.URL) telemetry.Traces { return telemetry.Traces{Endpoint: u.JoinPath("spans")} }, false, "/spans"},
		{"by gRPC", func(u *url.URL) telemetry.Traces {
			return telemetry.Traces{Endpoint: u.JoinPath("v1/traces"), GRPC: true}
		}, false, grpcPath},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnv(t)
			c, u := startCollector(t)
			if tt.env {
				t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", u.String())
			}
			to := tt.to(u)
			to.Headers, to.Attributes = map[string]seal.Secret{"authorization": "Bearer x"}, []attribute.KeyValue{attribute.String("team", "platform")}
			id := oneSpan(t, to)
			if c.path != tt.path || c.headers.Get("Authorization") != "Bearer x" {
				t.Errorf("the collector was asked at %q with %q, want %q with Bearer x", c.path, c.headers.Get("Authorization"), tt.path)
			}
			for _, want := range []string{"PATCH", "http.response.status_code", "service.name", "gatehouse", "team", "platform", id} {
				if !bytes.Contains(c.data, []byte(want)) {
					t.Errorf("no %q in what the collector got: %q", want, c.data)
				}
			}
		})
	}
}

func TestAShareOfTheRequestsHasSpans(t *testing.T) {
	clearEnv(t)
	c, u := startCollector(t)
	oneSpan(t, telemetry.Traces{Endpoint: u, Ratio: new(float64)})
	if c.path != "" {
		t.Errorf("the collector was asked at %s, although no request has spans", c.path)
	}
	id := oneSpan(t, telemetry.Traces{Endpoint: u, Ratio: new(1.0), TextLimit: new(8)})
	if !bytes.Contains(c.data, []byte("http.request.method")) {
		t.Errorf("the collector got %q, want a span", c.data)
	}
	if bytes.Contains(c.data, []byte(id)) {
		t.Errorf("the collector got the whole id %s, want the first eight bytes of it", id)
	}
}

func TestUnreachableCollectorIsAWarning(t *testing.T) {
	clearEnv(t)
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "200")
	var out bytes.Buffer
	tracer, err := telemetry.NewTracer(t.Context(), telemetry.Traces{}, slog.New(slog.NewTextHandler(&out, nil)))
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
		to   telemetry.Traces
		on   bool
	}{
		{"nothing set", nil, telemetry.Traces{}, false},
		{"an endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, telemetry.Traces{}, true},
		{"an endpoint for traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint}, telemetry.Traces{}, true},
		{"the exporter by name", map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, telemetry.Traces{}, true},
		{"none", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, telemetry.Traces{}, false},
		{"an endpoint of the configuration", nil, telemetry.Traces{Endpoint: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}, true},
		{"asked for by the configuration", nil, telemetry.Traces{On: true}, true},
		{"none by the configuration", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, telemetry.Traces{Off: true}, false},
		{"disabled", map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, telemetry.Traces{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnv(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			tracer, err := telemetry.NewTracer(t.Context(), tt.to, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
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
