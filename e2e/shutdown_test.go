package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// small starts a gateway with one public page. Its log goes to a pipe, which is
// returned; more are further keys.
type small struct {
	*process
	pipe         *os.File
	port, probes int
	client       *http.Client
}

func startSmall(t *testing.T, more string) *small {
	t.Helper()
	s := &small{port: freePort(t), probes: freePort(t), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	dir := t.TempDir()
	text := fmt.Sprintf(`address: "127.0.0.1:%d"
health_check_addr: "127.0.0.1:%d"
insecure_server: true
data_dir: %q
%s
routes:
  - {from: https://app.example.com, response: {status: 200, body: hello}, allow_public_unauthenticated_access: true}
`, s.port, s.probes, dir, more)
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.pipe = read
	t.Cleanup(func() { read.Close() })
	s.process = &process{t: t, log: &output{}, ended: make(chan struct{})}
	s.cmd = exec.CommandContext(bounded(t), suite.gatehouse, "serve", "--config", path)
	s.cmd.Env, s.cmd.Dir, s.cmd.Stderr = environment(), dir, write
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	go func() {
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(s.kill)
	s.listening(s.port)
	s.listening(s.probes)
	return s
}

// get returns the status of a page, or 0 if nobody answers.
func (s *small) get(port int, path string) (status int, closes bool) {
	r, err := http.NewRequestWithContext(bounded(s.t), "GET", fmt.Sprintf("http://127.0.0.1:%d%s", port, path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = "app.example.com"
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, false
	}
	answer.Body.Close()
	return answer.StatusCode, answer.Close
}

// After SIGTERM a load balancer has time to notice before anybody is refused. A
// second SIGTERM ends the process at once.
func TestSIGTERMLetsTheLoadBalancerNotice(t *testing.T) {
	s := startSmall(t, "shutdown_delay: 1h")
	if status, _ := s.get(s.probes, "/readyz"); status != 200 {
		t.Fatalf("readyz: %d, want 200", status)
	}
	s.signal(syscall.SIGTERM)
	eventually(t, "readyz to answer 503", func() bool { status, _ := s.get(s.probes, "/readyz"); return status == 503 })
	for range 5 {
		if status, closes := s.get(s.port, "/"); status != 200 || !closes {
			t.Errorf("a request meanwhile: %d, closing %t, want 200 and the end of the connection", status, closes)
		}
	}
	s.signal(syscall.SIGTERM)
	<-s.ended
	if s.err == nil {
		t.Error("the process ended as if nothing had hurried it, want the second signal to end it")
	}
}

// A log pipe that nobody reads stopped the server, and a reader that died ended
// it.
func TestTheReaderOfTheLogStopsNobody(t *testing.T) {
	s := startSmall(t, "shutdown_delay: 0s")
	for i := range 1000 { // a pipe has room for 64 KiB
		if status, _ := s.get(s.port, "/"); status != 200 {
			t.Fatalf("request %d without a reader of the log: %d, want 200", i, status)
		}
	}
	s.pipe.Close()
	for i := range 100 {
		if status, _ := s.get(s.port, "/"); status != 200 {
			t.Fatalf("request %d after the reader died: %d, want 200", i, status)
		}
	}
	s.stop()
}
