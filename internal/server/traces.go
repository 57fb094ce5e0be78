package server

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/config"
)

// Traces returns where a configuration sends spans.
func Traces(c *config.Config) telemetry.Traces {
	t := &c.Tracing
	to := telemetry.Traces{
		Off: t.TracesExporter == "none", On: t.TracesExporter == "otlp",
		Endpoint: t.TracesEndpoint(), GRPC: t.TracesProtocol() == "grpc", Headers: t.TracesHeaders(), Timeout: milliseconds(t.TracesTimeout()),
		Ratio: t.SampleRatio(), TextLimit: t.AttributeValueLengthLimit, Delay: milliseconds(t.BSPScheduleDelay),
	}
	if t.BSPMaxExportBatchSize != nil {
		to.Together = *t.BSPMaxExportBatchSize
	}
	for _, pair := range t.Attributes() {
		to.Attributes = append(to.Attributes, attribute.String(pair[0], pair[1]))
	}
	return to
}

// milliseconds returns a time, 0 for nil.
func milliseconds(n *int) time.Duration {
	if n == nil {
		return 0
	}
	return time.Duration(*n) * time.Millisecond
}
