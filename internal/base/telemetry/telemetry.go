// Package telemetry makes the log, the metrics and the traces of a process.
//
//	OpenLog     slog, JSON lines or text, through a Queue that never makes it wait
//	Metrics     a Prometheus registry; Metrics.Measure fits a field of web.Observer
//	Tracer      OpenTelemetry spans over OTLP; Tracer.Trace fits a field of web.Observer
//
// Package web decides what is logged, measured and traced of a request. Nothing
// here is global, except that OpenTelemetry has one error handler for the whole
// process.
package telemetry
