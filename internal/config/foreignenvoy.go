package config

// envoyClusterKeys are the fields of Envoy's cluster. Pomerium reads each route as
// one of these too, until 0.30 with effect. They are about connections, names and
// statistics of Envoy: nobody gets in or is kept out by them. Those that Gatehouse has
// are missing here.
var envoyClusterKeys = []string{
	"alt_stat_name", "circuit_breakers", "cleanup_interval", "close_connections_on_host_health_failure", "cluster_type", "common_http_protocol_options",
	"common_lb_config", "connection_pool_per_downstream_connection", "dns_failure_refresh_rate", "dns_jitter", "dns_lookup_family",
	"dns_refresh_rate", "dns_resolution_config", "dns_resolvers", "eds_cluster_config", "filters", "http2_protocol_options", "http_protocol_options",
	"ignore_health_on_host_removal", "lb_config", "lb_subset_config", "least_request_lb_config", "load_assignment", "load_balancing_weights", "lrs_report_endpoint_metrics", "lrs_server",
	"maglev_lb_config", "max_requests_per_connection", "metadata", "original_dst_lb_config", "per_connection_buffer_limit_bytes", "preconnect_policy",
	"protocol_selection", "respect_dns_ttl", "ring_hash_lb_config", "round_robin_lb_config", "track_cluster_stats", "track_timeout_budgets",
	"transport_socket", "transport_socket_matches", "type", "typed_dns_resolver_config", "typed_extension_protocol_options", "upstream_bind_config",
	"upstream_config", "upstream_connection_options", "upstream_http_protocol_options", "use_tcp_for_dns_lookups", "wait_for_warm_on_init",
}
