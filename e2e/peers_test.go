//go:build peers

package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How the peers are measured: each in turn, several times, so that what else the
// machine does concerns all of them.
const (
	peerRounds      = 5
	peerRequests    = 20_000 // of each peer in a round
	peerConnections = 32
	peerSockets     = 2_000
)

// TestPeers compares the CPU time that a request costs the process of the gateway,
// with a session, a policy, identity headers, an assertion and the access log, with
// what it costs a bare reverse proxy and other proxies without sign-in. All run as
// processes of their own, before one application.
func TestPeers(t *testing.T) {
	app := startPeer(t, "application")
	peers := []*peer{
		startPeer(t, "proxy", app.url),
		gatehousePeer(t, "gatehouse", app.url, 1),
		gatehousePeer(t, "gatehouse, 1,000 routes", app.url, 1000),
	}
	if path, err := exec.LookPath("/usr/sbin/nginx"); err == nil {
		peers = append(peers, nginxPeer(t, path, app.url))
	}
	if path, err := exec.LookPath("caddy"); err == nil {
		peers = append(peers, caddyPeer(t, path, app.url))
	}
	for round := range peerRounds + 1 {
		for _, p := range peers {
			cost := p.measure(t)
			if round > 0 { // the first one warms up
				p.costs = append(p.costs, cost)
			}
		}
	}
	bare := peers[0].cost()
	for _, p := range peers {
		t.Logf("%-26s %6.1f µs of CPU a request, %.2f of the throughput of the bare proxy; %3d MiB", p.name, float64(p.cost().Nanoseconds())/1e3, float64(bare)/float64(p.cost()), p.memory(t))
	}
	t.Logf("an idle websocket takes %d KiB of the gateway", peers[1].memoryOfSocket(t))
}

// peer is a process that answers requests with those of the application.
type peer struct {
	name    string
	pid     int
	address string
	url     string
	tls     *tls.Config // nil: none
	request string      // as it is on the wire
	costs   []time.Duration
}

// cost is the median of the rounds.
func (p *peer) cost() time.Duration {
	slices.Sort(p.costs)
	return p.costs[len(p.costs)/2]
}

// newPeer is a process that listens on a port.
func newPeer(t *testing.T, name string, pid, port int) *peer {
	listening(t, port)
	p := &peer{name: name, pid: pid, address: fmt.Sprintf("127.0.0.1:%d", port)}
	p.url = "http://" + p.address
	p.asks(p.address, "")
	return p
}

// asks sets the request that is sent, as a browser sends it.
func (p *peer) asks(host, more string) {
	p.request = "GET /reports/7?year=2026 HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n" + more + "\r\n"
}

// measure sends the requests of a round and returns the CPU time of one.
func (p *peer) measure(t *testing.T) time.Duration {
	t.Helper()
	before := cpuOf(t, p.pid)
	var all sync.WaitGroup
	for range peerConnections {
		all.Go(func() {
			if err := p.send(peerRequests / peerConnections); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		})
	}
	all.Wait()
	return (cpuOf(t, p.pid) - before) / peerRequests
}

// send sends n requests on one connection.
func (p *peer) send(n int) error {
	conn, err := p.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	return p.sendOn(conn, n)
}

func (p *peer) dial() (net.Conn, error) {
	conn, err := net.Dial("tcp", p.address)
	if err != nil || p.tls == nil {
		return conn, err
	}
	return tls.Client(conn, p.tls), nil
}

func (p *peer) sendOn(conn net.Conn, n int) error {
	r := bufio.NewReader(conn)
	for range n {
		if _, err := io.WriteString(conn, p.request); err != nil {
			return err
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || string(body) != "hello" {
			return fmt.Errorf("got %d %.200q (%v), want 200 hello", resp.StatusCode, body, err)
		}
	}
	return nil
}

// memoryOfSocket returns the resident memory in KiB that each of many websockets takes
// while nothing is sent on them.
func (p *peer) memoryOfSocket(t *testing.T) int {
	t.Helper()
	before := p.resident(t)
	head := strings.Replace(strings.Replace(p.request, "/reports/7?year=2026", "/socket", 1), "\r\n", "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", 1)
	for range peerSockets {
		conn, err := net.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, head)
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("got %v (%v), want a websocket", resp, err)
		}
	}
	return (p.resident(t) - before) / peerSockets >> 10
}

// cpuOf returns the CPU time that a process has used.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		t.Fatal(err)
	}
	total := time.Duration(0)
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no threads of %d: %v %s", pid, err, stat)
	}
	for _, task := range tasks {
		if stat, err := os.ReadFile(task); err == nil {
			ns, _ := strconv.ParseInt(strings.Fields(string(stat))[0], 10, 64)
			total += time.Duration(ns)
		}
	}
	return total
}

// memory returns the resident memory of the process in MiB.
func (p *peer) memory(t *testing.T) int { return p.resident(t) >> 20 }

