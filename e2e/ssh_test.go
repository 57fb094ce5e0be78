package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSSH signs in at OpenSSH's server through the gateway, with the two lines of
// docs/other-programs.md. The browser opens once, and again after the session has ended.
func TestSSH(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := newSystem(t, sqlite(t), fmt.Sprintf(`
  - {from: "https://app.{host}", to: %q, allow_any_authenticated_user: true}
  - {from: "tcp+https://shell.localhost:22", to: "tcp://127.0.0.1:%d", allowed_users: [alice@example.com]}
`, newUpstream(t).URL, newSSHServer(t, home)), "")
	ssh := func(command string) *exec.Cmd {
		cmd := exec.CommandContext(bounded(t), tool(t, "ssh"), "-F", s.sshConfig(t, home), "shell.localhost", command)
		cmd.Env = environment("XDG_CACHE_HOME=" + filepath.Join(home, "cache"))
		return cmd
	}
	alice := s.signedIn(t, "alice", alicePassword)
	if got := withBrowser(t, alice, ssh("echo hello")); got != "hello\n" {
		t.Errorf("got %q, want what the shell says", got)
	}
	said := strings.Repeat("a line for the shell\n", 50000)
	cat := ssh("cat; exit 3")
	cat.Stdin = strings.NewReader(said)
	out, err := cat.Output() // without a browser: the credential was kept
	if string(out) != said || cat.ProcessState.ExitCode() != 3 {
		t.Errorf("got %d bytes and the error %v, want the %d that were sent, and the exit code 3", len(out), err, len(said))
	}

	open := ssh("echo ready >&2; cat")
	stdin, err := open.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	next(t, started(t, open), "ready")
	alice.Open(s.app + "/.pomerium/sign_out").Want(http.StatusOK)
	if err := open.Wait(); err == nil {
		t.Error("the connection went on after its session, to its own end")
	}
	if got := withBrowser(t, s.signedIn(t, "alice", alicePassword), ssh("echo again")); got != "again\n" {
		t.Errorf("after another sign-in: got %q", got)
	}
}

// sshConfig writes what the documentation tells users of SSH to set, for the keys of
// newSSHServer.
func (s *system) sshConfig(t *testing.T, home string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/other-programs.md")
	if err != nil {
		t.Fatal(err)
	}
	block := "Host " + between(string(text), "```\nHost ", "```")
	block = strings.ReplaceAll(block, "shell.corp.example.com", "shell.localhost")
	block = strings.ReplaceAll(block, "gatehouse tunnel %h:%p", fmt.Sprintf("%s tunnel %%h:%%p --gateway https://%%h:%d --ca %s --browser-cmd true", suite.gatehouse, s.port, suite.authority.file))
	return writeFile(t, "config", block+fmt.Sprintf(`
Host *
  HostKeyAlias shell
  UserKnownHostsFile %[1]s/known_hosts
  StrictHostKeyChecking yes
  IdentityFile %[1]s/id
  IdentitiesOnly yes
  BatchMode yes
`, home))
}

// newSSHServer starts OpenSSH's server for the user who runs the tests, and returns its
// port. The directory gets the keys of both sides.
func newSSHServer(t *testing.T, dir string) (port int) {
	t.Helper()
	for _, name := range []string{"host", "id"} {
		if out, err := exec.CommandContext(bounded(t), tool(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
	}
	public, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "known_hosts"), append([]byte("shell "), public...), 0o600)
	}
	if os.Getuid() == 0 { // else the server wants no such directory
		err = errors.Join(err, os.MkdirAll("/run/sshd", 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	port = freePort(t)
	config := writeFile(t, "sshd_config", fmt.Sprintf(`
Port %d
ListenAddress 127.0.0.1
HostKey %[2]s/host
AuthorizedKeysFile %[2]s/id.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
`, port, dir))
	cmd := exec.CommandContext(bounded(t), tool(t, "sshd"), "-D", "-e", "-f", config)
	cmd.Env = environment()
	startTool(t, cmd)
	listening(t, port)
	return port
}
