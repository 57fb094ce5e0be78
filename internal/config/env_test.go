package config_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

func load(t *testing.T, yaml string, env ...string) *config.Config {
	t.Helper()
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(yaml), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// equal reports a difference between two values of one type.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	c := load(t, "address: ':1'\nlog_level: debug\ncookie_expire: wrong\n", "ADDRESS=:2", "LOG_LEVEL=", "COOKIE_EXPIRE=1h")
	equal(t, "address", c.Address, ":2")
	equal(t, "log_level, whose variable is empty", c.LogLevel, "debug")
	equal(t, "cookie_expire", c.CookieExpire.String(), "1h0m0s")
}

func TestKeysOfStructuresComeFromTheEnvironment(t *testing.T) {
	c := load(t, "directory:\n  url: https://id.example.com\n",
		"DIRECTORY_REGION=eu-west-1", "DIRECTORY_ACCOUNT_ID=000000000012",
		"DIRECTORY_SMTP_HOST=mail.example.com", "DIRECTORY_SMTP_FROM=no-reply@example.com",
		`DIRECTORY_POOLS=[{"id": "eu-west-1_A", "name": "a", "groups": ["x"]}]`,
		"ACCESS_TEAM_DOMAIN=team.example.com")
	equal(t, "directory.region", c.Directory.Region, "eu-west-1")
	equal(t, "directory.account_id", c.Directory.AccountID, "000000000012")
	equal(t, "directory.smtp.host", c.Directory.SMTP.Host, "mail.example.com")
	equal(t, "directory.smtp.port", c.Directory.SMTP.Port, 587)
	equal(t, "directory.pools[0].groups", c.Directory.Pools[0].Groups, []string{"x"})
	equal(t, "access.team_domain", c.Access.TeamDomain.String(), "https://team.example.com")
}

func TestStructuresWithoutKeysStayNil(t *testing.T) {
	c := load(t, "directory:\naccess: null\n", "DATABASE_PORT=tcp://10.0.0.1:5432", "DIRECTORY=/srv")
	if c.Directory != nil || c.Access != nil {
		t.Errorf("got directory %v and access %v, want none", c.Directory, c.Access)
	}
}

func TestListsAndMapsFromOneText(t *testing.T) {
	c := load(t, "",
		"IDP_PROVIDER=google", "IDP_CLIENT_ID=a", "IDP_CLIENT_SECRET=b",
		"IDP_SCOPES= openid , profile,email,",
		`IDP_REQUEST_PARAMS={"prompt": "login", "hd": "example.com"}`,
		`JWT_CLAIMS_HEADERS={"X-Groups": "cognito:groups"}`,
		`RUNTIME_FLAGS={"config_hot_reload": false}`,
		`PROGRAMMATIC_REDIRECT_DOMAIN_WHITELIST=["a.example.com", "b.example.com"]`)
	equal(t, "idp_scopes", c.IDPScopes, []string{"openid", "profile", "email"})
	equal(t, "idp_request_params", c.IDPRequestParams, map[string]string{"prompt": "login", "hd": "example.com"})
	equal(t, "jwt_claims_headers", c.JWTClaimsHeaders, config.ClaimHeaders{"X-Groups": "cognito:groups"})
	equal(t, "config_hot_reload", c.Flag("config_hot_reload"), false)
	equal(t, "routes_portal", c.Flag("routes_portal"), true)
	equal(t, "the whitelist", c.ProgrammaticRedirectDomainWhitelist, []string{"a.example.com", "b.example.com"})
}

func TestHEADERSBecomesResponseHeaders(t *testing.T) {
	for _, text := range []string{`{"X-A": "1", "X-B": "https://b"}`, "X-A:1, X-B:https://b"} {
		c := load(t, "set_response_headers: {X-C: '3'}\n", "HEADERS="+text)
		equal(t, "set_response_headers of "+text, c.SetResponseHeaders, map[string]string{"X-A": "1", "X-B": "https://b"})
	}
}

