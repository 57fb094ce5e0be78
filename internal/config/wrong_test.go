package config_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// wrong is a file that must be refused with exactly these lines. The route that
// most cases change stands in route.
type wrong struct {
	name string
	yaml string
	env  []string
	want string
}

// noInstance is an environment in which no role of EC2 could have the keys of AWS.
var noInstance = []string{"AWS_EC2_METADATA_DISABLED=true"}

func (w wrong) check(t *testing.T) {
	t.Helper()
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(w.yaml), Env: w.env})
	if err == nil {
		t.Fatalf("loaded %+v, want the faults:\n%s", c, w.want)
	}
	if diff := cmp.Diff(strings.TrimSpace(w.want), err.Error()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func checkAll(t *testing.T, cases []wrong) {
	for _, w := range cases {
		t.Run(w.name, w.check)
	}
}

// route is a route with one more key.
func route(lines ...string) string {
	return "routes:\n  - from: https://a.example.com\n    allow_public_unauthenticated_access: true\n    " +
		strings.Join(lines, "\n    ") + "\n"
}

func TestTextThatIsNotAConfiguration(t *testing.T) {
	checkAll(t, []wrong{
		{"syntax", "address: ':443\nroutes: []\n", nil,
			"the text is not YAML (config.yaml:1); found unexpected end of stream: a quote or a bracket is not closed"},
		{"a list", "- address: ':443'\n", nil,
			"a list is not a map of keys (config.yaml:1)"},
		{"a text", "hello\n", nil,
			"a single value is not a map of keys (config.yaml:1)"},
		{"two documents", "log_level: info\n---\nlog_level: warn\n", nil,
			"a second document begins here (config.yaml:3); a file holds one configuration: remove the line ---"},
		{"an alias of nothing", "log_level: *level\n", nil,
			"the text is not YAML (config.yaml:1); unknown anchor 'level' referenced"},
		{"a tag", "log_level: !level info\n", nil,
			"the tag !level is not known (config.yaml:1); write the value without it"},
		{"too deep", "log_level: " + strings.Repeat("[", 500) + strings.Repeat("]", 500), nil,
			"the text is not YAML (config.yaml); nested too deeply"},
		{"aliases of aliases", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f]\n", nil,
			"the file holds too many values, or they nest too deeply (config.yaml:6)"},
	})
}

// secretForm is what a fault says of the URL of a secret.
const secretForm = "write it like file:///etc/gatehouse/token, or file:///etc/gatehouse/all.json#data.token for a value in a file of JSON"

