package server

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/sender"
)

// newSender returns the sender of the directory's messages: the outbox in
// development, or else what the configuration names. Without a sender for a
// medium, every message of that medium is an error for its caller.
func newSender(o *Options, outbox *message.Outbox) (message.Sender, error) {
	if o.Dev != nil {
		return outbox, nil
	}
	trusted, err := o.trusting()
	if err != nil {
		return nil, err
	}
	client := web.NewClient(trusted.transport(o), message.SendLimit)
	return message.ByMedium{Email: emailSender(o, trusted, client), SMS: smsSender(o, client)}, nil
}

// courier returns what sends the directory's messages with sender. Messages to the
// outbox of development are read at once: they are sent before the answer.
func (s *Server) courier(o *Options, sender message.Sender) *message.Courier {
	c := &message.Courier{Sender: sender, Kept: message.NewOutbox(s.store, s.sealer, o.Now), After: s.later.run, Log: o.Log}
	if s.Outbox != nil {
		c.After = atOnce
	}
	if o.Meter != nil {
		c.Count = countMessages(o.Meter)
	}
	return c
}

// atOnce runs a task before it returns, but none that is to wait.
func atOnce(pause time.Duration, task func(context.Context)) bool {
	if pause > 0 {
		return false // a function that failed: its message is in the outbox at once
	}
	task(context.Background())
	return true
}

// countMessages adds the numbers of messages to the metrics.
func countMessages(m *telemetry.Metrics) func(message.Medium, bool) {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_messages_total", Help: "Messages to users that were sent, and those that could not be.",
	}, []string{"medium", "outcome"})
	m.Registry.MustRegister(counter)
	return func(medium message.Medium, sent bool) {
		outcome := map[bool]string{true: "sent", false: "failed"}[sent]
		counter.WithLabelValues(string(medium), outcome).Inc()
	}
}

var security = map[string]message.Security{"starttls": message.StartTLS, "implicit": message.ImplicitTLS, "none": message.Plaintext}

func emailSender(o *Options, trusted *trusted, client *http.Client) message.Sender {
	d := o.Config.Directory
	switch {
	case d.SMTP != nil:
		s := d.SMTP
		return &message.SMTP{Host: s.Host, Port: s.Port, Username: s.Username, Password: s.Password, From: s.From, Security: security[s.TLS], RootCAs: trusted.Pool}
	case d.SES != nil:
		s := d.SES
		aws := sender.AWS{Region: s.Region, Credentials: o.awsCredentials(s.AccessKeyID, s.SecretAccessKey, s.SessionToken), Endpoint: text(s.Endpoint), Client: client, Now: o.Now}
		return &sender.SES{AWS: aws, From: s.From}
	}
	return message.NotConfigured{}
}

func smsSender(o *Options, client *http.Client) message.Sender {
	s := o.Config.Directory.SMS
	switch {
	case s == nil:
		return message.NotConfigured{}
	case s.Webhook != nil:
		return &sender.Webhook{URL: text(s.Webhook.URL), Secret: s.Webhook.Secret, Client: client, Now: o.Now}
	}
	n := s.SNS
	aws := sender.AWS{Region: n.Region, Credentials: o.awsCredentials(n.AccessKeyID, n.SecretAccessKey, n.SessionToken), Endpoint: text(n.Endpoint), Client: client, Now: o.Now}
	return &sender.SNS{AWS: aws, SenderID: n.SenderID}
}

// sendsEmail reports whether the directory has a sender of e-mail.
func sendsEmail(d *config.Directory) bool { return d.SMTP != nil || d.SES != nil }