// resident returns the resident memory of the process in bytes.
func (p *peer) resident(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := strconv.Atoi(strings.Fields(string(statm))[1])
	return pages * os.Getpagesize()
}

// startPeer starts the program of internal/testing/peers.
func startPeer(t *testing.T, kind string, args ...string) *peer {
	t.Helper()
	program := filepath.Join(suite.dir, "peers")
	if _, err := os.Stat(program); err != nil {
		if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "gatehouse/internal/testing/peers").CombinedOutput(); err != nil {
			t.Fatalf("build peers: %v\n%s", err, out)
		}
	}
	port := freePort(t)
	pid := runPeer(t, program, append([]string{kind, fmt.Sprintf("127.0.0.1:%d", port)}, args...)...)
	name := kind
	if kind == "proxy" {
		name = "bare net/http proxy"
	}
	return newPeer(t, name, pid, port)
}

func runPeer(t *testing.T, program string, args ...string) (pid int) {
	t.Helper()
	cmd := exec.CommandContext(bounded(t), program, args...)
	cmd.Dir, cmd.Env = t.TempDir(), environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process.Pid
}

// gatehousePeer starts the gateway behind a front that ends TLS. Alice signs in
// through it, and what is measured is a request of hers without the front.
func gatehousePeer(t *testing.T, name, app string, routes int) *peer {
	t.Helper()
	port := freePort(t)
	target, _ := url.Parse(fmt.Sprintf("http://127.0.0.1:%d", port))
	front := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(pr *httputil.ProxyRequest) {
		pr.SetURL(target)
		pr.Out.Host = pr.In.Host
		pr.SetXForwarded()
	}})
	pair, err := tls.LoadX509KeyPair(suite.authority.cert, suite.authority.key)
	if err != nil {
		t.Fatal(err)
	}
	front.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	front.StartTLS()
	t.Cleanup(front.Close)
	host := "localhost:" + front.URL[strings.LastIndexByte(front.URL, ':')+1:]
	var more strings.Builder
	for i := range routes - 1 {
		fmt.Fprintf(&more, "  - from: https://app%d.%s\n    to: %s\n    allowed_idp_claims: {cognito:groups: [admins, team%d]}\n", i, host, app, i)
	}
	config := strings.NewReplacer("{settings}", "insecure_server: true\nxff_num_trusted_hops: 1", "{routes}", more.String()+fmt.Sprintf("  - from: https://app.{host}\n    to: %s\n    allow_websockets: true\n    timeout: 10m\n    allowed_idp_claims: {cognito:groups: [admins]}\n", app)).Replace(systemYAML)
	config = strings.NewReplacer("certificates:\n  - {cert: {cert}, key: {key}}\n", "", "{host}", host, "{port}", fmt.Sprint(port), "{ca}", suite.authority.file, "{data}", t.TempDir(),
		"{database}", "sqlite://"+filepath.Join(t.TempDir(), "gatehouse.db"), "{mail}", "1").Replace(config)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	cmd := exec.CommandContext(bounded(t), suite.gatehouse, "serve", "--config", writeFile(t, "peer.yaml", config))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = t.TempDir(), environment("SHUTDOWN_DELAY=0s"), log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("gatehouse said:\n%s", lastLines(string(text), 12))
		}
	})
	p := newPeer(t, name, cmd.Process.Pid, port)
	b := newBrowser(t)
	page := signIn(b.Open("https://app."+host+"/"), "alice", alicePassword)
	if page.Status != http.StatusOK || page.Body != "hello" {
		t.Fatalf("after sign-in, alice is at %s (status %d):\n%.400s", page.URL, page.Status, page.Body)
	}
	var cookies []string
	for _, c := range b.Cookies("https://app." + host + "/") {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	p.asks("app."+host, "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.7\r\nCookie: theme=dark; "+strings.Join(cookies, "; ")+"\r\n")
	return p
}

func nginxPeer(t *testing.T, program, app string) *peer {
	t.Helper()
	port, dir := freePort(t), t.TempDir()
	conf := fmt.Sprintf(`daemon off; master_process off; pid nginx.pid; error_log stderr; events { worker_connections 1024; }
http {
  access_log log; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000;
  upstream app { server %s; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:%d; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}`, strings.TrimPrefix(app, "http://"), port)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return newPeer(t, "nginx, without sign-in", runPeer(t, program, "-p", dir, "-c", "nginx.conf", "-e", "stderr"), port)
}

func caddyPeer(t *testing.T, program, app string) *peer {
	t.Helper()
	port := freePort(t)
	file := writeFile(t, "Caddyfile", fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\nhttp://:%d {\n\tlog {\n\t\toutput discard\n\t}\n\treverse_proxy %s\n}\n", port, app))
	return newPeer(t, "Caddy, without sign-in", runPeer(t, program, "run", "--adapter", "caddyfile", "--config", file), port)
}
