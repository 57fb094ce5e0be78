package config_test

import "testing"

func TestRoutesThatAreWrong(t *testing.T) {
	checkAll(t, []wrong{
		{"no scheme separator", route("to: http//app"), nil,
			`routes[0].to: "http//app" is not a URL (config.yaml:4); did you mean "http://app"?`},
		{"no scheme", route("to: app:8080"), nil,
			`routes[0].to: "app:8080" is not a URL (config.yaml:4); did you mean "http://app:8080"?`},
		{"one slash", route("to: http:/app/x"), nil,
			`routes[0].to: "http:/app/x" is not a URL (config.yaml:4); did you mean "http://app/x"?`},
		{"a scheme misspelt", route("to: htpp://app"), nil,
			`routes[0].to: "htpp://app" is not an http, https or h2c URL (config.yaml:4); did you mean "http://app"?`},
		{"a TCP upstream", route("to: tcp://db:5432"), nil,
			`routes[0].to: "tcp://db:5432" is not an http, https or h2c URL (config.yaml:4); a tcp URL needs a route whose from begins with tcp+https://`},
		{"sockets beside others", route("to: ['http+unix:///run/a.sock', 'http://app']"), nil,
			"routes[0].to: 1 of 2 upstreams are unix sockets (config.yaml:4); put the others into a route of their own"},
		{"a socket with a host", route("to: http+unix://run/a.sock"), nil,
			`routes[0].to: "http+unix://run/a.sock" is not the path of a socket after three slashes (config.yaml:4); as in http+unix:///run/app.sock`},
		{"a socket without a path", route("to: 'unix:///'"), nil,
			`routes[0].to: "unix:///" is not a URL (config.yaml:4)`},
		{"the second of a list", route("to:", "  - http://app", "  - http//app2"), nil,
			`routes[0].to[1]: "http//app2" is not a URL (config.yaml:6); did you mean "http://app2"?`},
		{"a weight for one of two", route("to: ['http://app,10', 'http://app2']"), nil,
			"routes[0].to: 1 of 2 upstreams have a weight (config.yaml:4); give a weight to all of them or to none"},
		{"a weight of nothing", route("to: 'http://app,0'"), nil,
			`routes[0].to: "0" is not a weight of 1 or more (config.yaml:4); write several upstreams as a list`},
		{"two upstreams in one text", route("to: http://app,http://app2"), nil,
			`routes[0].to: "http://app2" is not a weight of 1 or more (config.yaml:4); write several upstreams as a list`},
		{"another way of spreading", route("to: http://app", "load_balancing_policy: fastest"), nil,
			`routes[0].load_balancing_policy: "fastest" is not one of round_robin, least_request, random, ring_hash, maglev (config.yaml:5)`},
		{"no time to connect", route("to: http://app", "connect_timeout: 0s"), nil,
			`routes[0].connect_timeout: "0s" is not a duration above 0 (config.yaml:5); leave it out for 10 seconds`},
		{"a health check without a kind", route("to: http://app", "health_checks: [{timeout: 1s, interval: 5s}]"), nil,
			"routes[0].health_checks[0]: 0 of the keys http_health_check, tcp_health_check and grpc_health_check is not exactly one of them (config.yaml:5)"},
		{"a health check of two kinds", route("to: http://app", "health_checks: [{timeout: 1s, interval: 5s, http_health_check: {}, tcp_health_check: {}}]"), nil,
			"routes[0].health_checks[0]: 2 of the keys http_health_check, tcp_health_check and grpc_health_check is not exactly one of them (config.yaml:5)"},
		{"a health check without times", route("to: http://app", "health_checks: [{tcp_health_check: {}}]"), nil, `
routes[0].health_checks[0].timeout: missing (config.yaml:5); say how long an answer may take, for example 5s
routes[0].health_checks[0].interval: missing (config.yaml:5); say how often to ask, for example 30s`},
		{"health checks by HTTP", route("to: http://app", "health_checks: [{timeout: 1s, interval: 5s, http_health_check: {path: up, method: G T, expected_statuses: [{start: 200, end: 200}]}}]"), nil, `
routes[0].health_checks[0].http_health_check.path: "up" is not a path (config.yaml:5); did you mean "/up"?
routes[0].health_checks[0].http_health_check.method: "G T" is not a method other than CONNECT (config.yaml:5)
routes[0].health_checks[0].http_health_check.expected_statuses[0]: 200 to 200 is not a range within 100 and 600 whose end is not in it (config.yaml:5)`},
		{"a text that is not hexadecimal", route("to: http://app", "health_checks: [{timeout: 1s, interval: 5s, tcp_health_check: {send: {text: PING}}}]"), nil,
			`routes[0].health_checks[0].tcp_health_check.send: "PING" is not text in hexadecimal or binary in base64, as in {text: 50494E47} (config.yaml:5)`},
		{"numbers of balancing", route("to: http://app", "healthy_panic_threshold: 101", "outlier_detection: {max_ejection_percent: -1}", "circuit_breaker_thresholds: {max_requests: -1}"), nil, `
routes[0].healthy_panic_threshold: "101" is not a number from 0 to 100 (config.yaml:5)
routes[0].outlier_detection.max_ejection_percent: "-1" is not a number from 0 to 100 (config.yaml:6)
routes[0].circuit_breaker_thresholds.max_requests: "-1" is not a number of 0 or more (config.yaml:7)`},
		{"a protocol that is none", route("to: http://app", "allow_upgrades: ['web socket']"), nil,
			`routes[0].allow_upgrades[0]: "web socket" is not the name of a protocol, such as websocket (config.yaml:5)`},
		{"a limit of nothing", route("to: http://app", "rate_limit: {requests: 0, per: 1ms}"), nil, `
routes[0].rate_limit.requests: "0" is not a number from 1 to 1000000 (config.yaml:5)
routes[0].rate_limit.per: "1ms" is not a time from 1s to 24h (config.yaml:5)`},
		{"no target", route("name: app"), nil,
			"routes[0].to: missing (config.yaml:2); a route needs one of the keys to, redirect and response"},
		{"no from", "routes:\n  - to: http://app\n", nil,
			"routes[0].from: missing (config.yaml:2); write the URL that requests come to"},
		{"a route for UDP", "routes:\n  - from: udp+https://db.example.com:5432\n    to: udp://app:53\n", nil, `
routes[0].from: "udp+https://db.example.com:5432" is not an https URL (config.yaml:2); this version supports routes for HTTP and TCP, not for UDP
routes[0].to: "udp://app:53" is not an http, https or h2c URL (config.yaml:3); this version does not support upstreams with the scheme udp`},
		{"a route for SSH", "routes:\n  - from: ssh://db\n    to: http://app\n", nil,
			`routes[0].from: "ssh://db" is not an https URL (config.yaml:2); this version supports routes for HTTP and TCP, not for SSH`},
		{"a route for TCP to an application", "routes:\n  - from: tcp+https://db.example.com:5432\n    to: h2c://app:80\n", nil,
			`routes[0].to: "h2c://app:80" is not a tcp URL, as a route with tcp+https needs it (config.yaml:3); did you mean "tcp://app:80"?`},
		{"an upstream for TCP with an empty port", "routes:\n  - from: tcp+https://db.example.com:5432\n    to: 'tcp://db:'\n", nil,
			`routes[0].to: "tcp://db:" is not a tcp URL with a host and a port (config.yaml:3); write it like tcp://redis.internal:6379`},
		{"a proxy with a path", "routes:\n  - from: tcp+https://db.example.com:5432\n    to: http://proxy:3128/db\n", nil,
			`routes[0].to: "http://proxy:3128/db" is not a URL with a host and a port only (config.yaml:3); write it like tcp://redis.internal:6379, or http://proxy.internal:3128 for a proxy`},
		{"a proxy beside a target", "routes:\n  - from: tcp+https://db.example.com:5432\n    to: [tcp://db:5432, http://proxy:3128]\n", nil,
			`routes[0].to: upstreams with different schemes (config.yaml:3); put each kind into a route of its own`},
		{"a proxy that is asked for no port", "routes:\n  - from: tcp+https://db.example.com:5432\n    to: http://proxy:3128\n    host_rewrite: db\n", nil,
			`routes[0].host_rewrite: "db" is not a host and a port, for which the proxy is asked (config.yaml:4); write it like redis.internal:6379`},
		{"a route for TCP with port 0", "routes:\n  - from: tcp+https://db.example.com/db:0\n    to: tcp://db:5432\n", nil,
			`routes[0].from: "tcp+https://db.example.com/db:0" is not a URL with a host and a port for each target (config.yaml:2); write tcp+https://redis.corp.example.com:6379, or tcp+https://proxy.corp.example.com/redis.internal:6379`},
		{"an empty target in the path", "routes:\n  - from: tcp+https://proxy.example.com/db:5432//db2\n    to: tcp://db:5432\n", nil,
			`routes[0].from: "tcp+https://proxy.example.com/db:5432//db2" is not a URL with a host and a port for each target (config.yaml:2); write tcp+https://redis.corp.example.com:6379, or tcp+https://proxy.corp.example.com/redis.internal:6379`},
		{"a route for TCP that redirects", "routes:\n  - from: tcp+https://db.example.com:5432\n    redirect: {host_redirect: b.example.com}\n", nil,
			`routes[0].to: a route for TCP has upstreams only (config.yaml:2); take redirect and response out`},
		{"a token of Kubernetes for all", route("to: https://api", "kubernetes_service_account_token: s3cret"), nil,
			`routes[0].allow_public_unauthenticated_access: cannot be used together with kubernetes_service_account_token (config.yaml:3); write allow_any_authenticated_user, or leave the token out`},
		{"a token of Kubernetes that is no header", "routes:\n  - from: https://a.example.com\n    to: https://api\n    kubernetes_service_account_token: \"s3cret\\nx\"\n", nil,
			`routes[0].kubernetes_service_account_token: the token is not a token without spaces and line breaks (config.yaml:4); copy it from the service account as it is`},
		{"a token of Kubernetes without a target", "routes:\n  - from: https://a.example.com\n    redirect: {host_redirect: b.example.com}\n    kubernetes_service_account_token: s3cret\n", nil,
			`routes[0].to: missing (config.yaml:2); write the URL of the API server`},
		{"two tokens of Kubernetes", "routes:\n  - from: https://a.example.com\n    to: https://api\n    kubernetes_service_account_token: s3cret\n    kubernetes_service_account_token_file: /none\n", nil,
			`routes[0].kubernetes_service_account_token_file: cannot be used together with kubernetes_service_account_token (config.yaml:5); remove one of the two`},
		{"a path in from", "policy:\n  - from: https://a.example.com/app\n    to: http://app\n", nil,
			`policy[0].from: "https://a.example.com/app" is not a URL with a scheme and a host only (config.yaml:2); did you mean "https://a.example.com"?`},
		{"a prefix without slash", route("to: http://app", "prefix: api"), nil,
			`routes[0].prefix: "api" is not a path (config.yaml:5); did you mean "/api"?`},
		{"a broken expression", route("to: http://app", "regex: '/(a'"), nil,
			"routes[0].regex: \"/(a\" is not a regular expression (RE2) (config.yaml:5); missing closing ): `/(a`"},
		{"two ways to rewrite", route("to: http://app", "prefix_rewrite: /x", "regex_rewrite_pattern: '^/a'"), nil,
			"routes[0].regex_rewrite_pattern: cannot be used together with prefix_rewrite (config.yaml:6); remove one of the two"},
		{"a group that is not there", route("to: http://app", "regex_rewrite_pattern: '^/(a)'", `regex_rewrite_substitution: '/\2'`), nil,
			`routes[0].regex_rewrite_substitution: "\\2" is not a group of the pattern, which has 1 (config.yaml:6)`},
		{"public and not", route("to: http://app", "allowed_users: [alice@example.com]", "allow_any_authenticated_user: true",
			"allowed_domains: [example.com]", "response: {status: 99}"), nil, `
routes[0].allowed_users: cannot be used together with allow_public_unauthenticated_access (config.yaml:5); remove one of the two
routes[0].allowed_users: cannot be used together with allow_any_authenticated_user (config.yaml:5); remove one of the two
routes[0].allow_any_authenticated_user: cannot be used together with allow_public_unauthenticated_access (config.yaml:6); remove one of the two
routes[0].allowed_domains: cannot be used together with allow_public_unauthenticated_access (config.yaml:7); remove one of the two
routes[0].allowed_domains: cannot be used together with allow_any_authenticated_user (config.yaml:7); remove one of the two
routes[0].response.status: "99" is not a status from 200 to 599 (config.yaml:8)`},
		{"a claim with a map", route("to: http://app", "allowed_idp_claims: {groups: [{a: b}]}"), nil, `
routes[0].allowed_idp_claims.groups[0]: the value is not a single value (config.yaml:5)`},
		{"a program alone", route("to: http://app", "sub_policies: [{rego: ['', 'package x']}, {rego: ''}, {rego: 'package x', source_ppl: '{}'}]"), nil,
			`routes[0].sub_policies[0].rego: is a program without source_ppl (config.yaml:5); Gatehouse runs no programs: write the rules in Pomerium's policy language under source_ppl`},
		{"sub-policies that are wrong", route("to: http://app", "sub_policies: [{allowed_idp_claims: {a: [{b: c}]}, source_ppl: 'text', allowed_user: x}]"), nil, `
routes[0].sub_policies[0].source_ppl: the text is not a policy, written as JSON or YAML (config.yaml:5)
routes[0].sub_policies[0].allowed_user: unknown key (config.yaml:5); did you mean "allowed_users"?
routes[0].sub_policies[0].allowed_idp_claims.a[0]: the value is not a single value (config.yaml:5)`},
		{"a header with a space", route("to: http://app", "remove_request_headers: ['X Y']"), nil,
			`routes[0].remove_request_headers[0]: "X Y" is not the name of a header (config.yaml:5)`},
		{"a redirect", route("redirect: {response_code: 200, path_redirect: x, host_redirect: 'https://b'}"), nil, `
routes[0].redirect.response_code: "200" is not one of 301, 302, 303, 307, 308 (config.yaml:4)
routes[0].redirect.host_redirect: "https://b" is not a host name (config.yaml:4); did you mean "b"?
routes[0].redirect.path_redirect: "x" is not a path (config.yaml:4); did you mean "/x"?`},
		{"too many further hosts", route("to: http://app", "depends_on: [a, b, c, d, e, f]"), nil,
			"routes[0].depends_on: a list of 6 hosts is not a list of at most 5 hosts (config.yaml:5)"},
		{"origins that are none", route("to: http://app", "allowed_websocket_origins: [app.example.com, 'https://a.example.com/x', 'https://*.example.com', 'null', '*']"), nil, `
routes[0].allowed_websocket_origins[0]: "app.example.com" is not an origin such as https://app.example.com (config.yaml:5)
routes[0].allowed_websocket_origins[1]: "https://a.example.com/x" is not an origin such as https://app.example.com (config.yaml:5); did you mean "https://a.example.com"?
routes[0].allowed_websocket_origins[2]: "https://*.example.com" is not an origin such as https://app.example.com (config.yaml:5)
routes[0].allowed_websocket_origins[3]: "null" is not an origin such as https://app.example.com (config.yaml:5)
routes[0].allowed_websocket_origins[4]: "*" is not an origin such as https://app.example.com (config.yaml:5)`},
		{"half of a client certificate", route("to: https://app", "tls_client_cert_file: testdata/none.pem"), nil, `
routes[0].tls_client_key: missing (config.yaml:2); routes[0].tls_client_cert needs it
routes[0].tls_client_cert_file: "testdata/none.pem" is not a file that can be read (config.yaml:5); there is no such file`},
		{"no authority", route("to: https://app", "tls_custom_ca: Zm9v"), nil,
			"routes[0].tls_custom_ca: the value is not a certificate as PEM, or base64 of that (config.yaml:5)"},
		{"claims that can't name headers", "jwt_claims_headers: [email, 'cognito:groups']\n", nil,
			`jwt_claims_headers: "cognito:groups" is not a claim whose name can be part of a header name (config.yaml:1); write a map of header to claim instead, for example X-Pomerium-Claim-Groups: cognito:groups`},
	})
}