func TestKeysThatAreWrong(t *testing.T) {
	checkAll(t, []wrong{
		{"unknown", "adress: ':443'\n", nil,
			`adress: unknown key (config.yaml:1); did you mean "address"?`},
		{"unknown, and like one of Pomerium's", "grcp_address: ':5443'\ndebgu: true\nautocret_dir: /x\n", nil, `
grcp_address: unknown key (config.yaml:1); did you mean "grpc_address"?
debgu: unknown key (config.yaml:2); did you mean "debug"?
autocret_dir: unknown key (config.yaml:3); did you mean "autocert_dir"?`},
		{"unknown and unlike any", "zzzzzzzzzzz: 1\n", nil,
			`zzzzzzzzzzz: unknown key (config.yaml:1); Pomerium ignores such a key: take it out if the file comes from there`},
		{"unknown and unlike the keys that begin as some of Pomerium's", "self_signed_cert: true\nprimary_color: blue\nmemberlist_advertise_port: 1\n", nil, `
self_signed_cert: unknown key (config.yaml:1); Pomerium ignores such a key: take it out if the file comes from there
primary_color: unknown key (config.yaml:2); Pomerium ignores such a key: take it out if the file comes from there
memberlist_advertise_port: unknown key (config.yaml:3); Pomerium ignores such a key: take it out if the file comes from there`},
		{"unknown in a route", route("too: http://app"), nil, `
routes[0].to: missing (config.yaml:2); a route needs one of the keys to, redirect and response
routes[0].too: unknown key (config.yaml:4); did you mean "to"?`},
		{"twice", "address: ':443'\nlog_level: info\naddress: ':444'\n", nil,
			`the key "address" is written twice in the same map (config.yaml:3)`},
		{"twice in two cases", "address: ':443'\nADDRESS: ':444'\n", nil,
			"address: the key is written twice in the same map (config.yaml:2); upper and lower case make no difference"},
		{"a key of a route at the top", "from: https://a.example.com\n", nil,
			"from: unknown key (config.yaml:1); Pomerium ignores such a key: take it out if the file comes from there"},
		{"removed by Pomerium", route("to: http://app", "allowed_groups: [admins]", "set_authorization_header: id_token"), nil, `
routes[0].allowed_groups: this version does not offer this key (config.yaml:5); write allowed_idp_claims with the claim that holds the groups, for example groups
routes[0].set_authorization_header: this version does not offer this key (config.yaml:6); write set_request_headers with Authorization: Bearer ${pomerium.id_token}`},
		{"removed by Pomerium, and needed", "client_ca: Zm9v\nclient_ca_file: ca.pem\nclient_crl: Zm9v\npolicy_file: policy.yaml\nrequire_proxy_protocol: true\n", nil, `
client_ca: this version does not offer this key (config.yaml:1); write downstream_mtls, with ca_file, ca, crl_file or crl
client_ca_file: this version does not offer this key (config.yaml:2); write downstream_mtls, with ca_file, ca, crl_file or crl
client_crl: this version does not offer this key (config.yaml:3); write downstream_mtls, with ca_file, ca, crl_file or crl
policy_file: this version does not offer this key (config.yaml:4); write the routes under routes
require_proxy_protocol: this version does not offer this key with the value "true" (config.yaml:5); write use_proxy_protocol`},
		{"some of the parts", "services: authenticate,proxy\n", nil,
			`services: this version does not offer this key with the value "authenticate,proxy" (config.yaml:1); one process serves all parts: leave it out or write all`},
		{"values for aliases in a route", route("to: http://app", "x-a: 1"), nil,
			`routes[0].x-a: unknown key (config.yaml:5); Pomerium ignores such a key: take it out if the file comes from there`},
		{"messages without a limit", route("to: http://app", "mcp: {server: {max_request_bytes: 0}}"), nil,
			`routes[0].mcp.server.max_request_bytes: "0" is not a number of bytes from 1 to 16777216 (config.yaml:5)`},
		{"messages that are too large", route("to: http://app", "mcp: {server: {max_request_bytes: 1GB}}"), nil,
			`routes[0].mcp.server.max_request_bytes: "1GB" is not a number of bytes from 1 to 16777216 (config.yaml:5)`},
		{"an empty route of the Model Context Protocol", route("to: http://app", "mcp: {}"), nil,
			`routes[0].mcp: has neither server nor client (config.yaml:5); write server: {} for a server of the Model Context Protocol`},
		{"an older route of the Model Context Protocol", route("to: http://app", "mcp: {upstream_oauth2: {client_id: a}}"), nil,
			`routes[0].mcp: has neither server nor client (config.yaml:5); put upstream_oauth2 below server`},
		{"an object of Kubernetes", "apiVersion: ingress.pomerium.io/v1\n", nil,
			`apiversion: unknown key (config.yaml:1); this is an object of Kubernetes: write its settings into a file with the keys of Pomerium's configuration file`},
		{"routes under another name", "policies: []\n", nil,
			`policies: this version does not offer this key (config.yaml:1); write the routes under routes`},
		{"secrets", `secrets:
  defaults: {refresh: 100ms, stale_grace: -1s, negative_ttl: -1s}
  bindings:
    a.b: {url: "file:///a"}
    -c: {url: "file:///a"}
    relative: {url: "file://etc/token"}
    query: {url: "file:///a?x=1"}
    vault: {url: "vault://kv/a#b"}
    path: {url: /etc/token}
    user: {url: "file://ann@/a"}
    reference: {url: "file:///${HOME}/a"}
    fragment: {url: "file:///a#b..c"}
    nowhere: {refresh: 500ms, stale_grace: -1h}
`, nil, `
secrets.defaults.stale_grace: "-1s" is not a duration of 0 or more (config.yaml:2)
secrets.defaults.negative_ttl: "-1s" is not a duration of 0 or more (config.yaml:2)
secrets.defaults.refresh: "100ms" is not a duration of 1s or more (config.yaml:2)
secrets.bindings.a.b: "a.b" is not a name of letters, digits, _ and -, which does not begin with - (config.yaml:4)
secrets.bindings.-c: "-c" is not a name of letters, digits, _ and -, which does not begin with - (config.yaml:5)
secrets.bindings.relative.url: "file://etc/token" is not the URL of a file, with three slashes and no query (config.yaml:6); ` + secretForm + `
secrets.bindings.query.url: "file:///a?x=1" is not the URL of a file, with three slashes and no query (config.yaml:7); ` + secretForm + `
secrets.bindings.vault.url: "vault://kv/a#b" is not the URL of a file, with three slashes and no query (config.yaml:8); ` + secretForm + `
secrets.bindings.path.url: "/etc/token" is not the URL of a file, with three slashes and no query (config.yaml:9); ` + secretForm + `
secrets.bindings.user.url: "file://[redacted]@/a" is not the URL of a file, with three slashes and no query (config.yaml:10); ` + secretForm + `
secrets.bindings.reference.url: a reference in the URL (config.yaml:11); write the path of the file as it is
secrets.bindings.fragment.url: "file:///a#b..c" is not the URL of a file with the names of a value after # (config.yaml:12); ` + secretForm + `
secrets.bindings.nowhere.stale_grace: "-1h" is not a duration of 0 or more (config.yaml:13)
secrets.bindings.nowhere.url: missing (config.yaml:13); ` + secretForm + `
secrets.bindings.nowhere.refresh: "500ms" is not a duration of 1s or more (config.yaml:13)`},
		{"references to secrets", "secrets: {bindings: {api-token: {url: 'file:///a'}}}\nset_response_headers: {X-A: '${secret.api-token}'}\n" +
			route("to: http://app", "set_request_headers:", "  X-A: ${secret.api-tokn}", "  X-B: ${secret.a.b}", "  X-C: '${secret.${pomerium.jwt}}'", "  X-D: $${secret.none} $$${ secret.other }", "set_response_headers: {X-A: '${secret.api-token}'}"), nil, `
set_response_headers.X-A: a secret in the header of an answer (config.yaml:2); secrets are for set_request_headers
routes[0].set_request_headers.X-A: secrets.bindings has no secret "api-tokn" (config.yaml:8); did you mean "api-token"?
routes[0].set_request_headers.X-B: "${secret.a.b}" is not a reference to a secret (config.yaml:9); write ${secret.NAME}, with the name of one of secrets.bindings
routes[0].set_request_headers.X-C: "${secret.${pomerium.jwt}" is not a reference to a secret (config.yaml:10); write ${secret.NAME}, with the name of one of secrets.bindings
routes[0].set_request_headers.X-D: secrets.bindings has no secret "other" (config.yaml:11); add it there: {other: {url: file:///etc/gatehouse/other}}
routes[0].set_response_headers.X-A: a secret in the header of an answer (config.yaml:12); secrets are for set_request_headers`},
		{"client certificates without authorities", "downstream_mtls: {enforcement: reject_connection}\n", nil,
			"downstream_mtls.ca_file: missing (config.yaml:1); the other keys of downstream_mtls need it: name the authorities that issue the certificates of clients"},
		{"a file of authorities that is not there", "downstream_mtls: {ca_file: /none/ca.pem}\n", nil,
			`downstream_mtls.ca_file: "/none/ca.pem" is not a file that can be read (config.yaml:1); there is no such file`},
		{"client certificates wrong", "insecure_server: true\ndownstream_mtls: {ca: Zm9v, max_verify_depth: -1, match_subject_alt_names: [{dns: '('}, {}, {dns: a, email: b}]}\n", nil, `
insecure_server: cannot be used together with certificates of clients (downstream_mtls, tls_downstream_client_ca) (config.yaml:1); only the server that terminates TLS can ask for them: let Gatehouse do it, or check certificates in the proxy in front
downstream_mtls.ca: the value is not a certificate as PEM, or base64 of that (config.yaml:2)
downstream_mtls.match_subject_alt_names[0]: "(" is not a regular expression (RE2) (config.yaml:2); missing closing ): ` + "`(`" + `
downstream_mtls.match_subject_alt_names[1]: the value is not an object with one of dns, email, ip_address, uri, user_principal_name (config.yaml:2)
downstream_mtls.match_subject_alt_names[2]: the value is not an object with one of dns, email, ip_address, uri, user_principal_name (config.yaml:2)
downstream_mtls.max_verify_depth: the value is not 0 or more (config.yaml:2)`},
		{"split mode", "services: proxy\n", nil,
			`services: this version does not offer this key with the value "proxy" (config.yaml:1); one process serves all parts: leave it out or write all`},
		{"half an account of the authority", "autocert_eab_key_id: a\n", nil,
			`autocert_eab_mac_key: missing (config.yaml); autocert_eab_key_id needs it`},
		{"no key of an account", "autocert_eab_key_id: a\nautocert_eab_mac_key: s3cret!\n", nil,
			`autocert_eab_mac_key: the secret is not base64url (config.yaml:2); copy it from the authority as it is`},
		{"an authority without TLS", "autocert_ca: http://acme.example.com/dir\n", nil,
			`autocert_ca: "http://acme.example.com/dir" is not an https URL (config.yaml:1); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://acme.example.com/dir`},
		{"HTTP/3 and the PROXY protocol", "codec_type: http3\nuse_proxy_protocol: true\n", nil,
			`codec_type: "http3" is not another value with use_proxy_protocol (config.yaml:1); the PROXY protocol says nothing of clients that come by UDP`},
		{"no certificates", "autocert_trusted_ca: Zm9v\n", nil,
			`autocert_trusted_ca: the text is not certificates as PEM, or base64 of that (config.yaml:1)`},
		{"refused in the environment", "", []string{"SSH_ADDRESS=:22"}, `
ssh_address: this version does not offer this key (environment variable SSH_ADDRESS); SSH is not supported`},
	})
}

