package server

import (
	"cmp"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/proxy"
)

var balancingPolicies = map[string]balance.Policy{
	"round_robin": balance.RoundRobin, "least_request": balance.LeastRequest, "random": balance.Random, "ring_hash": balance.RingHash, "maglev": balance.Maglev,
}

// balancingOf says how a route spreads its requests.
func balancingOf(c *config.Config, r *config.Route) proxy.Balancing {
	limits := c.Thresholds(r)
	b := proxy.Balancing{
		Policy: balancingPolicies[cmp.Or(r.LoadBalancingPolicy, r.LBPolicy)], Panic: r.HealthyPanicThreshold, Outliers: outliersOf(r.OutlierDetection),
		Limits: balance.Limits{Requests: limits.MaxRequests, Pending: limits.MaxPendingRequests, Retries: limits.MaxRetries}, Connections: limits.MaxConnections,
	}
	if r.ConnectTimeout != nil {
		b.ConnectTimeout = *r.ConnectTimeout
	}
	for i := range r.HealthChecks {
		b.Checks = append(b.Checks, checkOf(&r.HealthChecks[i]))
	}
	return b
}

func outliersOf(o *config.OutlierDetection) *balance.Outliers {
	if o == nil {
		return nil
	}
	return &balance.Outliers{
		Consecutive5xx:     balance.Threshold{Count: *o.Consecutive5xx, Enforcing: *o.EnforcingConsecutive5xx},
		ConsecutiveGateway: balance.Threshold{Count: *o.ConsecutiveGatewayFailure, Enforcing: *o.EnforcingConsecutiveGatewayFailure},
		ConsecutiveLocal:   balance.Threshold{Count: *o.ConsecutiveLocalOriginFailure, Enforcing: *o.EnforcingConsecutiveLocalOriginFailure},
		SplitLocal:         o.SplitExternalLocalOriginErrors,
		Interval:           o.Interval, BaseTime: o.BaseEjectionTime, MaxTime: o.MaxEjectionTime, MaxPercent: *o.MaxEjectionPercent,
	}
}

func checkOf(c *config.HealthCheck) balance.Check {
	out := balance.Check{
		Timeout: c.Timeout, Interval: c.Interval, Unhealthy: c.UnhealthyThreshold, Healthy: c.HealthyThreshold,
		UnhealthyInterval: c.UnhealthyInterval, UnhealthyEdge: c.UnhealthyEdgeInterval, HealthyEdge: c.HealthyEdgeInterval, NoTrafficInterval: c.NoTrafficInterval,
		InitialJitter: c.InitialJitter, IntervalJitter: c.IntervalJitter, IntervalJitterPart: c.IntervalJitterPercent,
	}
	switch {
	case c.HTTP != nil:
		out.HTTP = httpCheckOf(c.HTTP)
	case c.GRPC != nil:
		out.GRPC = &balance.GRPCCheck{Service: c.GRPC.ServiceName, Authority: c.GRPC.Authority, Metadata: headersOf(c.GRPC.InitialMetadata)}
	default:
		out.TCP = &balance.TCPCheck{Send: c.TCP.Send, Receive: payloadsOf(c.TCP.Receive)}
	}
	return out
}

func httpCheckOf(c *config.HTTPHealthCheck) *balance.HTTPCheck {
	out := &balance.HTTPCheck{
		Host: c.Host, Path: c.Path, Method: c.Method, Expected: rangesOf(c.ExpectedStatuses), Retriable: rangesOf(c.RetriableStatuses),
		Receive: payloadsOf(c.Receive), Room: c.ResponseBufferSize, Set: headersOf(c.RequestHeadersToAdd), HTTP2: c.CodecClientType == "http2",
	}
	for _, name := range c.RequestHeadersToRemove {
		out.Remove = append(out.Remove, http.CanonicalHeaderKey(name))
	}
	return out
}

func headersOf(all []config.HeaderToAdd) http.Header {
	h := http.Header{}
	for _, a := range all {
		h.Add(a.Header.Key, a.Header.Value)
	}
	return h
}

func rangesOf(all []config.StatusRange) (out []balance.Range) {
	for _, r := range all {
		out = append(out, balance.Range{Start: r.Start, End: r.End})
	}
	return out
}

func payloadsOf(all config.Payloads) (out [][]byte) {
	for _, p := range all {
		out = append(out, p)
	}
	return out
}

// upstreamsUp measures which upstreams get requests.
type upstreamsUp struct {
	gateway interface{ Upstreams() []proxy.UpstreamState }
}

var (
	upstreamUp     = prometheus.NewDesc("gatehouse_upstream_up", "Whether an upstream of a route gets requests: 0 if a health check or outlier detection leaves it out.", []string{"route", "upstream"}, nil)
	clusterTotal   = envoysDesc("envoy_cluster_membership_total", "How many upstreams a route has.")
	clusterHealthy = envoysDesc("envoy_cluster_membership_healthy", "How many upstreams of a route get requests.")
)

// envoysDesc describes a metric that Envoy has for the upstreams of a route.
func envoysDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, []string{"envoy_cluster_name"}, prometheus.Labels{"service": "pomerium"}) // Pomerium's label
}

// Describe implements prometheus.Collector.
func (u upstreamsUp) Describe(to chan<- *prometheus.Desc) {
	to <- upstreamUp
	to <- clusterTotal
	to <- clusterHealthy
}

// Collect implements prometheus.Collector. Two routes may have the same name and share
// upstreams: a series that is there twice would spoil all metrics.
func (u upstreamsUp) Collect(to chan<- prometheus.Metric) {
	type series struct{ route, upstream string }
	up, total, healthy := map[series]float64{}, map[string]float64{}, map[string]float64{}
	for _, s := range u.gateway.Upstreams() {
		value := 0.0
		if s.Up {
			value = 1
		}
		one := series{s.Route, s.Upstream}
		if before, twice := up[one]; !twice || value < before {
			up[one] = value
		}
		total[s.Cluster]++
		healthy[s.Cluster] += value
	}
	for s, value := range up {
		to <- prometheus.MustNewConstMetric(upstreamUp, prometheus.GaugeValue, value, s.route, s.upstream)
	}
	for cluster, n := range total {
		to <- prometheus.MustNewConstMetric(clusterTotal, prometheus.GaugeValue, n, cluster)
		to <- prometheus.MustNewConstMetric(clusterHealthy, prometheus.GaugeValue, healthy[cluster], cluster)
	}
}
