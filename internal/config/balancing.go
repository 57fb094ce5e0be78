package config

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/settings"
)

// Balancing says how the requests of a route are spread over its upstreams, and
// which of them are left out. Keys and defaults are Envoy's.
type Balancing struct {
	// How upstreams are chosen: `round_robin` one after the other, which is also what
	// happens if the key is left out, `least_request` the one with the fewest requests
	// under way, `random`, and `ring_hash` or `maglev` the same one for all requests
	// of a session, or of a client's address if nobody is signed in. Weights count
	// with all of them. An upstream that accepts no connection is passed over for
	// that request.
	LoadBalancingPolicy string `key:"load_balancing_policy" enum:",round_robin,least_request,random,ring_hash,maglev" alias:"unspecified=round_robin,load_balancing_policy_unspecified=round_robin" prefix:"load_balancing_policy_"`

	// The older name of `load_balancing_policy`, which wins over it.
	LBPolicy string `key:"lb_policy" enum:",round_robin,least_request,random,ring_hash,maglev"`

	// Questions that each upstream is asked again and again. An upstream that fails
	// one gets no requests.
	HealthChecks []HealthCheck `key:"health_checks"`

	// How long the connecting to an upstream may take. Then the next one is tried. Left
	// out: 10 seconds.
	ConnectTimeout *time.Duration `key:"connect_timeout"`

	// Leave an upstream out for some time after several failures in a row.
	OutlierDetection *OutlierDetection `key:"outlier_detection"`

	// How many percent of the upstreams must be up for the others to be left out.
	// If fewer are, all get requests. 0: the others are always left out, and without
	// any that is up the answer is 503.
	HealthyPanicThreshold *int `key:"healthy_panic_threshold" default:"50"`

	// How much may be under way to the upstreams at one time. A request beyond gets
	// 503. Each key that is left out has the value of the top-level key of this
	// name, and without one there is no limit.
	CircuitBreakerThresholds *CircuitBreakers `key:"circuit_breaker_thresholds"`
}

// CircuitBreakers says how much may be under way at one time.
type CircuitBreakers struct {
	// Connections to each upstream. A request beyond waits for one.
	MaxConnections *int `key:"max_connections"`

	// Requests that wait for a connection.
	MaxPendingRequests *int `key:"max_pending_requests"`

	// Requests.
	MaxRequests *int `key:"max_requests"`

	// Requests that are sent to another upstream because the first accepted no
	// connection.
	MaxRetries *int `key:"max_retries"`

	// A number that only Envoy has a use for: it has no effect.
	MaxConnectionPools *int `key:"max_connection_pools"`
}

// HealthCheck is one question that each upstream is asked again and again. It has
// exactly one of the keys `http_health_check`, `tcp_health_check` and
// `grpc_health_check`.
type HealthCheck struct {
	// How long an answer may take. Required.
	Timeout time.Duration `key:"timeout"`

	// The time between two questions. Required.
	Interval time.Duration `key:"interval"`

	// How many answers in a row must fail for an upstream to be left out. The first
	// question decides at once, and so does an HTTP status that is not expected.
	UnhealthyThreshold int `key:"unhealthy_threshold" default:"1"`

	// How many answers in a row must be good for it to come back.
	HealthyThreshold int `key:"healthy_threshold" default:"1"`

	// The interval while an upstream is left out. Left out, `interval` applies.
	UnhealthyInterval time.Duration `key:"unhealthy_interval"`

	// The interval right after an upstream was left out.
	UnhealthyEdgeInterval time.Duration `key:"unhealthy_edge_interval"`

	// The interval right after an upstream came back.
	HealthyEdgeInterval time.Duration `key:"healthy_edge_interval"`

	// The interval before the first request of the route. Left out, `interval`
	// applies.
	NoTrafficInterval time.Duration `key:"no_traffic_interval"`

	// The first question is asked at a random moment within this time.
	InitialJitter time.Duration `key:"initial_jitter"`

	// A random time up to this one that is added to each interval.
	IntervalJitter time.Duration `key:"interval_jitter"`

	// The same in percent of the interval.
	IntervalJitterPercent int `key:"interval_jitter_percent"`

	// Ask by an HTTP request.
	HTTP *HTTPHealthCheck `key:"http_health_check"`

	// Ask by a connection.
	TCP *TCPHealthCheck `key:"tcp_health_check"`

	// Ask by the gRPC service `grpc.health.v1.Health`.
	GRPC *GRPCHealthCheck `key:"grpc_health_check"`
}

