package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// gateway is a process with routes.
type gateway struct {
	*process
	port, healthPort  int
	app, authenticate string // base URLs
	upstream          *upstream
	config            string   // path of the configuration file; may be empty
	settings          []string // settings in addition to those of a recipe, as "key: value"
}

// newGateway chooses the addresses of a gateway and does not start it yet. A
// provider must know the addresses before the gateway can start.
func newGateway(t *testing.T, db database) *gateway {
	t.Helper()
	port := freePort(t)
	g := &gateway{
		port: port, healthPort: freePort(t), app: fmt.Sprintf("https://app.localhost:%d", port),
		authenticate: fmt.Sprintf("https://authenticate.localhost:%d", port), upstream: newUpstream(t),
	}
	g.settings = []string{
		fmt.Sprintf("address: 127.0.0.1:%d", port),
		fmt.Sprintf("health_check_addr: 127.0.0.1:%d", g.healthPort),
		fmt.Sprintf("certificate_file: %s", suite.authority.cert),
		fmt.Sprintf("certificate_key_file: %s", suite.authority.key),
		fmt.Sprintf("certificate_authority_file: %s", suite.authority.file),
		"data_dir: " + t.TempDir(),
		"database: " + db(t),
	}
	return g
}

func (g *gateway) callback() string  { return g.authenticate + "/oauth2/callback" }
func (g *gateway) signedOut() string { return g.authenticate + "/.pomerium/signed_out" }

// routes returns the one route of the recipe.
func (g *gateway) routes() string {
	return fmt.Sprintf(`
- from: %s
  to: %s
  pass_identity_headers: true
  allowed_idp_claims:
    cognito:groups:
      - admins
`, g.app, g.upstream.URL)
}

// environment returns the settings as environment variables.
func (g *gateway) environment() []string {
	var env []string
	for _, s := range g.settings {
		key, value, _ := strings.Cut(s, ": ")
		env = append(env, strings.ToUpper(key)+"="+value)
	}
	return env
}

// serveFile starts the gateway with the file of the recipe.
func (g *gateway) serveFile(t *testing.T, p *pool) {
	t.Helper()
	g.serveConfig(t, fmt.Sprintf(`
authenticate_service_url: %s
idp_provider: 'oidc'
idp_provider_url: '%s'
idp_client_id: '%s'
idp_client_secret: '%s'
idp_scopes: 'openid,profile,email'
routes:%s`, g.authenticate, p.issuer, p.clientID, p.clientSecret, indented(g.routes())))
}

// serveConfig starts the gateway with a file that has the keys and the settings.
func (g *gateway) serveConfig(t *testing.T, keys string) {
	t.Helper()
	file := strings.Join(g.settings, "\n") + keys
	g.config = writeFile(t, "config.yaml", file)
	g.process = gatehouse(t, nil, "serve", "--config", g.config)
	g.listening(g.port)
}

// indented indents lines of YAML by one level.
func indented(lines string) string { return strings.ReplaceAll(lines, "\n", "\n  ") }
