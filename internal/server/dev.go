package server

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
)

// DevConfig describes a system for development.
type DevConfig struct {
	Listen  string // host:port
	DataDir string
	AppURL  string   // of the demo application
	Hosts   []string // further names of this machine, such as host.docker.internal
	TLS     bool     // with a certificate of a local authority, which DataDir keeps
}

// The seeded pool of development. Its ids are fixed, so that tests and scripts
// know them.
const (
	devPoolID = "us-east-1_Dev000001"
	devPrefix = "dev"
	// DevGatewayClient is the app client of the gateway. DevAppClient is an app
	// client for an application of the developer.
	DevGatewayClient = "gatewaydevclient0000000000"
	DevAppClient     = "appdevclient00000000000000"
)

// NewDev returns the configuration of a development system and the content of its
// start page. The first start writes the master keys under DataDir.
func NewDev(d DevConfig) (*config.Config, *Dev, error) {
	host, port, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("--listen %q is not host:port, for example 127.0.0.1:9229", d.Listen)
	}
	if err := makeDir(d.DataDir); err != nil {
		return nil, nil, err
	}
	sealer, err := openDevSealer(d.DataDir)
	if err != nil {
		return nil, nil, err
	}
	loopback := hostname.IsLoopback(host)
	users := devUsers(sealer, loopback)
	secure, err := d.tlsYAML()
	if err != nil {
		return nil, nil, err
	}
	c, err := config.Load(settings.Source{Path: "gatehouse dev", Data: []byte(devYAML(d, port, sealer, users) + secure)})
	if err != nil {
		return nil, nil, err
	}
	return c, &Dev{AnyKey: loopback, Start: devStart(d, port, users)}, nil
}

// Scheme returns the scheme of all addresses.
func (d DevConfig) Scheme() string {
	if d.TLS {
		return "https"
	}
	return "http"
}

// authority returns the local authority of development. It makes it if there is none.
func (d DevConfig) authority() (*certs.Authority, error) {
	if err := makeDir(d.DataDir); err != nil {
		return nil, err
	}
	ca, _, err := certs.LocalAuthority(d.DataDir, devHosts(d.Hosts), time.Now())
	return ca, err
}

// tlsYAML returns the keys that say whether and how TLS is spoken. The headers are
// those that answers have by default, but for the one that would forbid browsers to
// come without TLS the next time.
func (d DevConfig) tlsYAML() (string, error) {
	if !d.TLS {
		return "insecure_server: true\n", nil
	}
	ca, err := d.authority()
	if err != nil {
		return "", err
	}
	return "certificate_authority: " + base64.StdEncoding.EncodeToString(ca.PEM()) + `
set_response_headers:
  X-Frame-Options: SAMEORIGIN
  X-XSS-Protection: 1; mode=block
`, nil
}

// openDevSealer opens the master keys of development. It makes them unless a
// database is there, which other keys could not open.
func openDevSealer(dir string) (*seal.Sealer, error) {
	file := filepath.Join(dir, "master.key")
	if _, err := os.Stat(filepath.Join(dir, "gatehouse.db")); err == nil {
		return seal.Load(file)
	}
	return seal.LoadOrCreate(file)
}

// devSecret derives a secret of this installation. It is the same at every start.
func devSecret(sealer *seal.Sealer, name string) string {
	return ids.SecretFrom(sealer.MAC("dev", name))
}

// devUsers returns the seeded users. On a loopback address their passwords are
// fixed. On an address that other machines reach, each installation has its own.
func devUsers(sealer *seal.Sealer, loopback bool) []console.Login {
	password := func(name, fixed string) seal.Secret {
		if loopback {
			return seal.Secret(fixed)
		}
		return seal.Secret("A1!" + devSecret(sealer, "password:"+name)[:20])
	}
	return []console.Login{
		{Username: "alice", Password: password("alice", "Alice-2026!"), About: "in the group admins: may open the demo app"},
		{Username: "bob", Password: password("bob", "Bob-2026!"), About: "in the group staff: may sign in, but not open the demo app"},
	}
}

