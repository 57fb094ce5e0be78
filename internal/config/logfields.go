package config

import (
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// LogFields choose the fields of the gateway's log, under Pomerium's names.
type LogFields struct {
	// The fields of the line of each request to the gateway, under Pomerium's names
	// and with its message `http-request`, in place of Gatehouse's own line. Values
	// of headers that hold secrets, and the queries of sign-in, are left out. Left
	// out, Gatehouse logs its own line, which has the decision, too.
	AccessLogFields []string `key:"access_log_fields"`

	// The fields of a further line `authorize check` for each decision of a policy,
	// under Pomerium's names. It always has `allow`, `deny` and the reasons. Left
	// out, there is no such line, or with `access_log_fields` one with Pomerium's
	// default fields.
	AuthorizeLogFields []string `key:"authorize_log_fields"`
}

// The fields that have a value here, and those that Pomerium knows besides.
var (
	accessFields = []string{
		"authority", "client-certificate", "dest-ip", "dest-port", "duration", "forwarded-for", "headers", "ip", "method", "path", "protocol-version", "query", "referer",
		"request-id", "response-code", "response-code-details", "size", "tls-cipher-suite", "tls-sni-hostname", "tls-version", "upstream-cluster", "user-agent",
	}
	emptyAccessFields = []string{
		"cluster-stat-name", "downstream-transport-failure-reason", "tls-local-cert", "tls-peer-cert", "upstream-transport-failure-reason",
	}
	authorizeFields = []string{
		"check-request-id", "email", "envoy-route-id", "headers", "host", "id-token-claims", "ip", "mcp-method", "mcp-tool", "method", "path", "query",
		"removed-groups-count", "request-id", "route-id", "service-account-id", "session-id", "user",
	}
	emptyAuthorizeFields = []string{
		"body", "cluster-stat-name", "envoy-route-checksum", "id-token", "impersonate-email", "impersonate-session-id", "impersonate-user-id",
		"mcp-tool-parameters", "route-checksum",
	}
)

// AccessFields returns the names of the fields of requests that have a value.
func AccessFields() []string { return slices.Clone(accessFields) }

// AuthorizeFields returns the names of the fields of decisions that have a value.
func AuthorizeFields() []string { return slices.Clone(authorizeFields) }

// warnings returns which fields stay empty. An ID token is never logged: whoever
// reads the log could use it.
func (l *LogFields) warnings() []string {
	var empty []string
	for _, fields := range []struct {
		chosen, known []string
	}{{l.AccessLogFields, accessFields}, {l.AuthorizeLogFields, authorizeFields}} {
		for _, name := range fields.chosen {
			if !hasValue(name, fields.known) {
				empty = append(empty, name)
			}
		}
	}
	if empty == nil {
		return nil
	}
	return []string{"log fields that stay empty here: " + strings.Join(empty, ", ")}
}

func hasValue(name string, known []string) bool {
	return slices.Contains(known, name) || strings.HasPrefix(name, "headers.")
}

func (k *checker) checkLogFields(l *LogFields) {
	k.logFields("access_log_fields", l.AccessLogFields, slices.Concat(accessFields, emptyAccessFields))
	k.logFields("authorize_log_fields", l.AuthorizeLogFields, slices.Concat(authorizeFields, emptyAuthorizeFields))
}

// logFields checks the names of fields. Pomerium: name=.path is a value of Envoy's.
func (k *checker) logFields(key string, chosen, known []string) {
	for i, name := range chosen {
		if hasValue(name, known) || strings.Contains(name, "=.") {
			continue
		}
		k.fail(settings.Item(key, i), settings.Quote(name), "a field of Pomerium's log", settings.Suggest(name, known))
	}
}
