package telemetry

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the metrics of the process, for Prometheus.
type Metrics struct {
	// Registry takes the metrics of other parts.
	Registry *prometheus.Registry

	requests *prometheus.HistogramVec
	reloads  *reloads

	mu    sync.Mutex                                       // held while known is replaced
	known atomic.Pointer[map[measured]prometheus.Observer] // of requests
}

// measured are the labels of a request.
type measured struct {
	edge   string
	status int
}

// NewMetrics returns metrics of requests, the Go runtime and the process.
func NewMetrics() *Metrics {
	registry := prometheus.NewRegistry()
	m := &Metrics{
		Registry: registry,
		reloads:  newReloads(registry),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "gatehouse_request_duration_seconds",
			Help:    "Time from a request's arrival to the end of its answer, by edge and status.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"edge", "status"}),
	}
	m.Registry.MustRegister(m.requests, served{m.requests}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Measure counts one request. It fits the field Measure of web.Observer.
func (m *Metrics) Measure(edge string, status int, took time.Duration) {
	m.observer(measured{edge, status}).Observe(took.Seconds())
}

// observer returns the histogram of labels. There are few, and each request asks.
func (m *Metrics) observer(labels measured) prometheus.Observer {
	if known := m.known.Load(); known != nil && (*known)[labels] != nil {
		return (*known)[labels]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := map[measured]prometheus.Observer{labels: m.requests.WithLabelValues(labels.edge, strconv.Itoa(labels.status))}
	if known := m.known.Load(); known != nil {
		maps.Copy(next, *known)
	}
	m.known.Store(&next)
	return next[labels]
}

// CountDropped adds the number of dropped log lines.
func (m *Metrics) CountDropped(q *Queue) {
	m.Registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "gatehouse_log_lines_dropped_total",
		Help: "Log lines that were dropped because nobody read the log.",
	}, func() float64 { return float64(q.Dropped()) }))
}

// Handler returns all metrics in the text form of Prometheus. It does not check
// the caller: serve it on an address of its own.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{Registry: m.Registry})
}