func TestBearerTokensThatAreWrong(t *testing.T) {
	issuer := func(text string) string {
		return "bearer_token_format: jwt\nidentity_providers: {ci: " + text + "}\n" + route("to: http://app")
	}
	checkAll(t, []wrong{
		{"a format misspelt", route("to: http://app", "bearer_token_format: jwd"), nil,
			`routes[0].bearer_token_format: "jwd" is not one of default, idp_access_token, idp_identity_token, jwt (config.yaml:5); did you mean "jwt"?`},
		{"no issuers", route("to: http://app", "bearer_token_format: jwt"), nil,
			"identity_providers: missing (config.yaml); routes[0] has bearer_token_format: jwt: name who issues the tokens"},
		{"an issuer that is not there", "identity_providers: {ci: {issuer: https://ci.example.com, audiences: [a]}}\n" + route("to: http://app", "bearer_token_format: jwt", "identity_providers: [cu]"), nil,
			`routes[0].identity_providers[0]: "cu" is not a name in the top-level identity_providers (config.yaml:7); did you mean "ci"?`},
		{"issuers without tokens", "identity_providers: {ci: {issuer: https://ci.example.com, audiences: [a]}}\n" + route("to: http://app", "identity_providers: [ci]"), nil,
			"routes[0].identity_providers: cannot be used without bearer_token_format: jwt (config.yaml:6)"},
		{"nothing of an issuer", issuer("{}"), nil, `
identity_providers.ci.issuer: missing (config.yaml:2); write the claim iss of the tokens
identity_providers.ci.audiences: missing (config.yaml:2); write for whom the tokens must be meant: a token for another service would open this one`},
		{"the cluster by a name of its own", issuer("{issuer: 'kubernetes:///', audiences: [a]}"), nil,
			`identity_providers.ci.issuer: "kubernetes:///" is not an issuer (config.yaml:2); write the issuer of the cluster, for example https://kubernetes.default.svc.cluster.local, and where its keys are: jwks_url: https://kubernetes.default.svc.cluster.local/openid/v1/jwks`},
		{"an issuer that is no URL, and no keys", issuer("{issuer: ci, audiences: [a]}"), nil,
			`identity_providers.ci.issuer: "ci" is not an https URL (config.yaml:2)`},
		{"a shared secret", issuer("{issuer: https://ci.example.com, audiences: [a], supported_algs: [HS256, none]}"), nil, `
identity_providers.ci.supported_algs[0]: "HS256" is not one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA (config.yaml:2); did you mean "ES256"?
identity_providers.ci.supported_algs[1]: "none" is not one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA (config.yaml:2)`},
		{"keys that are no URL", issuer("{issuer: ci, audiences: [a], jwks_url: 'ftp://ci.example.com/keys'}"), nil,
			`identity_providers.ci.jwks_url: "ftp://ci.example.com/keys" is not an https URL (config.yaml:2)`},
		{"one issuer twice", "identity_providers: {a: {issuer: https://ci.example.com, audiences: [a]}, b: {issuer: https://ci.example.com, audiences: [b]}}\n" + route("to: http://app"), nil,
			`identity_providers.b.issuer: "https://ci.example.com" is not an issuer of its own (config.yaml:1); identity_providers.a has the same`},
		{"a name with a slash", "identity_providers: {a/b: {issuer: https://ci.example.com, audiences: [a]}}\n" + route("to: http://app"), nil,
			`identity_providers.a/b: "a/b" is not a name without /, in which letter case does not count (config.yaml:1)`},
		{"the name of the service accounts", "identity_providers: {Service-Account: {issuer: https://ci.example.com, audiences: [a]}}\n" + route("to: http://app"), nil,
			`identity_providers.service-account: "service-account" is not a name of its own (config.yaml:1); the user ids of service accounts begin so`},
		{"the name of a provider", "identity_providers: {Partner: {issuer: https://ci.example.com, audiences: [a]}}\nidp_providers: [{name: partner, provider: google, client_id: a, client_secret: b}]\n" + route("to: http://app"), nil,
			`identity_providers.partner: "partner" is not a name of its own (config.yaml:1); the user ids of the people of idp_providers begin so as well`},
		{"a provider with the name of the service accounts", "idp_providers: [{name: service-account, provider: google, client_id: a, client_secret: b}]\n" + route("to: http://app"), nil,
			`idp_providers[0].name: "service-account" is not a name of its own (config.yaml:1); the user ids of service accounts begin so`},
		{"two names that are one", "identity_providers: {A: {issuer: https://a.example.com, audiences: [a]}, a: {issuer: https://b.example.com, audiences: [b]}}\n" + route("to: http://app"), nil,
			`identity_providers.a: "a" is not a name without /, in which letter case does not count (config.yaml:1)`},
	})
}