func TestValuesOfTheWrongForm(t *testing.T) {
	checkAll(t, []wrong{
		{"a bool", "insecure_server: yep\n", nil,
			`insecure_server: "yep" is not true or false (config.yaml:1)`},
		{"a number", "xff_num_trusted_hops: one\n", nil,
			`xff_num_trusted_hops: "one" is not a whole number (config.yaml:1)`},
		{"spellings that nobody can choose", "http1_header_names: [content-length, 'a b', Host]\n", nil, `
http1_header_names[0]: "content-length" is not a header whose spelling can be chosen (config.yaml:1); leave it out
http1_header_names[1]: "a b" is not the name of a header (config.yaml:1)
http1_header_names[2]: "Host" is not a header whose spelling can be chosen (config.yaml:1); leave it out`},
		{"a duration without unit", "timeout_read: 30\n", nil,
			`timeout_read: "30" is not a duration such as "30s" (config.yaml:1); did you mean "30s"?`},
		{"a duration in days", "cookie_expire: 7d\n", nil,
			`cookie_expire: "7d" is not a duration such as "30s" (config.yaml:1); did you mean "168h"?`},
		{"a duration below zero", "timeout_idle: -5s\n", nil,
			`timeout_idle: "-5s" is not a duration of 0 or more (config.yaml:1)`},
		{"a list for a text", "address: [':443']\n", nil,
			`address: a list is not a single value (config.yaml:1)`},
		{"a map for a list", "idp_scopes: {openid: true}\n", nil,
			`idp_scopes: a map is not a list (config.yaml:1)`},
		{"forward auth without routes", "forward_auth: {}\n", nil, `
forward_auth.address: missing (config.yaml:1); write an address that only the proxies reach, for example 127.0.0.1:9010
forward_auth.trusted_proxies: missing (config.yaml:1); write the addresses of the proxies that ask, for example [127.0.0.1]
forward_auth: needs routes: they decide which request may pass (config.yaml:1)`},
		{"forward auth for everybody", route("to: http://app") + "forward_auth: {address: '9010', trusted_proxies: [0.0.0.0/0, localhost, '10.0.0.1/33', '::/0', '::ffff:10.0.0.1', 'fe80::1%eth0']}\n", nil, `
forward_auth.address: "9010" is not an address of the form host:port (config.yaml:5); did you mean ":9010"?
forward_auth.trusted_proxies[0]: "0.0.0.0/0" is not a network of proxies: everybody is in it (config.yaml:5); write the addresses of the proxies alone
forward_auth.trusted_proxies[1]: "localhost" is not an IP address or a network (config.yaml:5); write 10.0.0.7 or 10.0.0.0/8
forward_auth.trusted_proxies[2]: "10.0.0.1/33" is not an IP address or a network (config.yaml:5); write 10.0.0.7 or 10.0.0.0/8
forward_auth.trusted_proxies[3]: "::/0" is not a network of proxies: everybody is in it (config.yaml:5); write the addresses of the proxies alone
forward_auth.trusted_proxies[5]: "fe80::1%eth0" is not an IP address or a network (config.yaml:5); write 10.0.0.7 or 10.0.0.0/8`},
		{"rate limits", "directory: {url: 'https://id.example.com', rate_limits: {UserAuthentification: 1, UserList: 0, UserRead: 10000001}}\n", nil, `
directory.rate_limits.UserAuthentification: "UserAuthentification" is not a category of operations (config.yaml:1); did you mean "UserAuthentication"?
directory.rate_limits.UserList: 0 is not a number of requests a second, from 1 to 10000000 (config.yaml:1)
directory.rate_limits.UserRead: 10000001 is not a number of requests a second, from 1 to 10000000 (config.yaml:1)`},
		{"a text for a map", "directory: https://id.example.com\n", nil,
			`directory: a single value is not a map of keys (config.yaml:1)`},
		{"an item of nothing", "idp_scopes:\n  - openid\n  -\n", nil,
			`idp_scopes[1]: nothing is not an item of a list (config.yaml:3)`},
		{"an enum", "log_level: inof\n", nil,
			`log_level: "inof" is not one of trace, debug, info, warn, error, fatal, panic, disabled (config.yaml:1); did you mean "info"?`},
		{"a long value", "log_level: " + strings.Repeat("x", 300) + "\n", nil,
			`log_level: "` + strings.Repeat("x", 120) + `…" is not one of trace, debug, info, warn, error, fatal, panic, disabled (config.yaml:1)`},
		{"all at once, in the order of the file", "log_level: loud\ninsecure_server: perhaps\ntimeout_read: long\n", nil, `
log_level: "loud" is not one of trace, debug, info, warn, error, fatal, panic, disabled (config.yaml:1)
insecure_server: "perhaps" is not true or false (config.yaml:2)
timeout_read: "long" is not a duration such as "30s" (config.yaml:3)`},
	})
}

