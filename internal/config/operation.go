package config

import (
	"strings"
	"time"
)

// Operation says what the people who run Gatehouse can see: logs, metrics and
// health.
type Operation struct {
	// The least severe lines to log: trace, debug, info, warn, error, fatal,
	// panic, or disabled.
	LogLevel string `key:"log_level" default:"info" enum:"trace,debug,info,warn,error,fatal,panic,disabled" alias:"warning=warn,critical=fatal,off=disabled,none=disabled"`

	// The address that serves the probes `/healthz`, `/readyz`, `/startupz` and
	// `/status`.
	HealthCheckAddr string `key:"health_check_addr" default:"127.0.0.1:28080"`

	// How long Gatehouse goes on accepting requests after SIGTERM, while `/readyz`
	// answers 503: the time in which a load balancer notices. Ctrl-C leaves it
	// out.
	ShutdownDelay time.Duration `key:"shutdown_delay" default:"5s"`

	// How long the requests under way may take after that. 0 for no limit.
	ShutdownTimeout time.Duration `key:"shutdown_timeout" default:"60s"`

	// Switches of Pomerium by name, on or off. `config_hot_reload: false` stops
	// Gatehouse from watching the file. `routes_portal: false` turns off the portal of
	// routes. `pomerium_jwt_endpoint: true` has `/.pomerium/jwt` tell a page the
	// assertion that its application gets. The others have no effect; a warning names those that ask for something else
	// than what Gatehouse does, and unknown ones.
	RuntimeFlags map[string]bool `key:"runtime_flags"`
}

// runtimeFlags are the flags that Pomerium knows, with its defaults.
var runtimeFlags = map[string]bool{
	"add_extra_metrics_labels":               true,
	"allow_any_sign_out_redirect_uri":        false,
	"authorize_use_synced_data":              true,
	"config_hot_reload":                      true,
	"debug_admin_endpoints":                  false,
	"envoy_resource_manager":                 true,
	"grpc_databroker_keepalive":              true,
	"match_any_incoming_port":                true,
	"mcp":                                    true,
	"mcp_dynamic_client_registration":        false,
	"pomerium_jwt_endpoint":                  false,
	"refresh_session_at_id_token_expiration": true,
	"routes_portal":                          true,
	"set_envoy_concurrency_to_go_max_procs":  true,
	"ssh_allow_direct_tcpip":                 false,
	"ssh_routes_portal":                      false,
	"ssh_upstream_tunnel":                    false,
}

// flagsAsHere are the settings of flags that say what Gatehouse does anyway.
var flagsAsHere = map[string]bool{
	"allow_any_sign_out_redirect_uri": false,
	"debug_admin_endpoints":           false,
	"match_any_incoming_port":         true,
	"mcp":                             false,
	"mcp_dynamic_client_registration": false,
	"ssh_allow_direct_tcpip":          false,
	"ssh_routes_portal":               false,
	"ssh_upstream_tunnel":             false,
}

// flagsThatAct are the flags that change what Gatehouse does.
var flagsThatAct = map[string]bool{"config_hot_reload": true, "routes_portal": true, "pomerium_jwt_endpoint": true, "refresh_session_at_id_token_expiration": true}

// warnings returns what the flags ask for in vain.
func (o *Operation) warnings() []string {
	var unknown, idle, all []string
	for _, name := range sortedKeys(o.RuntimeFlags) {
		here, same := flagsAsHere[name]
		switch _, known := runtimeFlags[name]; {
		case !known:
			unknown = append(unknown, name)
		case !flagsThatAct[name] && (!same || o.RuntimeFlags[name] != here):
			idle = append(idle, name)
		}
	}
	if len(idle) > 0 {
		all = append(all, "runtime flags that have no effect here: "+strings.Join(idle, ", "))
	}
	if len(unknown) > 0 {
		all = append(all, "runtime flags that are not known: "+strings.Join(unknown, ", "))
	}
	return all
}

// Flag returns the setting of a runtime flag, or its default.
func (o *Operation) Flag(name string) bool {
	if on, ok := o.RuntimeFlags[name]; ok {
		return on
	}
	return runtimeFlags[name]
}

func (k *checker) checkOperation(o *Operation) {
	if o.HealthCheckAddr != "" {
		k.address("health_check_addr", o.HealthCheckAddr)
	}
}