func TestRoutesOfBothListsInOrder(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("- from: https://b.example.com\n  to: http://b\n  allowed_idp_claims: {'custom:Dept': 'CN=a,OU=b'}\n"))
	c := load(t, "routes:\n  - {from: https://c.example.com, to: http://c}\npolicy:\n  - {from: https://a.example.com, to: http://a}\n"+
		"idp_provider: google\nidp_client_id: a\nidp_client_secret: b\nauthenticate_service_url: https://authenticate.example.com\n", "POLICY="+encoded)
	var hosts, places []string
	for _, r := range c.AllRoutes() {
		hosts = append(hosts, r.From.Host)
		places = append(places, r.Key+" in "+r.File)
	}
	equal(t, "hosts", hosts, []string{"b.example.com", "c.example.com"})
	equal(t, "places", places, []string{"policy[0] in POLICY", "routes[0] in config.yaml"})
	equal(t, "a claim's value with commas", c.Policy[0].AllowedIDPClaims, map[string][]any{"custom:Dept": {"CN=a,OU=b"}})
}

func TestOneWarningNamesAllKeysWithoutEffect(t *testing.T) {
	c := load(t, "grpc_address: ':1'\nenvoy_admin_address: ':2'\notel_log_level: info\ngrpc_insecure: true\nservices: all\nautocert: false\n"+
		route("to: http://app", "regex_priority_order: 1", "logo_url: https://a.example.com/a.png", "description: ours", "bearer_token_format: default", "allow_spdy: false"))
	equal(t, "warnings", c.Warnings, []string{"keys of Pomerium that have no effect here: envoy_admin_address, grpc_address, grpc_insecure, otel_log_level, routes[0].regex_priority_order"})
}

func TestPlainHTTPToAnotherMachineCausesAWarning(t *testing.T) {
	c := load(t, "idp_provider: oidc\nidp_provider_url: http://gatehouse:9229/us-east-1_A\nidp_client_id: a\nidp_client_secret: b\ndirectory: {url: 'http://gatehouse:9229'}\n")
	equal(t, "warnings", c.Warnings, []string{"plain http URLs, to which secrets are sent unencrypted: idp_provider_url and directory.url"})
}

// Only the log of a server that ran said this, and not gatehouse check.
func TestACookieForADomainCausesAWarning(t *testing.T) {
	c := load(t, "cookie_domain: .example.com\n"+logRoute)
	equal(t, "warnings", c.Warnings, []string{"cookie_domain: every host under example.com can set the session cookie, and so make people somebody else: leave the key out if one of them is not yours, one sign-in serves all routes without it too"})
}

func TestAFaultInAPolicyHasItsLine(t *testing.T) {
	c := load(t, "routes:\n  - from: https://a.example.com\n    to: http://a\n    policy:\n      - allow:\n          and:\n            - accept: true\n            - source_ip: nonsense\n")
	for path, want := range map[string]string{
		"routes[0].policy[0].allow.and[1].source_ip": "config.yaml:8",
		"routes[0].policy[0].deny":                   "config.yaml:5",
		"routes[0].regex":                            "config.yaml:2",
	} {
		got := c.Fault(path, `"nonsense"`, "a network", "").Error()
		equal(t, path, got, path+`: "nonsense" is not a network (`+want+")")
	}
}

func TestJSONIsRead(t *testing.T) {
	c := load(t, "{\n\t\"address\": \":1\",\n\t\"routes\": [\n\t\t{\"from\": \"https:\\/\\/a.example.com\", \"to\": [\"http://a\"], \"allow_public_unauthenticated_access\": true}\n\t]\n}\n")
	equal(t, "address", c.Address, ":1")
	equal(t, "from", c.Routes[0].From.String(), "https://a.example.com")
	equal(t, "line", c.Routes[0].Line, 4)
}