// HTTPHealthCheck is a question by HTTP.
type HTTPHealthCheck struct {
	// The host of the request. Left out, the upstream's.
	Host string `key:"host"`

	// The path of the request, perhaps with a query.
	Path string `key:"path" default:"/"`

	// The method of the request.
	Method string `key:"method" default:"GET"`

	// Statuses that are good. `end` is not among them. Left out: 200.
	ExpectedStatuses []StatusRange `key:"expected_statuses"`

	// Statuses that count as one failure. Others that are not expected leave the
	// upstream out at once.
	RetriableStatuses []StatusRange `key:"retriable_statuses"`

	// Texts that the answer must hold, in this order.
	Receive Payloads `key:"receive"`

	// How many bytes of the answer are searched for them.
	ResponseBufferSize int `key:"response_buffer_size" default:"1024"`

	// Headers that are added to the request.
	RequestHeadersToAdd []HeaderToAdd `key:"request_headers_to_add"`

	// Headers that are taken out of the request.
	RequestHeadersToRemove []string `key:"request_headers_to_remove"`

	// Ask by HTTP/1.1 (`http1`) or HTTP/2 (`http2`).
	CodecClientType string `key:"codec_client_type" default:"http1" enum:"http1,http2"`
}

// StatusRange is a range of statuses.
type StatusRange struct {
	// The first status.
	Start int `key:"start"`

	// The first status that is not in the range any more.
	End int `key:"end"`
}

// HeaderToAdd is a header that is added to a request.
type HeaderToAdd struct {
	// Its name and value.
	Header HeaderText `key:"header"`
}

// HeaderText is a header.
type HeaderText struct {
	// Its name.
	Key string `key:"key"`

	// Its value.
	Value string `key:"value"`
}

// TCPHealthCheck is a question by a connection. Without any key, an upstream that
// accepts a connection is up.
type TCPHealthCheck struct {
	// What is sent: `text` in hexadecimal, or `binary` in base64.
	Send Payload `key:"send"`

	// What must come back, in this order: a list of such texts.
	Receive Payloads `key:"receive"`
}

// GRPCHealthCheck is a question by gRPC.
type GRPCHealthCheck struct {
	// The service that is asked about. Left out, the whole server.
	ServiceName string `key:"service_name"`

	// The host of the request. Left out, the upstream's.
	Authority string `key:"authority"`

	// Headers that are added to the request.
	InitialMetadata []HeaderToAdd `key:"initial_metadata"`
}

// OutlierDetection says after which failures an upstream is left out, and for how
// long.
type OutlierDetection struct {
	// How many answers in a row with a status of 500 or more; no answer counts as
	// one. 0: never.
	Consecutive5xx *int `key:"consecutive_5xx" default:"5"`

	// In how many percent of cases that leaves the upstream out.
	EnforcingConsecutive5xx *int `key:"enforcing_consecutive_5xx" default:"100"`

	// How many answers in a row with 502, 503 or 504.
	ConsecutiveGatewayFailure *int `key:"consecutive_gateway_failure" default:"5"`

	// In how many percent of cases that leaves the upstream out.
	EnforcingConsecutiveGatewayFailure *int `key:"enforcing_consecutive_gateway_failure" default:"0"`

	// Count requests without an answer by themselves, not as a status.
	SplitExternalLocalOriginErrors bool `key:"split_external_local_origin_errors"`

	// How many of those in a row.
	ConsecutiveLocalOriginFailure *int `key:"consecutive_local_origin_failure" default:"5"`

	// In how many percent of cases that leaves the upstream out.
	EnforcingConsecutiveLocalOriginFailure *int `key:"enforcing_consecutive_local_origin_failure" default:"100"`

	// After each such time without failures, an earlier one is forgotten.
	Interval time.Duration `key:"interval" default:"10s"`

	// How long an upstream is left out the first time; the second time is twice as
	// long, and so on.
	BaseEjectionTime time.Duration `key:"base_ejection_time" default:"30s"`

	// The longest of these times.
	MaxEjectionTime time.Duration `key:"max_ejection_time" default:"300s"`

	// How many percent of the upstreams may be left out at one time. One always may.
	MaxEjectionPercent *int `key:"max_ejection_percent" default:"10"`
}

// Payload is bytes that are sent or awaited.
type Payload []byte

