package server

import (
	"reflect"

	"gatehouse/internal/config"
)

// fixed returns the values that a running server keeps, by key: a reload does not
// change them.
func fixed(c *config.Config) map[string]any {
	values := map[string]any{
		"address": c.Address, "insecure_server": c.InsecureServer, "use_proxy_protocol": c.UseProxyProtocol, "codec_type": c.CodecType,
		"health_check_addr": c.HealthCheckAddr, "metrics_address": c.MetricsAddress, "metrics_certificate": c.Metrics.TLSPair() != nil,
		"forward_auth.address": c.ForwardAuth.At(), "timeout_read": c.TimeoutRead, "timeout_write": c.TimeoutWrite, "timeout_idle": c.TimeoutIdle,
		"shutdown_delay": c.ShutdownDelay, "shutdown_timeout": c.ShutdownTimeout,
		"data_dir": c.DataDir, "database": c.Database, "master_key": c.MasterKey, "master_key_file": c.MasterKeyFile,
		"shared_secret": c.SharedSecret, "cookie_secret": c.CookieSecret,
		"database_max_connections": c.DatabaseMaxConnections, "cookie_expire": c.CookieExpire, "session_idle_timeout": c.SessionIdleTimeout, "session_outage": c.SessionOutage,
		"xff_num_trusted_hops": c.XFFNumTrustedHops, "autocert": []any{c.ACME, c.Autocert && c.AnswersHTTPChallenges()},
		"directory": c.Directory != nil, "otel_*": c.Tracing,
	}
	if d := c.Directory; d != nil {
		values["directory.url"], values["directory.domain_suffix"] = text(d.URL), d.DomainSuffix
		values["directory.hosts"] = d.Hosts
		values["directory.region"], values["directory.account_id"] = d.Region, d.AccountID
		values["directory.smtp"], values["directory.ses"], values["directory.sms"] = d.SMTP, d.SES, d.SMS
		values["directory.factor_notices"] = d.FactorNotices
		values["directory.functions"], values["directory.threat_protection"], values["directory.logs"] = d.Functions, d.Threats, d.Logs
	}
	return values
}

// fixedKeys is the keys of fixed in the order in which they are told.
var fixedKeys = []string{
	"address", "insecure_server", "use_proxy_protocol", "codec_type", "health_check_addr", "metrics_address", "metrics_certificate", "forward_auth.address",
	"timeout_read", "timeout_write", "timeout_idle", "shutdown_delay", "shutdown_timeout",
	"data_dir", "database", "database_max_connections", "cookie_expire", "session_idle_timeout", "session_outage", "xff_num_trusted_hops", "autocert", "master_key", "master_key_file", "shared_secret", "cookie_secret", "otel_*",
	"directory", "directory.url", "directory.hosts", "directory.domain_suffix", "directory.region", "directory.account_id", "directory.smtp", "directory.ses", "directory.sms", "directory.factor_notices", "directory.functions", "directory.threat_protection", "directory.logs",
}

// NeedsRestart returns the keys of a configuration that differ from those with which
// the server was started, and that a reload does not change.
func (s *Server) NeedsRestart(c *config.Config) (keys []string) {
	before, after := fixed(s.started), fixed(c)
	for _, key := range fixedKeys {
		if !reflect.DeepEqual(before[key], after[key]) {
			keys = append(keys, key)
		}
	}
	return keys
}