func TestAnEmptyFileIsAConfiguration(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "{}", "---\n"} {
		c := load(t, text)
		equal(t, "address of "+text, c.Address, ":443")
		if !strings.HasSuffix(c.Database.Reveal(), "/gatehouse-data/gatehouse.db") || !strings.HasPrefix(c.Database.Reveal(), "sqlite:///") {
			t.Errorf("database of %q: got %q, want a file under gatehouse-data", text, c.Database.Reveal())
		}
	}
}

// A file of Pomerium may be TOML; its name says so.
func TestTOMLIsRead(t *testing.T) {
	const file = `address = ":1"
xff_num_trusted_hops = 2
cookie_expire = "1h"
[jwt_claims_headers]
X-Groups = "cognito:groups"
[[routes]]
from = "https://a.example.com"
to = ["http://a"]
allow_public_unauthenticated_access = true
[[routes]]
from = "https://b.example.com"
to = "http://b"
allowed_idp_claims = { "cognito:groups" = ["admins"], level = [3, 1.5, true] }
`
	const provider = "idp_provider = 'google'\nidp_client_id = 'a'\nidp_client_secret = 'b'\n"
	c, err := config.Load(settings.Source{Path: "config.TOML", Data: []byte(provider + file)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "address", c.Address, ":1")
	equal(t, "hops", c.XFFNumTrustedHops, 2)
	equal(t, "cookie_expire", c.CookieExpire.String(), "1h0m0s")
	equal(t, "headers", c.JWTClaimsHeaders, config.ClaimHeaders{"X-Groups": "cognito:groups"})
	equal(t, "from", c.Routes[0].From.String(), "https://a.example.com")
	equal(t, "public", c.Routes[0].AllowPublicUnauthenticatedAccess, true)
	equal(t, "claims", c.Routes[1].AllowedIDPClaims, map[string][]any{"cognito:groups": {"admins"}, "level": {int64(3), 1.5, true}})
}

func TestTOMLThatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"address = ':1'\nshared_secret = s3cret\n":   "the text is not TOML (config.toml:2)",
		"adress = ':1'\n":                            `adress: unknown key (config.toml); did you mean "address"?`,
		"[a]\nb = 1\n[a]\n":                          "the text is not TOML (config.toml:3)",
		"x = " + strings.Repeat("[", 1000):           "the file holds too many values, or they nest too deeply (config.toml)",
		"address = ':1'\naddress = ':2'\n":           "the text is not TOML (config.toml:2)",
		"[[routes]]\nfrom = 'https://a.example.com'": "routes[0].to: missing (config.toml); a route needs one of the keys to, redirect and response",
	} {
		_, err := config.Load(settings.Source{Path: "config.toml", Data: []byte(text)})
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
}

