package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

// system is one process with a directory and a gateway on one port. Its file
// declares a pool, and the gateway signs users in with that pool.
type system struct {
	*directory
	app string // base URL of the first route
}

// The declared pool. Alice may open the routes, bob may not.
const (
	staffPool          = "us-east-1_Staff0001"
	otherPool          = "us-east-1_Other0001"
	staffGateway       = "gatewayclient00000000000000"
	staffGatewaySecret = "gateway_secret_000000000000000000000000000"
	staffApp           = "appclient00000000000000000"
	staffSecond        = "secondclient00000000000000"
	otherApp           = "outsideclient0000000000000"
	alicePassword      = "Alice-2026!"
	bobPassword        = "Bob-2026!"
	appCallback        = "http://localhost:3000/callback"
	appSignedOut       = "http://localhost:3000/"
)

// newSystem starts a system with the database at the URL. routes are the routes
// of the gateway; {host} in them is replaced by the common part of the hosts.
// settings are further settings of the gateway.
func newSystem(t *testing.T, databaseURL, routes, settings string) *system {
	t.Helper()
	port := freePort(t)
	s := &system{
		directory: &directory{port: port, url: fmt.Sprintf("https://localhost:%d", port), mail: newMailServer(t)},
		app:       fmt.Sprintf("https://app.localhost:%d", port),
	}
	text := strings.NewReplacer("{settings}", settings, "{routes}", routes).Replace(systemYAML)
	s.config = writeFile(t, "system.yaml", strings.NewReplacer(
		"{host}", fmt.Sprintf("localhost:%d", port), "{port}", fmt.Sprint(port), "{cert}", suite.authority.cert, "{key}", suite.authority.key,
		"{ca}", suite.authority.file, "{data}", t.TempDir(), "{database}", databaseURL, "{mail}", fmt.Sprint(s.mail.port),
	).Replace(text))
	s.start(t)
	return s
}

const systemYAML = `
address: 127.0.0.1:{port}
health_check_addr: ""
certificates:
  - {cert: {cert}, key: {key}}
certificate_authority_file: {ca}
data_dir: {data}
database: {database}
authenticate_service_url: https://authenticate.{host}
idp_provider: oidc
idp_provider_url: https://{host}/` + staffPool + `
idp_client_id: ` + staffGateway + `
idp_client_secret: ` + staffGatewaySecret + `
idp_scopes: 'openid,profile,email'
pass_identity_headers: true
jwt_claims_headers:
  X-Email: email
  X-Pomerium-Claim-Groups: cognito:groups
{settings}
directory:
  url: https://{host}
  domain_suffix: auth.localhost
  smtp: {host: 127.0.0.1, port: {mail}, tls: none, from: Gatehouse <no-reply@example.com>}
  pools:
    - id: ` + staffPool + `
      name: staff
      domain: staff
      self_sign_up: true
      groups: [admins]
      clients:
        - id: ` + staffGateway + `
          secret: ` + staffGatewaySecret + `
          callback_urls: ["https://authenticate.{host}/oauth2/callback"]
          logout_urls: ["https://authenticate.{host}/.pomerium/signed_out"]
        - id: ` + staffApp + `
          scopes: [openid, email, profile, aws.cognito.signin.user.admin]
          callback_urls: ["` + appCallback + `", "http://localhost:3000/second"]
          logout_urls: ["` + appSignedOut + `"]
          auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
        - id: ` + staffSecond + `
          callback_urls: ["` + appCallback + `"]
          auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
      users:
        - {username: alice, email: alice@example.com, password: "` + alicePassword + `", groups: [admins]}
        - {username: bob, email: bob@example.com, password: "` + bobPassword + `"}
    - id: ` + otherPool + `
      name: other
      clients:
        - id: ` + otherApp + `
          callback_urls: ["` + appCallback + `"]
          auth_flows: [ALLOW_USER_PASSWORD_AUTH]
      users:
        - {username: alice, email: alice@example.com, password: "` + alicePassword + `"}
routes:
{routes}
`

// echoRoute returns a route to the upstream that allows the group admins.
func echoRoute(u *upstream) string {
	return fmt.Sprintf("  - from: https://app.{host}\n    to: %s\n    allowed_idp_claims: {cognito:groups: [admins]}\n", u.URL)
}

// issuer returns the issuer of a pool.
func (d *directory) issuer(pool string) string { return d.url + "/" + pool }

// exceptionOf returns the name of the API's exception, or "" if err is not an
// exception.
func exceptionOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	if err != nil {
		return "no answer"
	}
	return ""
}

// within waits until done returns true, and fails if that takes longer than the
// limit.
func within(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	started := time.Now()
	eventually(t, what, done)
	if took := time.Since(started); took > limit {
		t.Errorf("%s took %v, want at most %v", what, took.Round(time.Millisecond), limit)
	}
}
