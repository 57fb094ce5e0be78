package config

import (
	"reflect"
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// Verdict says what happens to a key of Pomerium that Gatehouse does not have.
type Verdict int

const (
	// Ignored keys control only Envoy or a Pomerium that runs as several
	// processes, or their effect is harmless to miss.
	Ignored Verdict = iota
	// Refused keys would open access or break something if Gatehouse ignored
	// them.
	Refused
	// Removed keys are keys of older versions of Pomerium, which newer ones ignore.
	Removed
)

func (v Verdict) String() string { return [...]string{"ignored", "not offered", "removed"}[v] }

// Foreign is a key of Pomerium that Gatehouse does not have. A * at the end of
// Key stands for all keys that begin with the text before it.
type Foreign struct {
	Route   bool     // the key stands in a route, not at the top
	List    string   // the list of routes in which the entry applies: policy or routes; "" for both
	Key     string   // its name
	Verdict Verdict  // what happens to it
	Says    string   // what to do instead, for the fault or the warning and the documentation
	Unless  []string // values that are accepted
	Only    []string // the only values that are refused; others are ignored
	Same    []string // values that ask for what Gatehouse does anyway
}

// ForeignKeys returns the table that decides what happens to such keys. For each
// key, the first matching entry applies.
func ForeignKeys() []Foreign {
	return slices.Concat(refusedKeys(), removedKeys(), ignoredKeys())
}

// removedKeys are keys of versions since 0.5. Pomerium logs them and goes on. Those
// at which it stops, because they opened access or are needed, are refused.
func removedKeys() []Foreign {
	const (
		groups  = "groups come from claims: see `allowed_idp_claims`"
		otel    = "write the `otel_…` keys"
		session = "`cookie_expire` says how long a session lasts"
	)
	return []Foreign{
		{Key: "administrators", Verdict: Removed, Says: "leave it out"},
		{Key: "audit_key", Verdict: Removed, Says: "leave it out"},
		{Key: "authenticate_callback_path", Verdict: Removed, Says: "the path is always /oauth2/callback: register it at the identity provider", Unless: []string{"/oauth2/callback"}},
		{Key: "cache_*", Verdict: Removed, Says: "leave it out"},
		{Key: "cookie_refresh", Verdict: Removed, Says: session},
		{Key: "cookie_secure", Verdict: Removed, Says: "cookies are always Secure", Unless: []string{"true"}},
		{Key: "forward_auth_url", Verdict: Removed, Says: "write `forward_auth`, and see docs/forward-auth.md for what the other proxy needs"},
		{Key: "headers", Verdict: Removed, Says: "write `set_response_headers`"},
		{Key: "idp_qps", Verdict: Removed, Says: groups},
		{Key: "idp_refresh_directory_*", Verdict: Removed, Says: groups},
		{Key: "idp_service_account", Verdict: Removed, Says: groups},
		{Key: "refresh_cooldown", Verdict: Removed, Says: session},
		{Key: "signing_key_algorithm", Verdict: Removed, Says: "the kind of `signing_key` decides"},
		{Key: "timeout_read_header", Verdict: Removed, Says: "write `timeout_read`"},
		{Key: "tracing_*", Verdict: Removed, Says: otel},
		{Route: true, Key: "allowed_groups", Verdict: Removed, Says: "write `allowed_idp_claims` with the claim that holds the groups, for example `groups`"},
		{Route: true, Key: "set_authorization_header", Verdict: Removed, Says: "write `set_request_headers` with `Authorization: Bearer ${pomerium.id_token}`"},
	}
}

func refusedKeys() []Foreign {
	off := []string{"false"}
	mtls := "write `downstream_mtls`, with `ca_file`, `ca`, `crl_file` or `crl`"
	return []Foreign{
		{Key: "client_ca*", Verdict: Refused, Says: mtls},
		{Key: "client_crl*", Verdict: Refused, Says: mtls},
		{Key: "tls_downstream_client_ca*", Verdict: Refused, Says: mtls},
		{Key: "policies", Verdict: Refused, Says: "write the routes under `routes`"}, // as in a page of Pomerium's manual
		{Key: "policy_file", Verdict: Refused, Says: "write the routes under `routes`"},
		{Key: "require_proxy_protocol", Verdict: Refused, Says: "write `use_proxy_protocol`", Unless: off},
		{Route: true, List: "routes", Key: "allowed_groups", Verdict: Refused, Says: "write `allowed_idp_claims` with the claim that holds the groups, for example `groups`"},
		{Route: true, List: "routes", Key: "set_authorization_header", Verdict: Refused, Says: "write `set_request_headers` with `Authorization: Bearer ${pomerium.id_token}`"},
		{Key: "services", Verdict: Refused, Says: "one process serves all parts: leave it out or write `all`", Unless: []string{"all"}},
		{Key: "ssh_address", Verdict: Refused, Says: "SSH is not supported"},
		{Key: "ssh_*", Verdict: Refused, Says: "SSH is not supported"},
		{Route: true, Key: "upstream_tunnel", Verdict: Refused, Says: "SSH is not supported"},
		{Route: true, Key: "session_recording", Verdict: Refused, Says: "sessions are not recorded"},
	}
}

func ignoredKeys() []Foreign {
	top := []string{
		"proxy_log_level",
		"authenticate_internal_service_url", "authorize_service_url", "authorize_service_urls", "authorize_internal_service_url",
		"autocert_dir", "auto_apply_changesets", "blob_storage",
		"databroker_*", "debug", "debug_address", "dns_failure_refresh_rate", "dns_query_timeout", "dns_query_tries", "dns_refresh_rate", "dns_resolvers", "dns_udp_max_queries", "dns_use_tcp", "envoy_*",
		"google_cloud_serverless_authentication_service_account", "grpc_*", "health_check_systemd_disabled",
		"installation_id", "mcp_*",
		"otel_*", "override_certificate_name", "pomerium_debug", "session_recording_concurrency", "tls_derive",
	}
	route := []string{
		"allow_renegotiation",
		"id", "regex_priority_order", "stat_name", "tls_downstream_server_name",
	}
	keys := []Foreign{
		{Key: "jwt_claim_headers", Says: "write `jwt_claims_headers`"},
		{Key: "pomerium_zero_token", Says: "the routes of Pomerium Zero are in its console: write them into a file"},
		{Key: "service", Says: "write `services`"}, // the example files of Pomerium have it in a comment
		{Route: true, Key: "enable_google_cloud_serverless_authentication", Says: "Google's tokens are not fetched: the upstream gets none", Unless: []string{"false"}},
		{Route: true, Key: "jwt_claims_headers", Says: "it is a key of the top level"},
	}
	for _, k := range top {
		keys = append(keys, Foreign{Key: k})
	}
	for _, k := range slices.Concat(route, envoyClusterKeys) {
		keys = append(keys, Foreign{Route: true, Key: k})
	}
	return keys
}

// matches reports whether the entry is about a key, which stands at a path.
func (f *Foreign) matches(key, path string, route bool) bool {
	if f.Route != route || f.List != "" && !strings.HasPrefix(path, f.List+"[") {
		return false
	}
	start, many := strings.CutSuffix(f.Key, "*")
	return key == f.Key || many && strings.HasPrefix(key, start)
}

// foreignNames returns the keys of Pomerium that a misspelt one may mean.
func foreignNames(u settings.UnknownKey) (names []string) {
	if u.In != configType && u.In != routeType {
		return nil
	}
	for _, f := range ForeignKeys() {
		if f.Route != (u.In == routeType) || f.List != "" {
			continue
		}
		start, many := strings.CutSuffix(f.Key, "*")
		if many {
			if len(u.Key) <= len(start) || settings.Nearest(u.Key[:len(start)], []string{start}) == "" {
				continue
			}
			start += u.Key[len(start):] // whatever follows
		}
		names = append(names, start)
	}
	return names
}

// adviseOnUnknown says what to do about a key that resembles none. Pomerium logs
// such a key and goes on, so a file may have one that never did anything.
func adviseOnUnknown(u settings.UnknownKey) string {
	switch {
	case u.In == configType && u.Key == "apiversion":
		return "this is an object of Kubernetes: write its settings into a file with the keys of Pomerium's configuration file"
	case u.In == configType || u.In == routeType:
		return "Pomerium ignores such a key: take it out if the file comes from there"
	}
	return ""
}

// asks reports whether the value n asks for a feature that Gatehouse does not
// offer.
func (f *Foreign) asks(n *settings.Node) bool {
	switch {
	case n.Kind == settings.Null:
		return false
	case n.Kind != settings.Scalar:
		return len(f.Only) == 0
	case len(f.Only) > 0:
		return f.among(f.Only, n)
	case f.Key == "services":
		return !everyService(n.Text)
	default:
		return !f.among(f.Unless, n)
	}
}

// among reports whether n is one of the values. Pomerium: the names of an
// enumeration may begin with the name of the key.
func (f *Foreign) among(values []string, n *settings.Node) bool {
	text := strings.TrimSpace(n.Text)
	return slices.ContainsFunc(values, func(v string) bool { return settings.Same(text, v) || settings.Same(text, f.Key+"_"+v) })
}

// everyService reports whether a value of services asks for all parts. Pomerium:
// cache is the older name of databroker.
func everyService(text string) bool {
	services := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return c == ',' || c == ' ' })
	has := func(name string) bool { return slices.Contains(services, name) }
	return has("all") || has("authenticate") && has("authorize") && has("proxy") && (has("databroker") || has("cache"))
}

