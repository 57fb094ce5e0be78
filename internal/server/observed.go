package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// observed gives every request its id, log line, metric and trace.
func (s *Server) observed(o *Options, next http.Handler) http.Handler {
	observer := &web.Observer{Log: o.Log, Now: o.Now, TrustScheme: o.Config.InsecureServer && o.Dev == nil, PublicScheme: publicScheme(o.Config), TrustedHops: o.Config.XFFNumTrustedHops}
	if o.Meter != nil {
		observer.Measure = o.Meter.Measure
	}
	if o.Tracer != nil {
		observer.Trace = o.Tracer.Trace
	}
	return observer.Wrap(next)
}

// measureGateway adds the state of the gateway's sessions and upstreams to the
// metrics.
func (s *Server) measureGateway(o *Options) {
	if o.Meter == nil || s.gateway == nil {
		return
	}
	o.Meter.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "gatehouse_session_outage_seconds",
		Help: "For how long the database has not said which sessions ended; 0 if it does. Known sessions go on until session_outage.",
	}, func() float64 { return s.gateway.sessions.Outage().Seconds() }), upstreamsUp{s.gateway.gateway})
}

// publicScheme is the scheme that clients use if a proxy in front ends TLS.
// Pomerium: cookies stay Secure then. The URL of the directory decides if there is
// one: it has http on a machine without TLS.
func publicScheme(c *config.Config) string {
	if c.Directory != nil {
		return c.Directory.URL.Scheme
	}
	return "https"
}
