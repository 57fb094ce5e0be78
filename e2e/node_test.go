package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// node holds the directory in which the packages of testdata/node are installed.
var node struct {
	sync.Mutex
	dir string
}

// installNode installs the npm packages of testdata/node, once in each run.
func installNode(t *testing.T) (dir string) {
	t.Helper()
	npm := tool(t, "npm")
	node.Lock()
	defer node.Unlock()
	if node.dir != "" {
		return node.dir
	}
	dir = filepath.Join(suite.dir, "node")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := copyFiles(dir, "testdata/node"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(bounded(t), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("install the npm packages of testdata/node: %v\n%s", err, out)
	}
	node.dir = dir
	return dir
}

func copyFiles(to, from string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, f.Name()), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// startNode starts a script of testdata/node. It is killed when the test ends.
func startNode(t *testing.T, script string, env ...string) {
	t.Helper()
	startTool(t, nodeCommand(t, script, env...))
}

// runNode runs a script of testdata/node and returns what it printed.
func runNode(t *testing.T, script string, env ...string) string {
	t.Helper()
	log := &output{}
	cmd := nodeCommand(t, script, env...)
	cmd.Stderr = log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, log)
	}
	return string(out)
}

func nodeCommand(t *testing.T, script string, env ...string) *exec.Cmd {
	t.Helper()
	program, dir := tool(t, "node"), installNode(t)
	cmd := exec.CommandContext(bounded(t), program, filepath.Join(dir, script))
	cmd.Dir, cmd.Env = dir, environment(append(env, fmt.Sprintf("NODE_EXTRA_CA_CERTS=%s", suite.authority.file))...)
	return cmd
}
