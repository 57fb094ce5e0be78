package telemetry

import (
	"os"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pomerium's metrics about the process that mean the same here have Pomerium's names and
// labels: boards and alerts that were made for it find them.

// service is Pomerium's label of a process with all of its parts.
var service = prometheus.Labels{"service": "pomerium"}

// reloads says how the last reload of the configuration ended.
type reloads struct{ success, at prometheus.Gauge }

func newReloads() *reloads {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: service})
	}
	return &reloads{
		success: gauge("pomerium_config_last_reload_success", "1 if the newest configuration is in use, 0 if it was refused."),
		at:      gauge("pomerium_config_last_reload_success_timestamp", "When a configuration was last taken into use, in seconds since 1970."),
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

// Reloaded says how a reload of the configuration ended. The start counts as one.
func (m *Metrics) Reloaded(now time.Time, err error) {
	if err != nil {
		m.reloads.success.Set(0)
		return
	}
	m.reloads.success.Set(1)
	m.reloads.at.Set(float64(now.Unix()))
}