func TestAMissingFile(t *testing.T) {
	_, err := config.Load(settings.Source{Path: "testdata/none.yaml"})
	if got, want := err.Error(), "the file cannot be read (testdata/none.yaml); there is no such file"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// People copy scopes from places that separate them in different ways.
func TestScopesAreSeparatedByCommasOrSpaces(t *testing.T) {
	const idp = "idp_provider: oidc\nidp_provider_url: https://id.example.com\nidp_client_id: a\nidp_client_secret: b\n"
	want := []string{"openid", "profile", "email"}
	for _, written := range []string{
		"openid,profile,email", "openid, profile, email", "openid profile email", "  openid   profile,email ,", "'openid profile email'",
		"[openid, profile, email]", "['openid profile', email]", "['openid,profile', 'email']", `'["openid","profile","email"]'`,
	} {
		equal(t, "file: "+written, load(t, idp+"idp_scopes: "+written+"\n").IDPScopes, want)
	}
	for _, written := range []string{"openid,profile,email", "openid, profile, email", "openid profile email", `["openid","profile","email"]`, `["openid profile","email"]`} {
		equal(t, "variable: "+written, load(t, idp, "IDP_SCOPES="+written).IDPScopes, want)
	}
}

// No key of Pomerium is silent: it has an effect, or it says what Gatehouse does
// anyway, or a warning names it. Refusals are in wrong_test.go.
func TestNoKeyIsSilentlyWithoutEffect(t *testing.T) {
	const route = "routes:\n  - from: https://a.example.com\n    to: http://app\n    allow_public_unauthenticated_access: true\n    "
	const noEffect = "keys of Pomerium that have no effect here: "
	for _, tt := range []struct {
		name, file string
		env        []string
		want       []string
	}{
		{"the way in which requests are spread here", route + "load_balancing_policy: round_robin\n", nil, nil},
		{"in the long form", route + "load_balancing_policy: LOAD_BALANCING_POLICY_ROUND_ROBIN\n", nil, nil},
		{"another way", route + "load_balancing_policy: LEAST_REQUEST\n", nil, nil},
		{"keys of Envoy in structures", route + "health_checks: [{timeout: 1s, interval: 5s, reuse_connection: false, event_log_path: /x, http_health_check: {path: /, service_name_matcher: {exact: a}}}]\n    outlier_detection: {success_rate_minimum_hosts: 3}\n    circuit_breaker_thresholds: {max_connection_pools: 4}\n", nil,
			[]string{noEffect + "routes[0].circuit_breaker_thresholds.max_connection_pools, routes[0].health_checks[0].event_log_path, routes[0].health_checks[0].http_health_check.service_name_matcher, routes[0].health_checks[0].reuse_connection, routes[0].outlier_detection.success_rate_minimum_hosts"}},
		{"flags as here", route + "\nruntime_flags: {match_any_incoming_port: true, routes_portal: true, pomerium_jwt_endpoint: true, config_hot_reload: false}\n", nil, nil},
		{"flags otherwise", route + "\nruntime_flags: {match_any_incoming_port: false, ssh_routes_portal: true, envoy_resource_manager: true, mcp: true}\n", nil,
			[]string{"runtime flags that have no effect here: envoy_resource_manager, match_any_incoming_port, mcp, ssh_routes_portal"}},
		{"flags that nobody knows", route + "\nruntime_flags: {b: true, a: false}\n", nil, []string{"runtime flags that are not known: a, b"}},
		{"keys", route + "outlier_detection: {}\ncodec_type: HTTP2\nautocert_dir: /x\n", nil, []string{noEffect + "autocert_dir"}},
		{"fields of Envoy's cluster", route + "connect_timeout: 5s\n    cleanup_interval: 5s\n    upstream_connection_options: {tcp_keepalive: {}}\n", nil,
			[]string{noEffect + "routes[0].cleanup_interval, routes[0].upstream_connection_options"}},
		{"removed keys at the top", "idp_service_account: s3cret\nidp_qps: 1\ntracing_provider: jaeger\ntracing_jaeger_agent_endpoint: a\nheaders: {X-A: b}\ncookie_secure: false\npomerium_debug: true\nauthenticate_callback_path: /oauth2/callback\n" + route, nil, []string{
			noEffect + "pomerium_debug",
			"idp_service_account, idp_qps: removed by Pomerium, and without effect; groups come from claims: see allowed_idp_claims",
			"tracing_provider, tracing_jaeger_agent_endpoint: removed by Pomerium, and without effect; write the otel_… keys",
			"headers: removed by Pomerium, and without effect; write set_response_headers",
			"cookie_secure: removed by Pomerium, and without effect; cookies are always Secure"}},
		{"removed keys in the older list of routes", "policy:\n  - from: https://b.example.com\n    to: http://b\n    allowed_groups: [a]\n  - from: https://c.example.com\n    to: http://c\n    allowed_groups: [a]\n    set_authorization_header: id_token\n", nil, []string{
			"policy[0].allowed_groups, policy[1].allowed_groups: removed by Pomerium, and without effect; write allowed_idp_claims with the claim that holds the groups, for example groups",
			"policy[1].set_authorization_header: removed by Pomerium, and without effect; write set_request_headers with Authorization: Bearer ${pomerium.id_token}"}},
		{"a token of Google", route + "enable_google_cloud_serverless_authentication: true\n", nil,
			[]string{"routes[0].enable_google_cloud_serverless_authentication has no effect here; Google's tokens are not fetched: the upstream gets none"}},
		{"no token of Google", route + "enable_google_cloud_serverless_authentication: false\n", nil, nil},
		{"the parts of all", "services: authenticate,authorize,cache,proxy\n" + route, nil, nil},
		{"values for aliases", "x-one: &one {X-A: b}\n.two: 1\n_three: 2\nnames: &four {X-B: c}\nset_response_headers: *one\n" + route + "set_response_headers: *four\n", nil,
			[]string{"names has no effect here; only what its anchors name is used"}},
		{"a server of the Model Context Protocol", route + "mcp: {server: {upstream_oauth2: {client_id: a}, path: /mcp}}\n", nil, []string{
			"routes[0].mcp: an HTTP route behind its rules; clients of the Model Context Protocol cannot register and sign in here by themselves",
			"routes[0].mcp.server.upstream_oauth2 has no effect here; the upstream gets no token of another service"}},
		{"plain http", "routes:\n  - from: http://a.example.com:80\n    to: http://a\n    allow_public_unauthenticated_access: true\n  - from: http://localhost:8080\n    to: http://a\n    allow_public_unauthenticated_access: true\n", nil,
			[]string{"routes[0].from: routes with http answer at https, as at Pomerium; write https"}},
		{"older variables", route, []string{"IDP_SERVICE_ACCOUNT=s3cret", "TRACING_PROVIDER=jaeger", "HEADERS=X-A:b", "COOKIE_SECURE=true", "SIGNING_KEY_ALGORITHM=ES256", "cookie_refresh=1h", "SSH_AUTH_SOCK=/x", "POMERIUM_DEBUG=1"}, []string{
			noEffect + "pomerium_debug",
			"idp_service_account: removed by Pomerium, and without effect; groups come from claims: see allowed_idp_claims",
			"signing_key_algorithm: removed by Pomerium, and without effect; the kind of signing_key decides"}},
		{"placeholders", "idp_provider: google\nidp_client_id: ${CLIENT}\nidp_client_secret: ${SECRET}\nauthenticate_service_url: https://a.example.com\n" + strings.Replace(route, "to: http://", "set_request_headers: {X-A: '${pomerium.jwt} ${TEAM}', X-B: '$${TEAM}'}\n    to: http://", 1), []string{"IDP_CLIENT_SECRET=s3cret"},
			[]string{"idp_client_id (${CLIENT}), routes[0].set_request_headers.X-A (${TEAM}): not replaced by a variable of the environment, as at Pomerium: a key at the top has a variable of its own name, and ROUTES holds the routes; or fill the file in before it is read"}},
		{"an upstream for TCP without a port", "authenticate_service_url: https://a.example.com\nroutes:\n  - from: tcp+https://a.example.com:22\n    to: ['tcp://a', 'tcp://[::1]']\n    allow_public_unauthenticated_access: true\n", nil,
			[]string{"routes[0].to: tcp://a, tcp://[::1]: no port, so port 80, as at Pomerium: write the port that is meant"}},
		{"a group behind two backslashes", "routes:\n  - from: https://a.example.com\n    to: http://a\n    host_path_regex_rewrite_pattern: ^/([^/]+)/\n    host_path_regex_rewrite_substitution: \\\\1\n    regex_rewrite_pattern: ^/(x)\n    regex_rewrite_substitution: /\\1\n    allow_public_unauthenticated_access: true\n", nil,
			[]string{`routes[0].host_path_regex_rewrite_substitution: \\1 is a backslash and a digit; the group is \1`}},
		{"a key that is in a comment of Pomerium's examples", "service: all\n" + route, []string{"SERVICE=web"},
			[]string{"service has no effect here; write services"}},
		{"Pomerium Zero", route, []string{"POMERIUM_ZERO_TOKEN=s3cret"},
			[]string{"pomerium_zero_token has no effect here; the routes of Pomerium Zero are in its console: write them into a file"}},
		{"variables", route, []string{"CODEC_TYPE=http3", "AUTOCERT_DIR=/x", "DATABROKER_STORAGE_TYPE=memory", "DEBUG=1", "GRPC_VERBOSITY=debug", "OTEL_TRACES_EXPORTER=none", "EDITOR=vi"},
			[]string{noEffect + "autocert_dir, databroker_storage_type"}},
	} {
		c := load(t, tt.file, tt.env...)
		equal(t, tt.name, c.Warnings, tt.want)
	}
}

// Pomerium accepts these spellings.
func TestSpellingsThatMeanTheSame(t *testing.T) {
	c := load(t, "http_redirect_addr: \"':80'\"\njwt_claims_headers: 'email, groups user'\nroutes:\n"+
		"  - from: http://a.example.com:80/\n    redirect: {host_redirect: 'b.example.com:8443'}\n    depends_on: ['https://c.example.com:444/x', d.example.com]\n    allow_public_unauthenticated_access: true\n"+
		"  - from: http://127.0.0.1:8080\n    redirect: {host_redirect: 'b.example.com:8443', port_redirect: 9}\n    allow_public_unauthenticated_access: true\n")
	equal(t, "http_redirect_addr", c.HTTPRedirectAddr, ":80")
	equal(t, "jwt_claims_headers", c.JWTClaimsHeaders, config.ClaimHeaders{"X-Pomerium-Claim-email": "email", "X-Pomerium-Claim-groups": "groups", "X-Pomerium-Claim-user": "user"})
	equal(t, "from", c.Routes[0].From.String(), "https://a.example.com/")
	equal(t, "from on this machine", c.Routes[1].From.String(), "http://127.0.0.1:8080")
	equal(t, "host_redirect", c.Routes[0].Redirect.HostRedirect, "b.example.com")
	equal(t, "its port", c.Routes[0].Redirect.PortRedirect, 8443)
	equal(t, "a port beside it", c.Routes[1].Redirect.PortRedirect, 9)
	equal(t, "depends_on", c.Routes[0].DependsOn, []string{"c.example.com:444", "d.example.com"})
}

// Pomerium reads these without a word. The user in a URL may have a password: nobody
// may read it in a warning.
func TestWhatAnUpstreamURLAndHeadersHaveWithoutEffect(t *testing.T) {
	c := load(t, route("to: ['http://ann:s3cret@app:80/x?a=b#c', 'h2c://app?']", "set_request_headers: {X-A: b, HOST: c.example.com, ':authority': d}")+
		"  - from: https://b.example.com\n    to: https://b/#top\n    allow_public_unauthenticated_access: true\n")
	equal(t, "to", c.Routes[0].To[0].URL.String()+" "+c.Routes[0].To[1].URL.String()+" "+c.Routes[1].To[0].URL.String(), "http://app:80/x h2c://app https://b/")
	equal(t, "headers", c.Routes[0].SetRequestHeaders, map[string]string{"X-A": "b"})
	equal(t, "warnings", c.Warnings, []string{
		"routes[0].to: the user in a URL has no effect, as at Pomerium; set the header Authorization with set_request_headers",
		"routes[0].to, routes[1].to: query and fragment of a URL have no effect, as at Pomerium",
		"routes[0].set_request_headers.:authority, routes[0].set_request_headers.HOST have no effect here; the keys for the host are host_rewrite and preserve_host_header",
	})
}

func TestAServerOfTheModelContextProtocolHasNoLimit(t *testing.T) {
	c := load(t, route("to: http://app", "mcp: {server: {}}")+"  - from: https://b.example.com\n    to: http://b\n    mcp: {client: {}}\n")
	equal(t, "a server", c.Routes[0].ServesMCP(), true)
	equal(t, "a client", c.Routes[1].ServesMCP(), false)
}
