package server

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/logs"
	"gatehouse/internal/message"
)

// newExporter returns what delivers the log entries of pools. Its tasks are its own: a
// collector that hangs delays no message.
func (s *Server) newExporter(o *Options, transport http.RoundTripper) *logs.Exporter {
	client := web.NewClient(transport, laterTimeout)
	x := &logs.Exporter{After: s.exports.run, Log: o.Log}
	for i := range o.Config.Directory.Logs {
		l := &o.Config.Directory.Logs[i]
		x.Destinations = append(x.Destinations, logs.Destination{ARN: l.ARN, Target: o.logTarget(l, client)})
	}
	if s.Outbox != nil { // in development entries are read at once, as messages are
		x.After = atOnce
	}
	if o.Meter != nil {
		x.Count = countEntries(o.Meter)
	}
	return x
}

func (o *Options) logTarget(l *config.LogDestination, client *http.Client) logs.Target {
	switch {
	case l.File != "":
		return logs.NewFile(l.File)
	case l.WebhookURL != nil:
		return &logs.Webhook{URL: l.WebhookURL, Secret: l.Secret, Client: client, Now: o.Now}
	}
	return &logs.CloudWatch{Endpoint: l.EndpointURL, Credentials: o.awsCredentials(l.AccessKeyID, l.SecretAccessKey, l.SessionToken), Client: client, Now: o.Now}
}

// countEntries adds the numbers of log entries to the metrics.
func countEntries(m *telemetry.Metrics) func(delivered bool) {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_log_entries_total", Help: "Log entries of user pools that were delivered, and those that were dropped.",
	}, []string{"outcome"})
	m.Registry.MustRegister(counter)
	return func(delivered bool) {
		counter.WithLabelValues(map[bool]string{true: "delivered", false: "dropped"}[delivered]).Inc()
	}
}

// notification is the message of an entry about a message that was not delivered. It
// says neither to whom nor what. Cognito: "Exporting logs from user pools".
type notification struct {
	Details string `json:"details"`
}

// messageFailed delivers an entry about a message that was not sent, if the pool's
// owner wants it.
func (d *directory) messageFailed(ctx context.Context, m *message.Message, failed error) {
	p, err := d.pools.Pool(ctx, userpool.PoolID(m.Pool))
	if err != nil {
		web.Note(ctx, slog.String("log_entry", err.Error()))
		return
	}
	arn := p.LogsTo(userpool.UserNotification)
	if arn == "" {
		return
	}
	code := "internal"
	if f := fault.As(failed); f != nil {
		code = f.Code
	}
	details := notification{"The " + string(m.Medium) + " message for " + m.Purpose + " was not delivered: " + code}
	text, err := risk.LogEntry(p.ID, m.Sent, "USER_NOTIFICATION", "ERROR", details)
	if err != nil {
		web.Note(ctx, slog.String("log_entry", err.Error()))
		return
	}
	d.exporter.Deliver(ctx, arn, string(p.ID), m.Sent, text)
}
