//go:build peers

package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
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

// What is measured of a gateway alone: without a directory, and with a route for
// everybody.
const (
	calmRequests   = 12_000 // of all connections
	mostSockets    = 10_000
	secureRounds   = 9
	secureRequests = 4_000 // of each gateway in a round
	starts         = 9
	// calmTime is how long it takes until the gateway has given memory back after requests.
	calmTime = 25 * time.Second
)

// TestPeersMemory prints what a gateway has in memory: after its start, after requests on
// 32 connections, which stay open, and when nothing has come for a while.
func TestPeersMemory(t *testing.T) {
	app := startPeer(t, "application")
	for _, routes := range []int{1, 1000} {
		p := alonePeer(t, app.url, routes, false)
		time.Sleep(2 * time.Second) // it gives back what only the start has needed
		t.Logf("%d routes: %s at rest", routes, p.parts(t))
		end := p.load(t, calmRequests)
		t.Logf("%d routes: %s after %d requests on %d connections", routes, p.parts(t), calmRequests, peerConnections)
		time.Sleep(calmTime)
		t.Logf("%d routes: %s with these connections idle", routes, p.parts(t))
		end()
	}
}

// TestPeersSockets prints what an idle websocket takes of the gateway, with and without
// TLS.
func TestPeersSockets(t *testing.T) {
	app := startPeer(t, "application")
	for _, secure := range []bool{false, true} {
		p := alonePeer(t, app.url, 1, secure)
		before := p.resident(t)
		n := socketsAllowed(t)
		p.openSockets(t, n)
		opened := p.resident(t)
		time.Sleep(calmTime)
		t.Logf("each of %d idle websockets takes %.1f KiB of the gateway (TLS: %t), and %.1f before it has given memory back", n, float64(p.resident(t)-before)/float64(n)/1024, secure, float64(opened-before)/float64(n)/1024)
	}
}

// TestPeersTLS compares the CPU time of a request with TLS with that of one without.
func TestPeersTLS(t *testing.T) {
	app := startPeer(t, "application")
	plain, secure := alonePeer(t, app.url, 1, false), alonePeer(t, app.url, 1, true)
	var ratios []float64
	for range secureRounds {
		a, b := plain.costOf(t, secureRequests), secure.costOf(t, secureRequests)
		ratios = append(ratios, float64(a)/float64(b))
		plain.costs, secure.costs = append(plain.costs, a), append(secure.costs, b)
	}
	slices.Sort(ratios)
	t.Logf("a request takes %v without TLS and %v with it: %.2f of the throughput (median of the rounds; %.2f to %.2f)",
		plain.cost(), secure.cost(), ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
}

// TestPeersStart prints the CPU time from the start of a gateway with an existing
// database until it answers.
func TestPeersStart(t *testing.T) {
	app := startPeer(t, "application")
	for _, routes := range []int{1, 1000} {
		config, port := aloneConfig(t, app.url, routes, false)
		var costs, waits []time.Duration
		for range starts + 1 {
			begun := time.Now()
			p, end := runAlone(t, config, port, false)
			if err := p.send(1); err != nil {
				t.Fatal(err)
			}
			waits, costs = append(waits, time.Since(begun)), append(costs, cpuOf(t, p.pid))
			end()
		}
		costs, waits = costs[1:], waits[1:] // the first one makes the database
		slices.Sort(costs)
		slices.Sort(waits)
		t.Logf("a start with %d routes takes %v of CPU (%v to %v), and answers after %v", routes, costs[starts/2], costs[0], costs[starts-1], waits[starts/2])
	}
}

// alonePeer starts a gateway alone.
func alonePeer(t *testing.T, app string, routes int, secure bool) *peer {
	t.Helper()
	config, port := aloneConfig(t, app, routes, secure)
	p, _ := runAlone(t, config, port, secure)
	return p
}

func aloneConfig(t *testing.T, app string, routes int, secure bool) (config string, port int) {
	t.Helper()
	port = freePort(t)
	var text strings.Builder
	fmt.Fprintf(&text, "address: 127.0.0.1:%d\nhealth_check_addr: \"\"\ndata_dir: %s\ndatabase: %q\n", port, t.TempDir(), "sqlite://"+filepath.Join(t.TempDir(), "gatehouse.db"))
	text.WriteString("authenticate_service_url: https://authenticate.example.com\nidp_provider: oidc\nidp_provider_url: https://idp.example.com\nidp_client_id: gateway\nidp_client_secret: secret\n")
	if secure {
		fmt.Fprintf(&text, "certificates:\n  - {cert: %s, key: %s}\n", suite.authority.cert, suite.authority.key)
	} else {
		text.WriteString("insecure_server: true\n")
	}
	fmt.Fprintf(&text, "routes:\n  - from: https://app.localhost:%d\n    to: %s\n    allow_public_unauthenticated_access: true\n    allow_websockets: true\n", port, app)
	for i := range routes - 1 {
		fmt.Fprintf(&text, "  - from: https://app%d.example.com\n    to: http://10.0.%d.%d:8080\n    allowed_idp_claims: {groups: [admins, team%d]}\n", i, i/250, i%250+1, i)
	}
	return writeFile(t, "alone.yaml", text.String()), port
}

func runAlone(t *testing.T, config string, port int, secure bool) (p *peer, end func()) {
	t.Helper()
	cmd := exec.CommandContext(bounded(t), suite.gatehouse, "serve", "--config", config)
	cmd.Dir, cmd.Env = t.TempDir(), environment("SHUTDOWN_DELAY=0s")
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	t.Cleanup(func() {
		end()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("gatehouse said:\n%s", lastLines(string(text), 12))
		}
	})
	for !reachable(port) {
		time.Sleep(time.Millisecond)
	}
	p = &peer{name: "gatehouse alone", pid: cmd.Process.Pid, address: fmt.Sprintf("127.0.0.1:%d", port)}
	p.asks(fmt.Sprintf("app.localhost:%d", port), "")
	if secure {
		p.tls = &tls.Config{RootCAs: suite.authority.pool, ServerName: "app.localhost", NextProtos: []string{"http/1.1"}}
	}
	return p, end
}