func foreignKey(keys []Foreign, key, path string, route bool) *Foreign {
	i := slices.IndexFunc(keys, func(f Foreign) bool { return f.matches(key, path, route) })
	if i < 0 {
		return nil
	}
	return &keys[i]
}

// foreignKeys decides on the keys of a document that Gatehouse does not have.
type foreignKeys struct {
	doc     *settings.Document
	known   []Foreign
	ignored []string // the paths of keys that are accepted without effect
	advised []advice // those of which more is to be said
}

// advice is what to do instead of keys that have no effect.
type advice struct {
	verdict Verdict
	says    string
	paths   []string
}

// String is a sentence for the log.
func (a advice) String() string {
	what := " has no effect here; "
	if len(a.paths) > 1 {
		what = " have no effect here; "
	}
	if a.verdict == Removed {
		what = ": removed by Pomerium, and without effect; "
	}
	return strings.Join(a.paths, ", ") + what + plainWords(a.says)
}

var (
	configType = reflect.TypeFor[Config]()
	routeType  = reflect.TypeFor[Route]()
)

// decide deals with a key of Pomerium, at the top or in a route. It returns
// false for a key that Pomerium does not have either.
func (k *foreignKeys) decide(u settings.UnknownKey) bool {
	if usedByEnvoyAlone(u) {
		k.ignored = append(k.ignored, u.Path)
		return true
	}
	if u.In != configType && u.In != routeType {
		return false
	}
	f := foreignKey(k.known, u.Key, u.Path, u.In == routeType)
	switch {
	case f == nil:
		return k.definition(u)
	case u.Value.Kind == settings.Scalar && f.among(f.Same, u.Value):
	case !f.asks(u.Value) && len(f.Only) == 0 && len(f.Unless) > 0:
	case f.Verdict != Refused && f.Says != "":
		k.advise(f, u.Path)
	case f.Verdict == Ignored, !f.asks(u.Value) && len(f.Only) > 0:
		k.ignored = append(k.ignored, u.Path)
	case !f.asks(u.Value):
	default:
		k.doc.Fail(u.Path, u.Place, "this version does not offer this key"+withValue(f, u.Value), "", plainWords(f.Says))
	}
	return true
}

