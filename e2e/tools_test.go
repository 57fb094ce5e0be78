package e2e

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// packages maps a program to its Debian package.
var packages = map[string]string{
	"aws": "awscli", "caddy": "caddy", "chromium": "chromium", "nginx": "nginx", "npm": "npm", "node": "nodejs",
	"ssh": "openssh-client", "ssh-keygen": "openssh-client", "sshd": "openssh-server",
}

// tool returns the path of a program. If the program is not installed, the test
// fails and says how to install it.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed: run `apt-get install %s`, or `make e2e`, which installs it", name, packages[name])
	return ""
}

// bounded returns a context that ends with the test, or 15 seconds before the
// timeout of all tests. The test can then still stop its processes.
func bounded(t *testing.T) context.Context {
	deadline, ok := t.Deadline()
	if !ok {
		return t.Context()
	}
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(-15*time.Second))
	t.Cleanup(cancel)
	return ctx
}

// patience is the longest time that a scenario waits for something that should
// happen at once. It is long, because the machine may be busy.
const patience = 30 * time.Second

// startTool starts a program that a test needs, and kills it when the test ends. It
// returns what the program prints, of which the log of a failed test has the end.
func startTool(t *testing.T, cmd *exec.Cmd) *output {
	t.Helper()
	log := &output{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the last lines of %s:\n%s", filepath.Base(cmd.Path), log.tail(20))
		}
	})
	return log
}

// eventually calls done until it returns true, and fails the test after a
// timeout. It polls, because done looks at another process.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(bounded(t), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("after %v, still waiting for %s", patience, what)
		case <-tick.C:
		}
	}
}
