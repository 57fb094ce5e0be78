package config

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Tracing says where the spans of requests go. The keys are variables of OpenTelemetry
// in small letters; its other variables count too, such as `OTEL_SERVICE_NAME`.
type Tracing struct {
	// `otlp` sends spans to a collector, `none` sends none. Left out, they are sent if
	// an endpoint is named.
	TracesExporter string `key:"otel_traces_exporter" enum:",otlp,none"`

	// The URL of the collector, for example `http://collector:4318`. With HTTP, spans
	// go to `/v1/traces` below it.
	OTLPEndpoint *url.URL `key:"otel_exporter_otlp_endpoint"`

	// The whole URL for spans. It wins over `otel_exporter_otlp_endpoint`.
	OTLPTracesEndpoint *url.URL `key:"otel_exporter_otlp_traces_endpoint"`

	// How the collector is spoken to: `grpc` or `http/protobuf`. Left out, gRPC with
	// an endpoint at port 4317, and else HTTP.
	OTLPProtocol string `key:"otel_exporter_otlp_protocol" enum:",grpc,http/protobuf" alias:"http/json=http/protobuf"`

	// The same for spans alone. It wins over `otel_exporter_otlp_protocol`.
	OTLPTracesProtocol string `key:"otel_exporter_otlp_traces_protocol" enum:",grpc,http/protobuf" alias:"http/json=http/protobuf"`

	// Headers for the collector, such as its credentials: `name=value`, where the
	// value is percent-encoded, with commas between them.
	OTLPHeaders []seal.Secret `key:"otel_exporter_otlp_headers"`

	// The same for spans alone. It wins over `otel_exporter_otlp_headers`.
	OTLPTracesHeaders []seal.Secret `key:"otel_exporter_otlp_traces_headers"`

	// How many milliseconds the collector may take. Left out: 10,000.
	OTLPTimeout *int `key:"otel_exporter_otlp_timeout"`

	// The same for spans alone. It wins over `otel_exporter_otlp_timeout`.
	OTLPTracesTimeout *int `key:"otel_exporter_otlp_traces_timeout"`

	// Which share of the requests has spans: `0.1` is a tenth. Left out: all. The
	// variable `OTEL_TRACES_SAMPLER` may choose in another way.
	TracesSamplerArg string `key:"otel_traces_sampler_arg"`

	// What the spans say of this process: `name=value`, with commas between them.
	ResourceAttributes []string `key:"otel_resource_attributes"`

	// How long a text in a span may be. Longer ones are cut.
	AttributeValueLengthLimit *int `key:"otel_attribute_value_length_limit"`

	// How many milliseconds spans wait to be sent together. Left out: 5,000.
	BSPScheduleDelay *int `key:"otel_bsp_schedule_delay"`

	// How many spans are sent together at most. Left out: 512.
	BSPMaxExportBatchSize *int `key:"otel_bsp_max_export_batch_size"`
}

// TracesEndpoint returns the whole URL for spans, or nil if no endpoint is named. With
// gRPC its path says nothing.
func (t *Tracing) TracesEndpoint() *url.URL {
	if t.OTLPTracesEndpoint != nil || t.OTLPEndpoint == nil {
		return t.OTLPTracesEndpoint
	}
	return t.OTLPEndpoint.JoinPath("v1/traces")
}

// TracesProtocol returns grpc or http/protobuf, or "" if neither a key nor the port of
// the endpoint says which. Pomerium takes the port so, too.
func (t *Tracing) TracesProtocol() string {
	const grpcPort = "4317"
	endpoint := t.TracesEndpoint()
	switch {
	case t.OTLPTracesProtocol != "":
		return t.OTLPTracesProtocol
	case t.OTLPProtocol != "" || endpoint == nil:
		return t.OTLPProtocol
	case endpoint.Port() == grpcPort:
		return "grpc"
	}
	return "http/protobuf"
}