func devYAML(d DevConfig, port string, sealer *seal.Sealer, users []console.Login) string {
	base := "localhost:" + port
	return strings.NewReplacer(
		"{listen}", d.Listen, "{scheme}", d.Scheme(), "{data}", d.DataDir, "{base}", base, "{port}", port, "{pool}", devPoolID, "{prefix}", devPrefix,
		"{client}", DevGatewayClient, "{secret}", devSecret(sealer, "client"), "{app}", DevAppClient, "{upstream}", d.AppURL,
		"{hosts}", quotedList(devHosts(d.Hosts)),
		"{alice}", users[0].Password.Reveal(), "{bob}", users[1].Password.Reveal(),
	).Replace(`
address: "{listen}"
data_dir: "{data}"
health_check_addr: ""
shutdown_delay: 0s
log_level: info
authenticate_service_url: {scheme}://authenticate.{base}
idp_provider: oidc
idp_provider_url: {scheme}://{base}/{pool}
idp_client_id: {client}
idp_client_secret: "{secret}"
idp_scopes: 'openid,profile,email'
pass_identity_headers: true
jwt_claims_headers:
  X-Pomerium-Claim-Email: email
  X-Pomerium-Claim-Groups: cognito:groups
directory:
  url: {scheme}://{base}
  hosts: [{hosts}]
  domain_suffix: auth.localhost
  pools:
    - id: {pool}
      name: development
      domain: {prefix}
      self_sign_up: true
      groups: [admins, staff]
      clients:
        - id: {client}
          name: gateway
          secret: "{secret}"
          callback_urls: ["{scheme}://authenticate.{base}/oauth2/callback", "{scheme}://team.{base}/cdn-cgi/access/callback"]
          logout_urls: ["{scheme}://authenticate.{base}/.pomerium/signed_out"]
        - id: {app}
          name: your own application
          callback_urls: ["http://localhost:3000/", "http://localhost:3000/callback", "http://localhost:8080/callback"]
          logout_urls: ["http://localhost:3000/", "http://localhost:8080/"]
          auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_USER_SRP_AUTH, ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
      users:
        - {username: alice, email: alice@example.com, password: "{alice}", groups: [admins]}
        - {username: bob, email: bob@example.com, password: "{bob}", groups: [staff]}
access:
  team_domain: {scheme}://team.{base}
  identity_providers:
    - name: The development pool
      type: oidc
      config:
        client_id: {client}
        client_secret: "{secret}"
        auth_url: {scheme}://{base}/{pool}/oauth2/authorize
        token_url: {scheme}://{base}/{pool}/oauth2/token
        certs_url: {scheme}://{base}/{pool}/.well-known/jwks.json
        scopes: [openid, email, profile]
        claims: [sub, "cognito:username", name, "cognito:groups"]
        pkce_enabled: true
routes:
  - from: {scheme}://hello.{base}
    to: {upstream}
    preserve_host_header: true
    allowed_idp_claims:
      cognito:groups: [admins]
    show_error_details: true
`)
}

// devHosts returns the hosts of development besides localhost: the addresses of
// this machine, to which no web page can bind its own name, and what is named.
func devHosts(named []string) []string {
	hosts := []string{"127.0.0.1", "::1"}
	for _, h := range named {
		if h = hostname.Of(h); h != "localhost" && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

func quotedList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return strings.Join(quoted, ", ")
}

func devStart(d DevConfig, port string, users []console.Login) console.Start {
	at := func(host string) string { return d.Scheme() + "://" + host + ":" + port }
	issuer := at("localhost") + "/" + devPoolID
	return console.Start{
		Users: users,
		Places: []page.Tile{
			{Title: "The demo app", Href: at("hello.localhost"), Text: "An application behind the gateway. It asks you to sign in, and lets the group admins through.", Code: at("hello.localhost")},
			{Title: "The outbox", Href: "/console/outbox", Text: "Every e-mail and text message that would have been sent: codes, invitations."},
			{Title: "The user pool's discovery document", Href: issuer + "/.well-known/openid-configuration", Text: "For OpenID Connect clients. The issuer is the address before /.well-known.", Code: issuer},
			{Title: "The user pools API", Text: "For the AWS CLI and SDKs: aws --endpoint-url " + at("localhost") + " cognito-idp list-users --user-pool-id " + devPoolID + ". Any access key is accepted.", Code: at("localhost")},
			{Title: "The identity provider's test", Href: at("team.localhost") + "/cdn-cgi/access/test", Text: "Signs you in through the team domain and shows what the provider says, claim by claim.", Code: at("team.localhost")},
			{Title: "An app client of your own", Text: "A public client for an application on localhost:3000 or localhost:8080.", Code: DevAppClient},
		},
	}
}

// DemoApp returns the application that development puts behind the gateway.
func DemoApp(d DevConfig) (http.Handler, error) {
	const host = "hello.localhost"
	_, port, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return nil, err
	}
	transport := web.NewTransport()
	if d.TLS {
		ca, err := d.authority()
		if err != nil {
			return nil, err
		}
		pool, err := certs.Pool(string(ca.PEM()))
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = tlsWith(pool)
	}
	return &demo.App{
		Name: "Hello", Audience: host, SignOut: "/.pomerium/sign_out", Now: time.Now,
		Keys: &demo.Keys{
			URL:    d.Scheme() + "://" + host + ":" + port + "/.well-known/pomerium/jwks.json",
			Client: web.NewClient(transport, 10*time.Second), Now: time.Now,
		},
	}, nil
}

func (s *Server) console(o *Options) http.Handler {
	return (&console.Console{Start: o.Dev.Start, Outbox: s.Outbox}).Handler()
}
