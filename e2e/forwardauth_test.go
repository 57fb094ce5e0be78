package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestForwardAuth puts Gatehouse beside another proxy, as docs/forward-auth.md has it:
// the proxy asks, and passes on to the application. People sign in at the directory.
func TestForwardAuth(t *testing.T) {
	for _, n := range []neighbour{besideNginx, besideCaddy} {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			s, application := n.system(t)
			url := s.app + "/page?a=1&b=%2F"
			if got := get(t, url, "Accept: application/json"); got.status != http.StatusUnauthorized {
				t.Errorf("a program without sign-in: got %d, want 401", got.status)
			}
			alice := newBrowser(t)
			page := signIn(alice.Open(url), "alice", alicePassword).Want(http.StatusOK)
			if page.URL.String() != url {
				t.Errorf("after signing in the browser is at %s, want the page that it asked for", page.URL)
			}
			for _, forged := range [][]string{nil, {"X-Email", "root@example.com", "X-Pomerium-Jwt-Assertion", "forged"}} {
				got := decode[received](t, between(alice.Open(url, forged...).Text(), "<pre id=request>", "</pre>"))
				if assertion := got.Header.Get("X-Pomerium-Jwt-Assertion"); got.Header.Get("X-Email") != "alice@example.com" || strings.Count(assertion, ".") != 2 || got.URI != "/page?a=1&b=%2F" {
					t.Errorf("headers %v: the application got %s with %v, want alice and her assertion", forged, got.URI, got.Header)
				}
			}
			if got := alice.Send(http.MethodPost, url, strings.NewReader("x=y")).Want(http.StatusOK).Text(); !strings.Contains(got, `"Method": "POST"`) {
				t.Errorf("a form did not arrive: %.300s", got)
			}
			bob := newBrowser(t)
			signIn(bob.Open(url), "bob", bobPassword).Want(http.StatusForbidden)
			alice.Open(s.app + "/.pomerium/sign_out").Want(http.StatusOK)
			if after := alice.Open(url); !asksToSignIn(after) {
				t.Errorf("after signing out: got %d at %s, want the sign-in page", after.Status, after.URL)
			}
			if application.hidden(t, s) {
				t.Error("a stranger read an answer to a proxy")
			}
		})
	}
}

// neighbour is a proxy in front of an application, which asks Gatehouse.
type neighbour struct {
	name, block string
	args        []string
	around      string   // the rest of its configuration; %s is the block of the page
	changes     []string // of the block: what differs on this machine
}

var besideNginx = neighbour{
	name: "nginx", block: "nginx", args: []string{"-p", ".", "-c", "neighbour.conf", "-e", "stderr"},
	around: `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  %s
}
`,
	changes: []string{
		"listen 443 ssl", "listen 127.0.0.1:{port} ssl", "app.corp.example.com", "app.localhost", "/etc/nginx/corp.pem", "{cert}", "/etc/nginx/corp.key", "{key}",
		"http://127.0.0.1:3000", "{application}", "http://127.0.0.1:9010", "http://127.0.0.1:{asked}", "http://127.0.0.1:8080", "https://127.0.0.1:{gatehouse}",
		"X-Pomerium-Claim-Email", "X-Email", "x_pomerium_claim_email", "x_email",
	},
}

var besideCaddy = neighbour{
	name: "caddy", block: "caddyfile", args: []string{"run", "--config", "neighbour.conf", "--adapter", "caddyfile"},
	around: "{\n\tadmin off\n\tauto_https off\n}\n%s\n",
	changes: []string{
		"app.corp.example.com {", "https://app.localhost:{port} {\n\tbind 127.0.0.1\n\ttls {cert} {key}",
		"reverse_proxy 127.0.0.1:3000", "reverse_proxy {application}", "127.0.0.1:9010", "127.0.0.1:{asked}",
		"reverse_proxy 127.0.0.1:8080", "reverse_proxy https://127.0.0.1:{gatehouse} {\n\t\t\ttransport http {\n\t\t\t\ttls_insecure_skip_verify\n\t\t\t}\n\t\t}",
		"X-Pomerium-Claim-Email", "X-Email", "X-Pomerium-Claim-*", "X-Email",
	},
}

// asked is where a proxy asks.
type asked struct{ port int }

// hidden reports whether the address for proxies says anything to a request that names
// no original, or whether a path of the application's host leads to it.
func (a asked) hidden(t *testing.T, s *system) bool {
	t.Helper()
	direct := get(t, fmt.Sprintf("http://127.0.0.1:%d/caddy", a.port))
	through := get(t, s.app+"/.pomerium/caddy", "X-Forwarded-Host: app.localhost", "X-Forwarded-Uri: /", "X-Forwarded-Method: GET")
	return direct.status == http.StatusOK || through.status == http.StatusOK
}

// system starts Gatehouse with the proxy in front of the application.
func (n neighbour) system(t *testing.T) (*system, asked) {
	t.Helper()
	port, a := freePort(t), asked{freePort(t)}
	application := newUpstream(t)
	s := newSystem(t, sqlite(t),
		fmt.Sprintf("  - from: https://app.localhost:%d\n    to: %s\n    allowed_idp_claims: {cognito:groups: [admins]}\n", port, application.URL),
		fmt.Sprintf("xff_num_trusted_hops: 1\nforward_auth: {address: '127.0.0.1:%d', trusted_proxies: [127.0.0.1]}\n", a.port))
	s.app = fmt.Sprintf("https://app.localhost:%d", port)
	block := strings.NewReplacer(n.changes...).Replace(blockOf(t, "../docs/forward-auth.md", n.block))
	block = strings.NewReplacer("{port}", fmt.Sprint(port), "{asked}", fmt.Sprint(a.port), "{gatehouse}", fmt.Sprint(s.port),
		"{application}", application.URL, "{cert}", suite.authority.cert, "{key}", suite.authority.key).Replace(block)
	n.start(t, fmt.Sprintf(n.around, block))
	listening(t, port)
	return s, a
}

// blockOf returns the first block of a page with an info string.
func blockOf(t *testing.T, path, info string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block := between(string(text), "```"+info+"\n", "```\n")
	if block == "" {
		t.Fatalf("%s has no block %s", path, info)
	}
	return block
}

// between returns the text between two others.
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	inside, _, _ := strings.Cut(rest, after)
	return inside
}

func (n neighbour) start(t *testing.T, configuration string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "neighbour.conf"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(bounded(t), tool(t, n.name), n.args...)
	cmd.Dir, cmd.Env = dir, environment("XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	startTool(t, cmd)
}
