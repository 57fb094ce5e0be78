package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/browser"
)

// TestPrograms passes the gateway with kubectl and psql, after one sign-in with a
// browser for each host.
func TestPrograms(t *testing.T) {
	t.Parallel()
	more := make(chan struct{}) // lines of the log of the pod
	api, db := newAPIServer(t, more), newDatabasePort(t)
	s := newSystem(t, sqlite(t), fmt.Sprintf(`
  - from: https://app.{host}
    to: http://127.0.0.1:1
    allow_any_authenticated_user: true
  - from: https://k8s.{host}
    to: %s
    tls_skip_verify: true
    kubernetes_service_account_token: the-service-account
    allowed_users: [alice@example.com]
  - from: tcp+https://db.{host}/db.internal:5432
    to: tcp://%s
    allowed_users: [alice@example.com]
`, api.URL, db), "")
	alice := newBrowser(t)
	signIn(alice.Open(s.app+"/"), "alice", alicePassword) // the application itself does not answer
	home := t.TempDir()
	env := environment("HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "KUBECONFIG="+kubeconfig(t, s))
	t.Run("kubectl", func(t *testing.T) {
		if got := strings.TrimSpace(withBrowser(t, alice, kubectl(t, env, "get", "pods", "-o", "name"))); got != "pod/web" {
			t.Errorf("get pods: got %q, want pod/web", got)
		}
		if got := answerOf(t, kubectl(t, env, "logs", "web")); got != "for alice@example.com\n" { // no second sign-in
			t.Errorf("logs: got %q, want those for alice", got)
		}
		out, err := kubectl(t, env, "delete", "pod", "web").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "alice@example.com may not delete pods") {
			t.Errorf("delete: got %s and the error %v, want the API server's refusal", out, err)
		}
		execThrough(t, kubectl(t, env, "exec", "-i", "web", "--", "cat"))
		followThrough(t, kubectl(t, env, "logs", "--follow", "web"), more)
		forwardThrough(t, kubectl(t, env, "port-forward", "pod/web", ":8080"))
	})
	direct := fmt.Sprintf("https://db.localhost:%d", s.port)
	for name, gateway := range map[string]string{"psql": direct, "psql through a proxy that refuses CONNECT": newNginxBefore(t, strings.TrimPrefix(direct, "https://"))} {
		t.Run(name, func(t *testing.T) {
			tunnel := exec.CommandContext(bounded(t), suite.gatehouse, "tunnel", "db.internal:5432", "--gateway", gateway, "--ca", suite.authority.file, "--browser-cmd", "true")
			tunnel.Env = env
			lines := started(t, tunnel)
			_, address, _ := strings.Cut(next(t, lines, "db.internal:5432 is at "), "is at ")
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				t.Fatal(err)
			}
			go openLinks(alice, lines)
			psql := exec.CommandContext(bounded(t), "psql", "-X", "-A", "-t", "-h", host, "-p", port, "-U", "postgres", "-d", "postgres", "-c", "SELECT repeat('through the tunnel ', 100000)")
			psql.Env = append(env, "PGSSLMODE=disable")
			if got := answerOf(t, psql); got != strings.Repeat("through the tunnel ", 100000)+"\n" {
				t.Errorf("got %.40q, want the answer of the database", got)
			}
			// Over its own input and output, as for SSH: whether the server speaks TLS.
			asks := exec.CommandContext(bounded(t), suite.gatehouse, "tunnel", "db.internal:5432", "--gateway", gateway, "--ca", suite.authority.file, "--browser-cmd", "true", "--listen", "-")
			asks.Env, asks.Stdin = env, strings.NewReader("\x00\x00\x00\x08\x04\xd2\x16\x2f")
			if got := answerOf(t, asks); got != "S" && got != "N" {
				t.Errorf("got %q, want S or N", got)
			}
		})
	}
}

// execThrough runs a command in the pod that answers what it gets.
func execThrough(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	said := strings.Repeat("a line for the pod\n", 10000)
	cmd.Stdin = strings.NewReader(said)
	if got := answerOf(t, cmd); got != said {
		t.Errorf("exec: got %d bytes, want the %d that were sent", len(got), len(said))
	}
}

// followThrough reads the log of the pod while it grows.
func followThrough(t *testing.T, cmd *exec.Cmd, more chan<- struct{}) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, or is to end now
	lines := bufio.NewScanner(out)
	for i := range 3 {
		next(t, lines, fmt.Sprintf("line %d for alice@example.com", i))
		more <- struct{}{}
	}
}

// forwardThrough connects with a port of the pod, twice.
func forwardThrough(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	told := &output{}
	cmd.Stderr = told
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // or else it runs for ever
	address, _, _ := strings.Cut(strings.TrimPrefix(next(t, bufio.NewScanner(out), "Forwarding from 127.0.0.1:"), "Forwarding from "), " ")
	for _, said := range []string{"hello", "again"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, said)
		got := make([]byte, len(said))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != said {
			t.Errorf("port-forward: got %q and the error %v, want %q\n%s", got, err, said, told)
		}
	}
}

// answerOf runs a command, which must succeed.
func answerOf(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		var why []byte
		if failed, ok := err.(*exec.ExitError); ok {
			why = failed.Stderr
		}
		t.Fatalf("%v: %v\n%s", cmd.Args, err, why)
	}
	return string(out)
}