// DecodeSetting reads {text: hexadecimal} or {binary: base64}.
func (p *Payload) DecodeSetting(d *settings.Document, path string, n *settings.Node) {
	const expected = "text in hexadecimal or binary in base64, as in {text: 50494E47}"
	if n.Kind != settings.Map || len(n.Entries) != 1 || n.Entries[0].Value.Kind != settings.Scalar {
		d.Fail(path, n.Place, n.Kind.Noun(), expected, "")
		return
	}
	var err error
	switch e := n.Entries[0]; strings.ToLower(e.Key) {
	case "text":
		*p, err = hex.DecodeString(e.Value.Text)
	case "binary":
		*p, err = base64.StdEncoding.DecodeString(e.Value.Text)
	default:
		err = fmt.Errorf("unknown key")
	}
	if err != nil {
		d.Fail(path, n.Place, settings.Quote(n.Entries[0].Value.Text), expected, "")
	}
}

// Payloads is several of them. One alone may stand without a list.
type Payloads []Payload

// DecodeSetting reads one payload or a list of them.
func (p *Payloads) DecodeSetting(d *settings.Document, path string, n *settings.Node) {
	*p = nil
	read := func(at string, item *settings.Node) {
		var one Payload
		one.DecodeSetting(d, at, item)
		*p = append(*p, one)
	}
	if n.Kind == settings.List {
		d.Each(path, n, read)
		return
	}
	read(path, n)
}

// envoyAlone returns the keys within the structures of a route that only Envoy has a
// use for, by the name of the structure.
func envoyAlone() map[string][]string {
	return map[string][]string{
		"HealthCheck": {
			"alt_port", "always_log_health_check_failures", "always_log_health_check_success", "event_log_path", "event_logger", "event_service",
			"no_traffic_healthy_interval", "reuse_connection", "tls_options", "transport_socket_match_criteria",
		},
		"HTTPHealthCheck": {"send", "service_name_matcher"},
		"HeaderToAdd":     {"append", "append_action", "keep_empty_value"},
		"TCPHealthCheck":  {"proxy_protocol_config"},
		"OutlierDetection": {
			"always_eject_one_host", "detect_degraded_hosts", "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin", "enforcing_local_origin_success_rate",
			"enforcing_success_rate", "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "failure_percentage_threshold", "max_ejection_time_jitter", "monitors",
			"successful_active_health_check_uneject_host", "success_rate_minimum_hosts", "success_rate_request_volume", "success_rate_stdev_factor",
		},
	}
}

// Thresholds returns the limits of a route: its own over those of all routes.
func (c *Config) Thresholds(r *Route) (t CircuitBreakers) {
	for _, from := range []*CircuitBreakers{c.CircuitBreakerThresholds, r.Balancing.CircuitBreakerThresholds} {
		if from == nil {
			continue
		}
		for _, v := range []struct{ to, from **int }{
			{&t.MaxConnections, &from.MaxConnections}, {&t.MaxPendingRequests, &from.MaxPendingRequests},
			{&t.MaxRequests, &from.MaxRequests}, {&t.MaxRetries, &from.MaxRetries},
		} {
			if *v.from != nil {
				*v.to = *v.from
			}
		}
	}
	return t
}

func (k *checker) checkBalancing(key string, b *Balancing) {
	for i := range b.HealthChecks {
		k.checkHealthCheck(settings.Item(key+".health_checks", i), &b.HealthChecks[i])
	}
	if d := b.ConnectTimeout; d != nil && *d <= 0 {
		k.fail(key+".connect_timeout", settings.Quote(d.String()), "a duration above 0", "leave it out for 10 seconds")
	}
	k.amount(key+".healthy_panic_threshold", b.HealthyPanicThreshold, 100)
	k.checkThresholds(key+".circuit_breaker_thresholds", b.CircuitBreakerThresholds)
	if o := b.OutlierDetection; o != nil {
		k.checkOutliers(key+".outlier_detection", o)
	}
}

func (k *checker) checkOutliers(key string, o *OutlierDetection) {
	for _, n := range []struct {
		name  string
		value *int
		most  int
	}{
		{"consecutive_5xx", o.Consecutive5xx, maxCount}, {"enforcing_consecutive_5xx", o.EnforcingConsecutive5xx, 100},
		{"consecutive_gateway_failure", o.ConsecutiveGatewayFailure, maxCount}, {"enforcing_consecutive_gateway_failure", o.EnforcingConsecutiveGatewayFailure, 100},
		{"consecutive_local_origin_failure", o.ConsecutiveLocalOriginFailure, maxCount}, {"enforcing_consecutive_local_origin_failure", o.EnforcingConsecutiveLocalOriginFailure, 100},
		{"max_ejection_percent", o.MaxEjectionPercent, 100},
	} {
		k.amount(settings.Join(key, n.name), n.value, n.most)
	}
}