// load sends n requests on many connections, which stay open until end is called.
func (p *peer) load(t *testing.T, n int) (end func()) {
	t.Helper()
	var all sync.WaitGroup
	conns := make([]net.Conn, peerConnections)
	for i := range conns {
		conn, err := p.dial()
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
		all.Go(func() {
			if err := p.sendOn(conn, n/peerConnections); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return func() {
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// costOf returns the CPU time of one of n requests, without that of the connections.
func (p *peer) costOf(t *testing.T, n int) time.Duration {
	t.Helper()
	conns := make([]net.Conn, peerConnections)
	for i := range conns {
		conn, err := p.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := p.sendOn(conn, 4); err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	before := cpuOf(t, p.pid)
	var all sync.WaitGroup
	for _, conn := range conns {
		all.Go(func() {
			if err := p.sendOn(conn, n/peerConnections); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return (cpuOf(t, p.pid) - before) / time.Duration(n)
}

// socketsAllowed returns how many websockets the limits of this machine allow: each needs
// two files of the gateway.
func socketsAllowed(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return min(mostSockets, int(min(limit.Max, 1<<20)/2)-100)
}

// openSockets opens websockets that stay open until the end of the test.
func (p *peer) openSockets(t *testing.T, n int) {
	t.Helper()
	head := strings.Replace(strings.Replace(p.request, "/reports/7?year=2026", "/socket", 1), "\r\n", "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", 1)
	for range n {
		conn, err := p.dial()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, head)
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("got %v (%v), want a websocket", resp, err)
		}
	}
}

// parts says how much memory the process has, and of which kinds.
func (p *peer) parts(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]float64{}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && strings.HasPrefix(fields[0], "Rss") {
			n, _ := strconv.Atoi(fields[1])
			kinds[fields[0]] = float64(n) / 1024
		}
	}
	return fmt.Sprintf("%.1f MiB (%.1f of its own and %.1f of files)", kinds["RssAnon:"]+kinds["RssFile:"]+kinds["RssShmem:"], kinds["RssAnon:"], kinds["RssFile:"])
}