func TestAddresses(t *testing.T) {
	checkAll(t, []wrong{
		{"a port alone", "address: 443\n", nil,
			`address: "443" is not an address of the form host:port (config.yaml:1); did you mean ":443"?`},
		{"a host alone", "metrics_address: localhost\n", nil,
			`metrics_address: "localhost" is not an address of the form host:port (config.yaml:1); did you mean "localhost:443"?`},
		{"a URL", "health_check_addr: http://localhost:1\n", nil,
			`health_check_addr: "http://localhost:1" is not an address of the form host:port (config.yaml:1)`},
		{"the redirect on the same address", "http_redirect_addr: ':443'\n", nil,
			`http_redirect_addr: is the same as address (config.yaml:1); use another port, for example :80`},
		{"a certificate without key", "certificate_file: testdata/none.pem\n", nil, `
certificate_key_file: missing (config.yaml); certificate_file needs it
certificate_file: "testdata/none.pem" is not a file that can be read (config.yaml:1); there is no such file`},
		{"half a pair", "certificates:\n  - cert: ''\n    key: ''\n", nil, `
certificates[0].cert: missing (config.yaml:2); write the path of a PEM file
certificates[0].key: missing (config.yaml:3); write the path of a PEM file`},
		{"no certificate", "certificate: Zm9v\ncertificate_key: YmFy\n", nil,
			"certificate: the certificate with its key is not a pair that TLS can use (config.yaml:1); failed to find any PEM data in certificate input"},
	})
}