// TracesHeaders returns the headers for the collector.
func (t *Tracing) TracesHeaders() map[string]seal.Secret {
	list := t.OTLPTracesHeaders
	if list == nil {
		list = t.OTLPHeaders
	}
	headers, _ := pairsOf(revealed(list))
	secrets := make(map[string]seal.Secret, len(headers))
	for _, h := range headers {
		secrets[h[0]] = seal.Secret(h[1])
	}
	return secrets
}

// Attributes returns the names and values of otel_resource_attributes.
func (t *Tracing) Attributes() [][2]string {
	pairs, _ := pairsOf(t.ResourceAttributes)
	return pairs
}

// TracesTimeout returns how many milliseconds the collector may take, or nil.
func (t *Tracing) TracesTimeout() *int {
	if t.OTLPTracesTimeout != nil {
		return t.OTLPTracesTimeout
	}
	return t.OTLPTimeout
}

// SampleRatio returns the share of the requests that have spans, or nil.
func (t *Tracing) SampleRatio() *float64 {
	ratio, err := strconv.ParseFloat(t.TracesSamplerArg, 64)
	if err != nil {
		return nil
	}
	return &ratio
}

func revealed(secrets []seal.Secret) []string {
	texts := make([]string, len(secrets))
	for i, s := range secrets {
		texts[i] = s.Reveal()
	}
	return texts
}

// pairsOf reads texts of the form name=value. ok is false if one has another form. W3C
// Baggage, which OpenTelemetry names as the form of its lists: values are
// percent-encoded.
func pairsOf(texts []string) (pairs [][2]string, ok bool) {
	ok = true
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		name, value, found := strings.Cut(text, "=")
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || err != nil || name == "" {
			ok = false
			continue
		}
		pairs = append(pairs, [2]string{name, decoded})
	}
	return pairs, ok
}

func (k *checker) checkTracing(t *Tracing) {
	k.collector("otel_exporter_otlp_endpoint", t.OTLPEndpoint)
	k.collector("otel_exporter_otlp_traces_endpoint", t.OTLPTracesEndpoint)
	k.collectorHeaders("otel_exporter_otlp_headers", t.OTLPHeaders)
	k.collectorHeaders("otel_exporter_otlp_traces_headers", t.OTLPTracesHeaders)
	if _, ok := pairsOf(t.ResourceAttributes); !ok {
		k.fail("otel_resource_attributes", settings.Quote(strings.Join(t.ResourceAttributes, ",")), "name=value, with commas between them", "")
	}
	if ratio := t.SampleRatio(); t.TracesSamplerArg != "" && (ratio == nil || !(*ratio >= 0 && *ratio <= 1)) {
		k.fail("otel_traces_sampler_arg", settings.Quote(t.TracesSamplerArg), "a number from 0 to 1", "")
	}
	for _, n := range []struct {
		key   string
		value *int
		least int
	}{
		{"otel_exporter_otlp_timeout", t.OTLPTimeout, 1}, {"otel_exporter_otlp_traces_timeout", t.OTLPTracesTimeout, 1},
		{"otel_attribute_value_length_limit", t.AttributeValueLengthLimit, 0},
		{"otel_bsp_schedule_delay", t.BSPScheduleDelay, 1}, {"otel_bsp_max_export_batch_size", t.BSPMaxExportBatchSize, 1},
	} {
		if n.value != nil && *n.value < n.least {
			k.fail(n.key, settings.Quote(strconv.Itoa(*n.value)), "a whole number from "+strconv.Itoa(n.least), "")
		}
	}
}

// collector checks the URL of a collector. Plain HTTP is allowed: spans have no
// secrets, and collectors are near.
func (k *checker) collector(path string, u *url.URL) {
	if u != nil {
		k.webURL(path, u)
	}
}

func (k *checker) collectorHeaders(path string, list []seal.Secret) {
	pairs, ok := pairsOf(revealed(list))
	for _, p := range pairs {
		ok = ok && httpguts.ValidHeaderFieldName(p[0]) && httpguts.ValidHeaderFieldValue(p[1]) && http.CanonicalHeaderKey(p[0]) != "Host"
	}
	if !ok {
		k.fail(path, "the value", "name=value, with commas between them", "write the value percent-encoded: Bearer%20abc")
	}
}
