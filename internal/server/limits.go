package server

import "github.com/prometheus/client_golang/prometheus"

// countLimited counts the requests that have a rate limit. It returns nil if nothing
// measures.
func (o *Options) countLimited() func(category string, answered bool) {
	if o.Meter == nil {
		return nil
	}
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_limited_requests_total",
		Help: "Requests by the category of their rate limit, and whether the limit refused them.",
	}, []string{"category", "outcome"})
	o.Meter.Registry.MustRegister(counter)
	return func(category string, answered bool) {
		outcome := "answered"
		if !answered {
			outcome = "refused"
		}
		counter.WithLabelValues(category, outcome).Inc()
	}
}