func TestSignInThatCannotWork(t *testing.T) {
	const signedIn = "routes:\n  - from: https://a.example.com\n    to: http://a\n    allow_any_authenticated_user: true\n"
	const client = "idp_client_id: gatehouse\nidp_client_secret: s3cret\n"
	checkAll(t, []wrong{
		{"no domain to sign in at", signedIn + "  - {from: https://b.example.org, to: http://b, allow_any_authenticated_user: true}\n", nil,
			"authenticate_service_url: missing (config.yaml); routes[0] asks for sign-in, and the routes share no domain of their own: write the public URL of the sign-in service"},
		{"a policy asks for sign-in", "routes:\n  - from: https://10.0.0.1\n    to: http://a\n    policy:\n      allow:\n        or: [{domain: {is: example.com}}]\nidp_provider: google\n" + client, nil,
			"authenticate_service_url: missing (config.yaml); routes[0] asks for sign-in, and the routes share no domain of their own: write the public URL of the sign-in service"},
		{"several pools of its own", signedIn + "directory:\n  url: https://id.example.com\n  pools: [{id: us-east-1_Staff0001, name: staff}]\n", nil,
			"idp_provider: missing (config.yaml); routes[0] asks for sign-in, and the directory declares pools: write cognito, with idp_provider_url (the issuer of a pool), idp_client_id and idp_client_secret"},
		{"no URL", "authenticate_service_url: authenticate.example.com\n", nil,
			`authenticate_service_url: "authenticate.example.com" is not a URL (config.yaml:1); did you mean "https://authenticate.example.com"?`},
		{"plain http", "authenticate_service_url: http://authenticate.example.com\n", nil,
			`authenticate_service_url: "http://authenticate.example.com" is not an https URL (config.yaml:1); plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://authenticate.example.com`},
		{"a path", "authenticate_service_url: https://authenticate.example.com/oauth2/callback\n", nil,
			`authenticate_service_url: "https://authenticate.example.com/oauth2/callback" is not a URL with a scheme and a host only (config.yaml:1); did you mean "https://authenticate.example.com"?`},
		{"the name misspelt", "idp_provider: oidcx\nidp_provider_url: https://id.example.com\n" + client, nil,
			`idp_provider: "oidcx" is not one of apple, auth0, azure, cognito, github, gitlab, google, oidc, okta, onelogin, ping (config.yaml:1); did you mean "oidc"?`},
		{"the hosted one with a client", "idp_provider: hosted\n" + client, nil,
			`idp_provider: "hosted" is not offered by this version (config.yaml:1); it is a service of Pomerium: leave the idp_ keys out, and people sign in with the users of this installation, or register a client at your own identity provider`},
		{"nothing else", "idp_provider: okta\n", nil, `
idp_provider_url: missing (config.yaml); write the issuer of the provider
idp_client_id: missing (config.yaml); write the id of the client that is registered at the provider
idp_client_secret: missing (config.yaml); write the secret of that client, or name its file with idp_client_secret_file`},
		{"more providers", "idp_provider: google\n" + client + `idp_providers:
  - {provider: google, client_id: a, client_secret: b}
  - {name: google, provider: google, client_id: a, client_secret: b}
  - {name: Part/ner, provider: oidc}
  - {name: two, provider: gogle, client_id: a, client_secret: b}
  - {name: two, provider: google, url: 'https://a.example.com/?q', client_id: a, client_secret: b, scopes: [email]}
`, nil, `
idp_providers[0].name: missing (config.yaml:5); write the name by which routes ask for the provider
idp_providers[1].name: "google" is not a name that no other provider has (config.yaml:6)
idp_providers[2].name: "Part/ner" is not a name of lower-case letters, digits and hyphens (config.yaml:7)
idp_providers[2].url: missing (config.yaml:7); write the issuer of the provider
idp_providers[2].client_id: missing (config.yaml:7); write the id of the client that is registered at the provider
idp_providers[2].client_secret: missing (config.yaml:7); write the secret of that client, or name its file with idp_providers[2].client_secret_file
idp_providers[3].provider: "gogle" is not one of apple, auth0, azure, cognito, github, gitlab, google, oidc, okta, onelogin, ping (config.yaml:8); did you mean "google"?
idp_providers[4].name: "two" is not a name that no other provider has (config.yaml:9)
idp_providers[4].url: "https://a.example.com/?q" is not an issuer (config.yaml:9); an issuer has no user, query or fragment
idp_providers[4].scopes: "email" is not a list of scopes with openid (config.yaml:9); without openid the provider issues no ID token`},
		{"a provider of a route that there is not", "idp_provider: google\n" + client + "idp_providers: [{name: partner, provider: google, client_id: a, client_secret: b}]\n" + signedIn + "    idp: partners\n", nil,
			`routes[0].idp: "partners" is not one of google, partner (config.yaml:9); did you mean "partner"?`},
		{"a client of a route without a provider", signedIn + "    idp_client_id: a\n    idp_client_secret: b\n", nil,
			"idp_provider: missing (config.yaml); routes[0].idp_client_id needs it"},
		{"two secrets of a client", "idp_provider: google\n" + client + signedIn + "    idp_client_id: a\n    idp_client_secret: b\n  - {from: https://b.example.com, to: http://b, allow_any_authenticated_user: true, idp_client_id: a, idp_client_secret: c}\n", nil,
			`routes[1].idp_client_secret: the secret is not that of the client's other mention (config.yaml:10); a client has one secret, and the file has two for "a"`},
		{"idle for a moment", "session_idle_timeout: 5s\n", nil,
			`session_idle_timeout: "5s" is not a duration of 1m or more (config.yaml:1)`},
		{"signing in anew", "idp_provider: google\n" + client + signedIn + "    reauthenticate_after: 30s\n  - {from: https://b.example.com, to: http://b, allow_public_unauthenticated_access: true, reauthenticate_after: 5m}\n", nil, `
routes[0].reauthenticate_after: "30s" is not a duration of 1m or more (config.yaml:8)
routes[1].reauthenticate_after: "5m0s" is not possible together with allow_public_unauthenticated_access (config.yaml:9); nobody signs in for such a route: remove one of the two`},
		{"signing in anew at GitHub", "idp_provider: github\n" + client + signedIn + "    reauthenticate_after: 5m\n", nil,
			`routes[0].reauthenticate_after: "5m0s" is not possible with github (config.yaml:8); GitHub does not say when somebody signed in there`},
		{"signing in anew nowhere", "access: {team_domain: team.example.com}\n" + signedIn + "    reauthenticate_after: 5m\n", nil,
			"idp_provider: missing (config.yaml); routes[0].reauthenticate_after needs it"},
		{"no provider", client, nil,
			"idp_provider: missing (config.yaml); the other idp_ keys need it: write oidc for any OpenID Connect provider"},
		{"the document for the issuer", "idp_provider: oidc\nidp_provider_url: https://id.example.com/.well-known/openid-configuration\n" + client, nil,
			`idp_provider_url: "https://id.example.com/.well-known/openid-configuration" is not an issuer (config.yaml:2); did you mean "https://id.example.com"?`},
		{"all tenants of version 1", "idp_provider: azure\nidp_provider_url: https://login.microsoftonline.com/common\n" + client, nil,
			`idp_provider_url: "https://login.microsoftonline.com/common" is not an issuer of version 2.0 (config.yaml:2); write https://login.microsoftonline.com/common/v2.0`},
		{"no openid", "idp_provider: google\nidp_scopes: email, profile\n" + client, nil,
			`idp_scopes: "email,profile" is not a list of scopes with openid (config.yaml:2); without openid the provider issues no ID token`},
		{"a prefix that a domain rules out", "cookie_name: __Host-corp\ncookie_domain: example.com\n", nil, `
cookie_name: "__Host-corp" is not a name without __Host-, because cookie_domain is set (config.yaml:1); browsers refuse a cookie with this prefix and a domain
`},
		{"no outage at all", "session_outage: 0s\n", nil,
			`session_outage: "0s" is not a duration from 1s to 24h (config.yaml:1)`},
		{"cookies", "cookie_name: 'a b'\ncookie_domain: https://example.com\ncookie_expire: 1s\ncookie_same_site: sometimes\n", nil, `
cookie_name: "a b" is not the name of a cookie (config.yaml:1)
cookie_domain: "https://example.com" is not a host name (config.yaml:2); did you mean "example.com"?
cookie_expire: "1s" is not a duration of 1m or more (config.yaml:3)
cookie_same_site: "sometimes" is not one of strict, lax, none (config.yaml:4)`},
	})
}

