// Package telemetry makes the log, the metrics and the traces of a process.
//
//	NewLogger   slog, JSON lines or text
//	Metrics     a Prometheus registry; its Measure is web.Observer's
//	Tracer      OpenTelemetry spans over OTLP/HTTP; its Trace is web.Observer's
//
// Package web decides what is logged, measured and traced of a request. Nothing
// here is global, except that OpenTelemetry has one error handler for the whole
// process.
package telemetry
