package e2e

import (
	"context"
	"os/exec"
	"testing"
	"time"
)

// packages says which Debian package has a program.
var packages = map[string]string{
	"aws": "awscli", "chromium": "chromium", "nginx": "nginx", "npm": "npm", "node": "nodejs",
}

// tool returns the path of a program, or fails and says how to get it.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed: run `apt-get install %s`, or `make e2e`, which does it", name, packages[name])
	return ""
}

// bounded returns a context that ends with the test, and somewhat before the
// time that all tests have is up: then what was started is ended in order.
func bounded(t *testing.T) context.Context {
	deadline, ok := t.Deadline()
	if !ok {
		return t.Context()
	}
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(-15*time.Second))
	t.Cleanup(cancel)
	return ctx
}

// patience is how long a scenario waits for something that should happen at
// once, on a machine with much else to do.
const patience = 30 * time.Second

// eventually waits for done, which looks at another process and so has nothing
// to be woken by.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(bounded(t), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %v in vain for %s", patience, what)
		case <-tick.C:
		}
	}
}
