// Package telemetry makes what the outside sees of a running process: the log,
// the metrics and the traces.
//
//	NewLogger   slog, JSON lines or text
//	Metrics     a Prometheus registry; its Measure is web.Observer's
//	Tracer      OpenTelemetry spans over OTLP/HTTP; its Trace is web.Observer's
//
// What is logged, measured and traced of a request is decided in package web.
// Nothing here is global, save that OpenTelemetry reports its own failures
// through one place a process.
package telemetry
