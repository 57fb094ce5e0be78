package e2e

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/testing/forge"
)

// TestPomeriumRecipe runs the recipe of the documentation, which creates a pool
// with the AWS CLI and a Pomerium file. Then users sign in with browsers.
// Directory and gateway are two processes that know only each other's URLs.
func TestPomeriumRecipe(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d, g := newDirectory(t, db, ""), newGateway(t, db)
		key := d.accessKey(t)
		f, p := followPomerium(t, d, g, key)
		signsInAndOut(t, g, p)
		seesWhyNot(t, g)
		choosesPassword(t, g, p, newAWS(t, d.url, key))
		signsUp(t, g, d)
		forgets(t, g, d)
		f.stop(t, g.port, g.healthPort)
		t.Run("environment", func(t *testing.T) {
			g.serveEnvironment(t, p, filepath.Join(f.dir, "gateway-data"))
			b := newWindow(t)
			b.open(g.app + "/")
			b.signIn("carol", "Carol-2026!")
			b.see("The application")
			g.stop()
		})
		d.stop()
	})
}

// followPomerium runs the recipe with a directory and the addresses of a gateway.
func followPomerium(t *testing.T, d *directory, g *gateway, key string) (*followed, *pool) {
	t.Helper()
	env := append(awsEnvironment(key), g.environment()...)
	env = append(env, "COGNITO_URL="+d.url, "COGNITO_DOMAIN_PREFIX=staff", "GATEWAY_ADDRESS="+fmt.Sprintf("127.0.0.1:%d", g.port),
		"AUTHENTICATE_DOMAIN="+mustURL(t, g.authenticate).Host, "APP_DOMAIN="+mustURL(t, g.app).Host, "APP_UPSTREAM="+g.upstream.URL)
	f := follow(t, "pomerium-cognito", env, "POOL_ID", "CLIENT_ID", "CLIENT_SECRET")
	listening(t, g.port)
	return f, &pool{
		id: f.vars["POOL_ID"], issuer: d.url + "/" + f.vars["POOL_ID"], domain: d.domainURL("staff"),
		clientID: f.vars["CLIENT_ID"], clientSecret: f.vars["CLIENT_SECRET"],
	}
}

// signsInAndOut signs in a user whom the policy allows, and signs the user out.
func signsInAndOut(t *testing.T, g *gateway, p *pool) {
	b := newWindow(t)
	b.open(g.app + "/reports?year=2026")
	b.at(p.domain + "/login?")
	if status := b.signIn("alice", "Alice-2026!"); status != 200 {
		t.Errorf("status after sign-in: got %d, want 200", status)
	}
	b.at(g.app + "/reports?year=2026")
	b.see("The application")
	checkAssertion(t, g, b.received().Header.Get("X-Pomerium-Jwt-Assertion"))
	checkCookies(t, b)

	b.open(g.app + "/.pomerium/sign_out")
	b.at(g.signedOut())
	b.see("You are signed out")
	b.open(g.app + "/")
	b.at(p.domain + "/login?") // the pool must ask for the password again
	b.see("Password")
}

// checkAssertion verifies the assertion with the keys that the gateway publishes
// at the host of the application, as an application does.
func checkAssertion(t *testing.T, g *gateway, assertion string) {
	t.Helper()
	keys := decode[jose.JSONWebKeySet](t, get(t, g.app+"/.well-known/pomerium/jwks.json").body)
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatalf("parse the assertion %q: %v", assertion, err)
	}
	var standard jwt.Claims
	var claims struct {
		Email string `json:"email"`
	}
	if err := token.Claims(keys, &standard, &claims); err != nil {
		t.Fatalf("verify the assertion: %v", err)
	}
	host := mustURL(t, g.app).Hostname()
	if err := standard.Validate(jwt.Expected{Issuer: host, AnyAudience: jwt.Audience{host}, Time: time.Now()}); err != nil {
		t.Errorf("the assertion: %v", err)
	}
	if claims.Email != "alice@example.com" {
		t.Errorf("e-mail in the assertion: got %q, want alice@example.com", claims.Email)
	}
}

