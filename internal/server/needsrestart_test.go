package server

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// Somebody who changed the address in the file could think that it took effect.
func TestNeedsRestart(t *testing.T) {
	load := func(more string) *config.Config {
		t.Helper()
		text := "data_dir: /tmp/x\ndirectory: {url: 'https://id.example.com', domain_suffix: auth.example.com}\n" + more
		if strings.Contains(more, "directory:") {
			text = "data_dir: /tmp/x\n" + more
		}
		if strings.Contains(more, "data_dir:") {
			text = strings.TrimPrefix(text, "data_dir: /tmp/x\n")
		}
		c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	s := &Server{started: load("")}
	for more, want := range map[string][]string{
		"": nil,
		"routes:\n  - {from: 'https://app.example.com', response: {status: 200}, allow_public_unauthenticated_access: true}\n":                                                                nil,
		"routes:\n  - {from: 'https://app.example.com', response: {status: 200}, allow_public_unauthenticated_access: true}\nforward_auth: {address: ':9010', trusted_proxies: [10.0.0.1]}\n": {"forward_auth.address"},
		"address: ':8443'\n":                                                                          {"address"},
		"use_proxy_protocol: true\n":                                                                  {"use_proxy_protocol"},
		"codec_type: http1\n":                                                                         {"codec_type"},
		"http_redirect_addr: ':80'\ninsecure_server: true\n":                                          {"insecure_server"},
		"database: 'postgres://a@b/c'\nlog_level: debug\n":                                            {"database"},
		"shutdown_delay: 1s\ntimeout_read: 1s\n":                                                      {"timeout_read", "shutdown_delay"},
		"cookie_expire: 1h\nsession_outage: 1m\nsession_idle_timeout: 5m\n":                           {"cookie_expire", "session_idle_timeout", "session_outage"},
		"xff_num_trusted_hops: 1\ndatabase_max_connections: 5\n":                                      {"database_max_connections", "xff_num_trusted_hops"},
		"directory: {url: 'https://id.example.com', domain_suffix: auth.example.com, hosts: [idp]}\n": {"directory.hosts"},
		"directory: {url: 'https://id.example.com', domain_suffix: auth.example.com, smtp: {host: mail.example.com, from: a@example.com}, factor_notices: true}\n": {"directory.smtp", "directory.factor_notices"},
		"data_dir: /tmp/y\n":                            {"data_dir", "database", "master_key_file"},
		"directory: {url: 'https://id2.example.com'}\n": {"directory.url", "directory.domain_suffix"},
	} {
		if got := s.NeedsRestart(load(more)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", more, got, want)
		}
	}
	if len(fixed(load(""))) != len(fixedKeys) {
		t.Errorf("%d values and %d keys", len(fixed(load(""))), len(fixedKeys))
	}
}
