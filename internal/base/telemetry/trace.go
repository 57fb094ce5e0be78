package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// Tracer sends one span for every request to a collector.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Traces says where spans go, and which. What is left out is as the standard variables
// of OpenTelemetry say (OTEL_…), and else as OpenTelemetry's defaults are.
type Traces struct {
	Off      bool     // send none
	On       bool     // send some, also if no endpoint is named
	Endpoint *url.URL // of the collector, for spans; with gRPC its path says nothing
	GRPC     bool     // speak gRPC with it, not HTTP
	Headers  map[string]seal.Secret
	Timeout  time.Duration // for one answer of the collector

	Ratio      *float64 // the share of the requests that have spans
	Attributes []attribute.KeyValue
	TextLimit  *int          // the length of a text in a span
	Delay      time.Duration // how long spans wait to be sent together
	Together   int           // how many at most
}

// NewTracer returns the tracer that t and the standard OTEL_… environment variables
// describe. It returns nil, without an error, in each of these cases:
//
//   - no endpoint is named, and nothing else asks for traces
//   - t or OTEL_TRACES_EXPORTER asks for none
//   - OTEL_SDK_DISABLED is "true"
//
// The standard variables also set certificates and more. If the collector does not
// answer, log gets a warning and the spans are lost.
func NewTracer(ctx context.Context, t Traces, log *slog.Logger) (*Tracer, error) {
	if !t.asked() {
		return nil, nil
	}
	exporter, err := t.exporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up trace export: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "gatehouse")),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(), // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
		resource.WithAttributes(t.Attributes...),
	)
	if err != nil {
		return nil, fmt.Errorf("set up trace export: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.LogAttrs(context.Background(), slog.LevelWarn, "tracing", slog.String("error", err.Error()))
	}))
	provider := sdktrace.NewTracerProvider(append(t.sampling(), sdktrace.WithBatcher(exporter, t.batching()...), sdktrace.WithResource(about))...)
	return &Tracer{provider: provider, tracer: provider.Tracer("gatehouse")}, nil
}

// asked reports whether there are to be traces. A process without a configuration has the
// environment alone.
func (t *Traces) asked() bool {
	exporter := os.Getenv("OTEL_TRACES_EXPORTER")
	switch {
	case strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true"), t.Off:
		return false
	case t.On, t.Endpoint != nil:
		return true
	}
	named := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") + os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	return exporter == "otlp" || exporter == "" && named != ""
}

func (t *Traces) exporter(ctx context.Context) (*otlptrace.Exporter, error) {
	headers := make(map[string]string, len(t.Headers))
	for name, value := range t.Headers {
		headers[name] = value.Reveal()
	}
	if t.GRPC {
		var o []otlptracegrpc.Option
		if t.Endpoint != nil {
			o = append(o, otlptracegrpc.WithEndpointURL(t.Endpoint.String()))
		}
		if len(headers) > 0 {
			o = append(o, otlptracegrpc.WithHeaders(headers))
		}
		if t.Timeout > 0 {
			o = append(o, otlptracegrpc.WithTimeout(t.Timeout))
		}
		return otlptracegrpc.New(ctx, o...)
	}
	var o []otlptracehttp.Option
	if t.Endpoint != nil {
		o = append(o, otlptracehttp.WithEndpointURL(t.Endpoint.String()))
	}
	if len(headers) > 0 {
		o = append(o, otlptracehttp.WithHeaders(headers))
	}
	if t.Timeout > 0 {
		o = append(o, otlptracehttp.WithTimeout(t.Timeout))
	}
	return otlptracehttp.New(ctx, o...)
}

// sampling returns which requests have spans, and how long their texts may be.
// OTEL_TRACES_SAMPLER has its own word on the ratio.
func (t *Traces) sampling() (o []sdktrace.TracerProviderOption) {
	if t.Ratio != nil && os.Getenv("OTEL_TRACES_SAMPLER") == "" {
		o = append(o, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(*t.Ratio))))
	}
	if t.TextLimit != nil {
		limits := sdktrace.NewSpanLimits()
		limits.AttributeValueLengthLimit = *t.TextLimit
		o = append(o, sdktrace.WithRawSpanLimits(limits))
	}
	return o
}

func (t *Traces) batching() (o []sdktrace.BatchSpanProcessorOption) {
	if t.Delay > 0 {
		o = append(o, sdktrace.WithBatchTimeout(t.Delay))
	}
	if t.Together > 0 {
		o = append(o, sdktrace.WithMaxExportBatchSize(t.Together))
	}
	return o
}

// Trace starts the span of one request and returns the function that ends it,
// which takes the status of the answer. It fits the field Trace of web.Observer.
func (t *Tracer) Trace(ctx context.Context, method string) (context.Context, func(status int)) {
	ctx, span := t.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", method),
		attribute.String("gatehouse.request_id", web.RequestID(ctx)),
	))
	return ctx, func(status int) {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Shutdown sends the spans that are left, until ctx ends. It does nothing on a
// nil Tracer.
func (t *Tracer) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}