// checkCookies checks every cookie that a sign-in has set.
func checkCookies(t *testing.T, b *window) {
	t.Helper()
	byHost := map[string]bool{}
	for _, c := range b.cookies() {
		if !c.Secure || !c.HTTPOnly {
			t.Errorf("cookie %s of %s: Secure %t, HttpOnly %t, want both", c.Name, c.Domain, c.Secure, c.HTTPOnly)
		}
		if strings.HasPrefix(c.Domain, ".") {
			t.Errorf("cookie %s goes to every host under %s, want one host", c.Name, c.Domain)
		}
		if c.SameSite == "" {
			t.Errorf("cookie %s of %s has no SameSite", c.Name, c.Domain)
		}
		byHost[c.Domain] = true
	}
	want := map[string]bool{"app.localhost": true, "authenticate.localhost": true, "staff.auth.localhost": true}
	if diff := cmp.Diff(want, byHost); diff != "" {
		t.Errorf("hosts that set cookies (-want +got):\n%s", diff)
	}
	if b.cookie("app.localhost", "__Host-_pomerium") == nil {
		t.Error("the application's host has no cookie __Host-_pomerium")
	}
}

// seesWhyNot signs in a user whom the policy denies. The page must say why.
func seesWhyNot(t *testing.T, g *gateway) {
	b := newWindow(t)
	b.open(g.app + "/")
	if status := b.signIn("bob", "Bob-2026!"); status != 403 {
		t.Errorf("status for bob: got %d, want 403", status)
	}
	b.at(g.app + "/")
	b.see("You don’t have access", "bob@example.com", "cognito:groups must contain what this rule names")
}

// choosesPassword signs in a user with a temporary password for the first time.
func choosesPassword(t *testing.T, g *gateway, p *pool, aws *awsCLI) {
	aws.run("admin-create-user", "--user-pool-id", p.id, "--username", "carol", "--temporary-password", "Temporary-1!",
		"--message-action", "SUPPRESS", "--user-attributes", "Name=email,Value=carol@example.com", "Name=email_verified,Value=true")
	aws.run("admin-add-user-to-group", "--user-pool-id", p.id, "--username", "carol", "--group-name", "admins")
	b := newWindow(t)
	b.open(g.app + "/")
	b.signIn("carol", "Temporary-1!")
	b.see("Choose a new password")
	b.fill("password", "short")
	b.fill("confirmPassword", "short")
	b.press("Continue")
	b.see("Choose a new password")
	b.fill("password", "Carol-2026!")
	b.fill("confirmPassword", "Carol-2026!")
	b.press("Continue")
	b.at(g.app + "/")
	b.see("The application")
}

// signsUp creates an account. Its user can sign in, but the policy denies access.
func signsUp(t *testing.T, g *gateway, d *directory) {
	b := newWindow(t)
	b.open(g.app + "/")
	b.follow("Sign up")
	b.fill("username", "dave")
	b.fill("requiredAttributes[email]", "dave@example.com")
	b.fill("password", "Dave-2026!")
	b.fill("confirmPassword", "Dave-2026!")
	b.press("Sign up")
	b.see("Confirm your account", "d***@e***")
	code := d.mail.code("dave@example.com", 1)
	b.fill("code", forge.Text(code))
	b.press("Confirm")
	b.see("Confirm your account")
	b.fill("code", code)
	b.press("Confirm")
	b.at(g.app + "/")
	b.see("You don’t have access", "dave@example.com")
}

// forgets resets a forgotten password and signs in with the new password.
func forgets(t *testing.T, g *gateway, d *directory) {
	b := newWindow(t)
	b.open(g.app + "/")
	b.signIn("alice", "Wrong-2026!")
	b.see("Incorrect username or password")
	b.follow("Forgot your password?")
	b.fill("username", "alice")
	b.press("Send a code")
	b.see("Choose a new password")
	b.fill("code", d.mail.code("alice@example.com", 1))
	b.fill("password", "Alice-2027!")
	b.fill("confirmPassword", "Alice-2027!")
	b.press("Change the password")
	b.see("Password changed")
	b.follow("Sign in")
	b.signIn("alice", "Alice-2026!")
	b.see("Incorrect username or password")
	b.signIn("alice", "Alice-2027!")
	b.at(g.app + "/")
	b.see("The application")
}

// serveEnvironment starts the gateway of the recipe without a file. All settings
// are in the environment. data is the recipe's data directory, which has the
// master keys of the database.
func (g *gateway) serveEnvironment(t *testing.T, p *pool, data string) {
	t.Helper()
	env := append(g.environment(), "DATA_DIR="+data,
		"AUTHENTICATE_SERVICE_URL="+g.authenticate,
		"IDP_PROVIDER=oidc", "IDP_PROVIDER_URL="+p.issuer, "IDP_CLIENT_ID="+p.clientID, "IDP_CLIENT_SECRET="+p.clientSecret,
		"IDP_SCOPES=openid,profile,email",
		"ROUTES="+base64.StdEncoding.EncodeToString([]byte(g.routes())),
	)
	g.process = gatehouse(t, env, "serve")
	g.listening(g.port)
}
