package e2e

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/testing/browser"
)

// TestNginx puts nginx behind the gateway. Files, ranges, caching and uploads
// must pass through unchanged, and only after sign-in.
func TestNginx(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		n := newNginx(t)
		s := newSystem(t, db(t), fmt.Sprintf("  - from: https://app.{host}\n    to: %s\n    allowed_idp_claims: {cognito:groups: [admins]}\n", n.url), "")
		if got := get(t, s.app+"/big.bin"); got.status != http.StatusFound {
			t.Errorf("a file without sign-in: got %d, want 302 to sign-in", got.status)
		}
		alice := s.signedIn(t, "alice", alicePassword)

		file := alice.Open(s.app + "/big.bin")
		if got, want := sha256.Sum256([]byte(file.Body)), sha256.Sum256(n.big); got != want {
			t.Errorf("the file has %d bytes or other content, want %d bytes", len(file.Body), len(n.big))
		}
		tag := file.Header.Get("ETag")
		if again := alice.Open(s.app+"/big.bin", "If-None-Match", tag); again.Status != http.StatusNotModified || again.Body != "" {
			t.Errorf("the same file again: got %d with %d bytes, want 304 with none", again.Status, len(again.Body))
		}
		part := alice.Open(s.app+"/big.bin", "Range", "bytes=1000-1999")
		if part.Status != http.StatusPartialContent || part.Body != string(n.big[1000:2000]) {
			t.Errorf("a part of the file: got %d with %d bytes, want 206 with bytes 1000 to 1999", part.Status, len(part.Body))
		}
		n.takesUpload(t, s, alice)
		if got := alice.Open(s.app + "/who").Body; got != "alice@example.com\n" {
			t.Errorf("e-mail address that nginx received: got %q, want alice@example.com", got)
		}
		if got := alice.Open(s.app+"/who", "X-Email", "root@example.com").Body; got != "alice@example.com\n" {
			t.Errorf("e-mail address that nginx received with a forged header: got %q, want alice@example.com", got)
		}
	})
}

// takesUpload uploads a file with PUT. The request has no Content-Length.
func (n *nginx) takesUpload(t *testing.T, s *system, b *browser.Browser) {
	t.Helper()
	body, feed := io.Pipe()
	go func() {
		_, err := feed.Write(n.big)
		feed.CloseWithError(err) // nil means end of file
	}()
	if got := b.Send(http.MethodPut, s.app+"/upload/copy.bin", body); got.Status != http.StatusCreated {
		t.Errorf("upload: got %d, want 201", got.Status)
	}
	stored, err := os.ReadFile(filepath.Join(n.dir, "upload", "copy.bin"))
	if err != nil || sha256.Sum256(stored) != sha256.Sum256(n.big) {
		t.Errorf("the stored file has %d bytes (error %v), want the same %d bytes", len(stored), err, len(n.big))
	}
}

// nginx is a web server whose files are in a temporary directory.
type nginx struct {
	dir, url string
	big      []byte // the content of /big.bin
}

func newNginx(t *testing.T) *nginx {
	t.Helper()
	port := freePort(t)
	n := &nginx{dir: t.TempDir(), url: fmt.Sprintf("http://127.0.0.1:%d", port), big: make([]byte, 3<<20)}
	for i := range n.big {
		n.big[i] = byte(i * i >> 7)
	}
	for path, content := range map[string][]byte{"www/big.bin": n.big, "upload/.keep": nil} {
		path = filepath.Join(n.dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runNginx(t, n.dir, port, `
    root www;
    location = /who { default_type text/plain; return 200 "$http_x_email\n"; }
    location /upload/ { root .; dav_methods PUT; }`)
	return n
}

// runNginx starts nginx in a directory, with one server.
func runNginx(t *testing.T, dir string, port int, server string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, nginxConf, port, server), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(bounded(t), tool(t, "nginx"), "-p", dir, "-c", "nginx.conf", "-e", "stderr")
	cmd.Dir, cmd.Env = dir, environment()
	startTool(t, cmd)
	listening(t, port)
}

// newNginxBefore starts nginx in front of a host of the gateway, with what its
// documentation says of WebSockets. It returns its URL, without TLS.
func newNginxBefore(t *testing.T, host string) string {
	t.Helper()
	port := freePort(t)
	name, backend, _ := strings.Cut(host, ":")
	runNginx(t, t.TempDir(), port, fmt.Sprintf(`
    location / {
      proxy_pass https://127.0.0.1:%s;
      proxy_ssl_server_name on;
      proxy_ssl_name %s;
      proxy_set_header Host %s;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
    }`, backend, name, host))
	return fmt.Sprintf("http://%s:%d", name, port)
}

// nginxConf configures nginx as one process that writes only to its directory.
const nginxConf = `
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
  client_max_body_size 10m;
  server {
    listen 127.0.0.1:%d;%s
  }
}
`