// definition accepts a key at the top that only holds a value for aliases elsewhere:
// one with a name that nothing reads by convention, or with an anchor. Pomerium logs
// it as unknown.
func (k *foreignKeys) definition(u settings.UnknownKey) bool {
	if u.In != configType || u.Value.Place.Variable != "" {
		return false
	}
	private := strings.HasPrefix(u.Key, "x-") || strings.HasPrefix(u.Key, ".") || strings.HasPrefix(u.Key, "_")
	if !private && u.Value.Anchored() {
		k.advised = append(k.advised, advice{says: "only what its anchors name is used", paths: []string{u.Path}})
	}
	return private || u.Value.Anchored()
}

// advise remembers that a key has no effect, together with the others of which the
// same is to be said.
func (k *foreignKeys) advise(f *Foreign, path string) {
	for i := range k.advised {
		if a := &k.advised[i]; a.says == f.Says && a.verdict == f.Verdict {
			a.paths = append(a.paths, path)
			return
		}
	}
	k.advised = append(k.advised, advice{f.Verdict, f.Says, []string{path}})
}

func withValue(f *Foreign, n *settings.Node) string {
	if n.Kind == settings.Scalar && len(f.Unless)+len(f.Only) > 0 {
		return " with the value " + settings.Quote(n.Text)
	}
	return ""
}

// overlayForeign puts those variables into the tree that are keys of Pomerium but
// not of Gatehouse. Otherwise they would be ignored without a word.
func overlayForeign(doc *settings.Document) {
	known := ForeignKeys()
	for _, name := range doc.EnvNames() {
		key := strings.ToLower(name)
		f := foreignKey(known, key, "", false)
		if f == nil || name != strings.ToUpper(name) || doc.Env(name) == "" || usedByOthers(name) {
			continue
		}
		if f.Verdict != Refused || f.Key == key {
			doc.Root.Put(key, variable(doc, name))
		}
	}
}

// usedByOthers reports whether other programs use a variable of this name too, so
// that it says nothing about the file that somebody moved here. HEADERS is the
// variable of set_response_headers.
func usedByOthers(name string) bool {
	if slices.Contains([]string{"ADMINISTRATORS", "DEBUG", "HEADERS", "SERVICE"}, name) {
		return true
	}
	return slices.ContainsFunc([]string{"CACHE_", "DNS_", "GRPC_", "MCP_", "OTEL_", "TRACING_"}, func(p string) bool { return strings.HasPrefix(name, p) })
}

func variable(doc *settings.Document, name string) *settings.Node {
	return settings.Text(doc.Env(name), settings.Place{Variable: name})
}

// plainWords removes the marks of Markdown, for the terminal.
func plainWords(text string) string { return strings.ReplaceAll(text, "`", "") }