func TestSecretsThatAreWrongAreNotShown(t *testing.T) {
	short := base64.StdEncoding.EncodeToString([]byte("too-short-s3cret"))
	checkAll(t, []wrong{
		{"too short", "shared_secret: " + short + "\n", nil,
			"shared_secret: the secret is not base64 of exactly 32 bytes (config.yaml:1); make one with: head -c32 /dev/urandom | base64"},
		{"no base64", "cookie_secret: '*s3cret*'\n", nil,
			"cookie_secret: the secret is not base64 of exactly 32 bytes (config.yaml:1); make one with: head -c32 /dev/urandom | base64"},
		{"a secret for a template to put in", "shared_secret: ${SECRET_OF_GATEWAY}\n", nil,
			"shared_secret: the secret is not base64 of exactly 32 bytes (config.yaml:1); ${SECRET_OF_GATEWAY} is not replaced here: leave the key out, and set the variable SHARED_SECRET"},
		{"from the environment", "", []string{"SHARED_SECRET=s3cret"},
			"shared_secret: the secret is not base64 of exactly 32 bytes (environment variable SHARED_SECRET); make one with: head -c32 /dev/urandom | base64"},
		{"a list", "shared_secret: [s3cret]\n", nil,
			"shared_secret: a list is not a single value (config.yaml:1)"},
		{"no key", "signing_key: s3cret\n", nil,
			"signing_key: the secret is not a P-256 or RSA private key as PEM, or base64 of that (config.yaml:1); there is no private key in it"},
		{"a broken JSON map", "", []string{`IDP_REQUEST_PARAMS={"a": "s3cret`},
			"idp_request_params: the text is not a map, written as JSON (environment variable IDP_REQUEST_PARAMS)"},
		{"the user of a URL", "authenticate_service_url: https//alice:s3cret@a.example.com\nsignout_redirect_url: https://alice:s3cret@a.example.com\n", nil, `
authenticate_service_url: "https//[redacted]@a.example.com" is not a URL (config.yaml:1); did you mean "https://[redacted]@a.example.com"?
signout_redirect_url: "https://[redacted]@a.example.com" is not a URL without a user (config.yaml:2); remove the part before @`},
		{"the user of an upstream", route("to: http://app,http://alice:s3/cret@app2"), nil,
			`routes[0].to: "http://[redacted]@app2" is not a weight of 1 or more (config.yaml:4); write several upstreams as a list`},
		{"no connection to the database", "database_max_connections: 0\n", nil,
			`database_max_connections: "0" is not a number from 1 to 1000 (config.yaml:1)`},
		{"a database", "database: mysql://root:s3cret@db/gatehouse\n", nil,
			`database: "mysql" is not a supported database scheme (config.yaml:1); write sqlite:///path/to/file or postgres://user@host/name`},
		{"a header", route("to: http://app", `set_request_headers: {Authorization: "Bearer s3cret\n"}`), nil,
			"routes[0].set_request_headers.Authorization: the value is not a value that a header can hold (config.yaml:5); it ends with a line break: write |- or >- in place of | or >"},
		{"a header in two lines", route("to: http://app", `set_response_headers: {X-A: "a\nb"}`), nil,
			"routes[0].set_response_headers.X-A: the value is not a value that a header can hold (config.yaml:5); it has a line break: write it in one line"},
		{"routes in the environment", "", []string{"ROUTES=s3cret!"},
			"routes: the text is not base64 of a YAML list (environment variable ROUTES)"},
		{"broken YAML", "idp_client_secret: 's3cret\n", nil,
			"the text is not YAML (config.yaml:1); found unexpected end of stream: a quote or a bracket is not closed"},
	})
}
