package e2e

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestProgramsWithoutABrowser reaches a TCP route as a service account, until it is
// revoked.
func TestProgramsWithoutABrowser(t *testing.T) {
	t.Parallel()
	s := newRobots(t, "", fmt.Sprintf(`
  - {from: "tcp+https://echo.localhost:7", to: "tcp://%s", allowed_users: [service-account/robot]}
`, newEcho(t)))
	env := environment("HOME=", "XDG_CACHE_HOME=") // no place for credentials
	tunnel := func(arguments ...string) *exec.Cmd {
		cmd := exec.CommandContext(bounded(t), suite.gatehouse, append([]string{
			"tunnel", "echo.localhost:7", "--gateway", fmt.Sprintf("https://echo.localhost:%d", s.port), "--ca", suite.authority.file, "--browser-cmd", "false",
		}, arguments...)...)
		cmd.Env = env
		return cmd
	}
	file := writeFile(t, "token", s.robot+"\n")
	serving := tunnel("--service-account-file", file)
	lines := started(t, serving)
	_, address, _ := strings.Cut(next(t, lines, "echo.localhost:7 is at "), "is at ")
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(patience))
		return conn
	}
	open := dial()
	if err := echoes(open); err != nil {
		t.Fatal(err)
	}

	refused := func(when, token, want string) {
		t.Helper()
		one := tunnel("--listen", "-")
		one.Env = append(one.Env, "GATEHOUSE_SERVICE_ACCOUNT="+token)
		said, _ := one.CombinedOutput() // its exit code is looked at
		if one.ProcessState.ExitCode() != 1 || !strings.Contains(string(said), want) || strings.Contains(string(said), "ghsa_") {
			t.Errorf("%s: got the exit code %d and %s, want 1 and %q", when, one.ProcessState.ExitCode(), said, want)
		}
	}
	refused("another account", s.other, "the gateway does not allow the service account this target")
	refused("a wrong token", s.robot[:len(s.robot)-1], "the gateway does not accept the service account: ")
	refused("no token of ours", "eyJhbGciOiJub25lIn0.e30.", "the gateway does not accept the service account, and asks for a sign-in")

	command(t, nil, "keys", "revoke", "--config", s.config, s.robotKey)
	if _, err := io.ReadAll(open); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the open connection: got %v, want its end", err)
	}
	refused("a revoked token", s.robot, "the gateway does not accept the service account: ")
	dial()
	next(t, lines, "the gateway does not accept the service account: ")
	if err := serving.Wait(); serving.ProcessState.ExitCode() != 1 {
		t.Errorf("got %v, want the exit code 1", err)
	}
}