// withBrowser runs a command that prints links to sign in, and opens them.
func withBrowser(t *testing.T, b *browser.Browser, cmd *exec.Cmd) string {
	t.Helper()
	var out strings.Builder
	cmd.Stdout = &out
	lines := started(t, cmd)
	openLinks(b, lines)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return out.String()
}

// started starts a command that ends with the test, and returns the lines that it
// tells its user.
func started(t *testing.T, cmd *exec.Cmd) *bufio.Scanner {
	t.Helper()
	told, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, or is to end now
	return bufio.NewScanner(told)
}

func next(t *testing.T, lines *bufio.Scanner, text string) string {
	t.Helper()
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return lines.Text()
		}
	}
	t.Fatalf("no line has %q", text)
	return ""
}

// openLinks opens the links among lines until they end.
func openLinks(b *browser.Browser, lines *bufio.Scanner) {
	for lines.Scan() {
		if link := strings.TrimSpace(lines.Text()); strings.HasPrefix(link, "https://") {
			b.Open(link)
		}
	}
}

// kubeconfig writes what documentation tells users of a cluster to set. Names under
// localhost are found by a proxy, since few resolvers know them.
func kubeconfig(t *testing.T, s *system) string {
	server := fmt.Sprintf("https://k8s.localhost:%d", s.port)
	return writeFile(t, "kubeconfig", fmt.Sprintf(`
apiVersion: v1
kind: Config
current-context: corp
clusters: [{name: corp, cluster: {server: %q, certificate-authority: %q, proxy-url: %q}}]
contexts: [{name: corp, context: {cluster: corp, user: corp}}]
users:
  - name: corp
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1beta1
        command: %q
        args: [k8s, exec-credential, --ca, %q, --browser-cmd, "true", %q]
`, server, suite.authority.file, newLocalProxy(t), suite.gatehouse, suite.authority.file, server))
}

func kubectl(t *testing.T, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(bounded(t), "kubectl", args...)
	cmd.Env = env
	return cmd
}

// newLocalProxy starts a proxy that connects with loopback addresses alone, and
// returns its URL.
func newLocalProxy(t *testing.T) string {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		to, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer to.Close()
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(to, buffered)
			to.Close()
		}()
		io.Copy(conn, to)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// newDatabasePort returns the address of a TCP port of a PostgreSQL server, which may
// listen at a socket alone.
func newDatabasePort(t *testing.T) string {
	u, err := url.Parse(postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	if dir := u.Query().Get("host"); dir != "" {
		port := u.Query().Get("port")
		if port == "" {
			port = "5432"
		}
		network, address = "unix", filepath.Join(dir, ".s.PGSQL."+port)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				to, err := net.Dial(network, address)
				if err != nil {
					return
				}
				defer to.Close()
				go func() {
					io.Copy(to, conn)
					to.(interface{ CloseWrite() error }).CloseWrite()
				}()
				io.Copy(conn, to)
			}()
		}
	}()
	return ln.Addr().String()
}

// newAPIServer starts what kubectl takes for a cluster with one pod. It believes the
// service account alone, and acts for the person whom that one names. A log that is
// followed grows with each value of more.
func newAPIServer(t *testing.T, more <-chan struct{}) *httptest.Server {
	mux := http.NewServeMux()
	answer := func(pattern string, v any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, v) })
	}
	type object = map[string]any
	pod := object{
		"kind": "Pod", "apiVersion": "v1", "metadata": object{"name": "web", "namespace": "default"},
		"spec": object{"containers": []any{object{"name": "web", "image": "web"}}}, "status": object{"phase": "Running"},
	}
	answer("GET /version", object{"major": "1", "minor": "32", "gitVersion": "v1.32.0"})
	answer("GET /api", object{"kind": "APIVersions", "versions": []string{"v1"}})
	answer("GET /apis", object{"kind": "APIGroupList", "apiVersion": "v1", "groups": []any{}})
	answer("GET /api/v1", object{"kind": "APIResourceList", "groupVersion": "v1", "resources": []any{
		object{"name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "verbs": []string{"get", "list", "delete"}, "shortNames": []string{"po"}},
		object{"name": "pods/log", "namespaced": true, "kind": "Pod", "verbs": []string{"get"}},
	}})
	answer("GET /api/v1/namespaces/default/pods", object{"kind": "PodList", "apiVersion": "v1", "metadata": object{}, "items": []any{pod}})
	answer("GET /api/v1/namespaces/default/pods/web", pod)
	mux.HandleFunc("GET /api/v1/namespaces/default/pods/web/log", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("follow") != "true" {
			fmt.Fprintln(w, "for "+r.Header.Get("Impersonate-User"))
			return
		}
		for i := range 3 {
			fmt.Fprintf(w, "line %d for %s\n", i, r.Header.Get("Impersonate-User"))
			http.NewResponseController(w).Flush()
			select {
			case <-more:
			case <-r.Context().Done():
				return
			}
		}
	})
	mux.Handle("/api/v1/namespaces/default/pods/web/exec", speaks(execProtocol, execCat))
	mux.Handle("/api/v1/namespaces/default/pods/web/portforward", speaks(forwardProtocol, forwardEcho))
	mux.HandleFunc("DELETE /api/v1/namespaces/default/pods/web", func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 403, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": r.Header.Get("Impersonate-User") + " may not delete pods"})
	})
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-service-account" || r.Header.Get("Impersonate-User") == "" {
			answerJSON(w, 401, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Unauthorized", "code": 401, "message": "who are you?"})
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
