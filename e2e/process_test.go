package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a running program.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *output
	ended chan struct{}
	err   error // the result of the process; valid after ended is closed
}

// output records the output of a process. It is safe for concurrent use.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// tail returns the last lines.
func (o *output) tail(n int) string { return lastLines(o.String(), n) }

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// environment returns the environment of a process. It leaves out the variables
// of this machine that could change the behaviour of the program or its clients.
func environment(more ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + suite.dir, "TMPDIR=" + os.TempDir()}, more...)
}

// gatehouse starts the program. The program is killed when the test ends, if it
// still runs.
func gatehouse(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &output{}, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(bounded(t), suite.gatehouse, args...)
	// No load balancer has to notice the end.
	p.cmd.Env, p.cmd.Dir = environment(append([]string{"SHUTDOWN_DELAY=0s"}, env...)...), t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the last lines of gatehouse %s:\n%s", strings.Join(args, " "), p.log.tail(12))
		}
	})
	return p
}

// kill kills the process, as a power cut would, and waits until it has ended.
func (p *process) kill() {
	p.cmd.Process.Kill() // fails only if the process has ended
	<-p.ended
}

// stop sends SIGTERM, as a service manager does. The process must end in time
// and with exit code 0.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("stop: %v", err)
	}
	select {
	case <-p.ended:
		if p.err != nil {
			p.t.Errorf("the process ended with %v, want exit code 0", p.err)
		}
	case <-time.After(patience):
		p.t.Errorf("the process still runs %v after SIGTERM", patience)
	}
}

func (p *process) signal(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// listening waits until the process accepts connections on a loopback port.
func (p *process) listening(port int) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("gatehouse to listen on port %d", port), func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("gatehouse ended: %v", p.err)
		default:
		}
		return reachable(port)
	})
}

// listening waits until a process accepts connections on a loopback port.
func listening(t *testing.T, port int) {
	t.Helper()
	eventually(t, fmt.Sprintf("port %d", port), func() bool { return reachable(port) })
}

// reachable reports whether a process accepts connections on a loopback port.
func reachable(port int) bool {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// command runs the program, waits for its end and returns its standard output.
// The exit code must be 0.
func command(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, errOut, code := tryCommand(t, env, args...)
	if code != 0 {
		t.Fatalf("gatehouse %s: exit code %d\n%s", strings.Join(args, " "), code, errOut)
	}
	return out
}

// tryCommand runs the program and waits for its end. The program may fail.
func tryCommand(t *testing.T, env []string, args ...string) (out, errOut string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(bounded(t), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, suite.gatehouse, args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environment(env...), t.TempDir(), &stdout, &stderr
	err := cmd.Run()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("gatehouse %s: %v", strings.Join(args, " "), err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// writeFile writes a file of a scenario and returns its path.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