// maxCount is the largest number of a count. Envoy: uint32.
const maxCount = 1<<31 - 1

func (k *checker) checkThresholds(key string, t *CircuitBreakers) {
	if t == nil {
		return
	}
	k.amount(key+".max_connections", t.MaxConnections, maxCount)
	k.amount(key+".max_pending_requests", t.MaxPendingRequests, maxCount)
	k.amount(key+".max_requests", t.MaxRequests, maxCount)
	k.amount(key+".max_retries", t.MaxRetries, maxCount)
	k.amount(key+".max_connection_pools", t.MaxConnectionPools, maxCount)
}

// amount checks that a number, if there is one, is from 0 to most.
func (k *checker) amount(path string, n *int, most int) {
	if n != nil && (*n < 0 || *n > most) {
		expected := "a number of 0 or more"
		if most != maxCount {
			expected = "a number from 0 to " + strconv.Itoa(most)
		}
		k.fail(path, settings.Quote(strconv.Itoa(*n)), expected, "")
	}
}

func (k *checker) checkHealthCheck(key string, c *HealthCheck) {
	if c.Timeout == 0 {
		k.missing(key+".timeout", "say how long an answer may take, for example 5s")
	}
	if c.Interval == 0 {
		k.missing(key+".interval", "say how often to ask, for example 30s")
	}
	k.amount(key+".unhealthy_threshold", &c.UnhealthyThreshold, maxCount)
	k.amount(key+".healthy_threshold", &c.HealthyThreshold, maxCount)
	k.amount(key+".interval_jitter_percent", &c.IntervalJitterPercent, maxCount)
	kinds := 0
	for _, set := range []bool{c.HTTP != nil, c.TCP != nil, c.GRPC != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		k.fail(key, fmt.Sprintf("%d of the keys http_health_check, tcp_health_check and grpc_health_check", kinds), "exactly one of them", "")
	}
	if c.HTTP != nil {
		k.checkHTTPHealthCheck(key+".http_health_check", c.HTTP)
	}
	if c.GRPC != nil {
		k.headersToAdd(key+".grpc_health_check.initial_metadata", c.GRPC.InitialMetadata)
	}
}

func (k *checker) checkHTTPHealthCheck(key string, c *HTTPHealthCheck) {
	if !strings.HasPrefix(c.Path, "/") {
		k.fail(key+".path", settings.Quote(c.Path), "a path", settings.DidYouMean("/"+c.Path))
	}
	if !httpguts.ValidHeaderFieldName(c.Method) || c.Method == "CONNECT" { // a method is a token too
		k.fail(key+".method", settings.Quote(c.Method), "a method other than CONNECT", "")
	}
	k.amount(key+".response_buffer_size", &c.ResponseBufferSize, maxCount)
	for name, ranges := range map[string][]StatusRange{"expected_statuses": c.ExpectedStatuses, "retriable_statuses": c.RetriableStatuses} {
		for i, r := range ranges {
			if r.Start < 100 || r.End > 600 || r.Start >= r.End {
				k.fail(settings.Item(settings.Join(key, name), i), fmt.Sprintf("%d to %d", r.Start, r.End), "a range within 100 and 600 whose end is not in it", "")
			}
		}
	}
	k.headersToAdd(key+".request_headers_to_add", c.RequestHeadersToAdd)
	for i, name := range c.RequestHeadersToRemove {
		k.headerName(settings.Item(key+".request_headers_to_remove", i), name)
	}
}

func (k *checker) headersToAdd(key string, all []HeaderToAdd) {
	for i, h := range all {
		at := settings.Item(key, i) + ".header"
		k.headerName(at+".key", h.Header.Key)
		if !httpguts.ValidHeaderFieldValue(h.Header.Value) {
			k.fail(at+".value", "the value", "a text without line breaks", "")
		}
	}
}

// usedByEnvoyAlone reports whether a key within a structure of a route is one that
// only Envoy has a use for.
func usedByEnvoyAlone(u settings.UnknownKey) bool {
	return u.In.PkgPath() == configType.PkgPath() && slices.Contains(envoyAlone()[u.In.Name()], u.Key)
}
