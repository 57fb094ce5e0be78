package telemetry

import (
	"math"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Pomerium's metrics about the process that mean the same here have Pomerium's names and
// labels: boards and alerts that were made for it find them.

// service is Pomerium's label of a process with all of its parts.
var service = prometheus.Labels{"service": "pomerium"}

// reloads says how the last reload of the configuration ended, and what is in use.
type reloads struct{ success, at, policies, checksum prometheus.Gauge }

// Loaded is a configuration that was taken into use.
type Loaded struct {
	Routes   int
	Checksum uint32 // of the files
}

func newReloads(to *prometheus.Registry) *reloads {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: service})
		to.MustRegister(g)
		return g
	}
	return &reloads{
		success:  gauge("pomerium_config_last_reload_success", "1 if the newest configuration is in use, 0 if it was refused."),
		at:       gauge("pomerium_config_last_reload_success_timestamp", "When a configuration was last taken into use, in seconds since 1970."),
		policies: gauge("pomerium_policy_count_total", "How many routes the configuration in use has."),
		checksum: gauge("pomerium_config_checksum_int64", "What differs between processes whose configuration files differ."),
	}
}

// TellBuild says which program this is. It is called once.
func (m *Metrics) TellBuild(version, revision string) {
	host, _ := os.Hostname() // "" if the machine has none
	m.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "pomerium_build_info", Help: "1, with what the program was built of.",
		ConstLabels: prometheus.Labels{"service": service["service"], "version": version, "revision": revision, "goversion": runtime.Version(), "host": host},
	}, func() float64 { return 1 }))
}

// Reloaded says that a configuration was taken into use. The start counts too.
func (m *Metrics) Reloaded(now time.Time, l Loaded) {
	m.reloads.success.Set(1)
	m.reloads.at.Set(float64(now.Unix()))
	m.reloads.policies.Set(float64(l.Routes))
	m.reloads.checksum.Set(float64(l.Checksum))
}

// Refused says that the newest configuration was not taken.
func (m *Metrics) Refused() { m.reloads.success.Set(0) }

// CountDecisions returns what counts the decisions of policies, under the names of
// Pomerium's and of Envoy's, which asks it. It is called once.
func (m *Metrics) CountDecisions() func(allowed bool, took time.Duration) {
	var allowals, denials atomic.Uint64
	count := func(name, help string, of func() uint64) {
		m.Registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: service}, func() float64 { return float64(of()) }))
	}
	count("pomerium_authorize_evaluator_evaluations_total", "Decisions about requests.", func() uint64 { return allowals.Load() + denials.Load() })
	count("pomerium_authorize_evaluator_allowals_total", "Requests that a policy let pass.", allowals.Load)
	count("pomerium_authorize_evaluator_denials_total", "Requests that a policy did not let pass, those that were sent to sign in too.", denials.Load)
	count("envoy_http_ext_authz_ok", "The same as pomerium_authorize_evaluator_allowals_total.", allowals.Load)
	count("envoy_http_ext_authz_denied", "The same as pomerium_authorize_evaluator_denials_total.", denials.Load)
	took := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "pomerium_authorize_evaluator_evaluation_duration_milliseconds", Help: "How long decisions took, in milliseconds.", ConstLabels: service,
		Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 25, 50, 100, 250, 500, 1000},
	})
	m.Registry.MustRegister(took)
	return func(allowed bool, d time.Duration) {
		if allowed {
			allowals.Add(1)
		} else {
			denials.Add(1)
		}
		took.Observe(float64(d.Nanoseconds()) / 1e6)
	}
}

// served gives the requests of a histogram under Pomerium's names. The labels host and
// http_method are not known.
type served struct{ requests *prometheus.HistogramVec }

var (
	servedRequests = prometheus.NewDesc("pomerium_http_server_requests_total", "Requests that were answered, by status.", []string{"http_status"}, service)
	servedTime     = prometheus.NewDesc("pomerium_http_server_request_duration_ms", "Time from a request's arrival to the end of its answer, in milliseconds.", []string{"http_status"}, service)
)

// Describe implements prometheus.Collector.
func (s served) Describe(to chan<- *prometheus.Desc) { to <- servedRequests; to <- servedTime }

// Collect implements prometheus.Collector. It adds the edges up.
func (s served) Collect(to chan<- prometheus.Metric) {
	metrics := make(chan prometheus.Metric)
	go func() {
		defer close(metrics)
		s.requests.Collect(metrics)
	}()
	all := map[string]*dto.Histogram{}
	for m := range metrics {
		var one dto.Metric
		if m.Write(&one) != nil {
			continue
		}
		status := ""
		for _, l := range one.Label {
			if l.GetName() == "status" {
				status = l.GetValue()
			}
		}
		all[status] = sum(all[status], one.Histogram)
	}
	for status, h := range all {
		to <- prometheus.MustNewConstMetric(servedRequests, prometheus.CounterValue, float64(h.GetSampleCount()), status)
		to <- prometheus.MustNewConstHistogram(servedTime, h.GetSampleCount(), h.GetSampleSum()*1000, milliseconds(h), status)
	}
}

// sum adds two histograms of the same buckets. a may be nil.
func sum(a, b *dto.Histogram) *dto.Histogram {
	if a == nil {
		return b
	}
	*a.SampleCount += b.GetSampleCount()
	*a.SampleSum += b.GetSampleSum()
	for i, bucket := range b.Bucket {
		*a.Bucket[i].CumulativeCount += bucket.GetCumulativeCount()
	}
	return a
}

func milliseconds(h *dto.Histogram) map[float64]uint64 {
	buckets := make(map[float64]uint64, len(h.Bucket))
	for _, b := range h.Bucket {
		buckets[math.Round(b.GetUpperBound()*1e6)/1e3] = b.GetCumulativeCount()
	}
	return buckets
}
