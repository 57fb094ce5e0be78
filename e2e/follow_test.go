package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gatehouse/internal/testing/recipe"
)

// followed is a recipe of the documentation whose blocks have run. Its background
// programs still run.
type followed struct {
	dir   string // the working directory
	group int    // the process group of the background programs
	vars  map[string]string
}

// follow writes the files of a recipe, and runs its other blocks in a shell. The PATH contains the built
// program. vars names the shell variables whose final values the scenario needs.
func follow(t *testing.T, name string, env []string, vars ...string) *followed {
	t.Helper()
	blocks, err := recipe.Load("..", name)
	if err != nil {
		t.Fatal(err)
	}
	script := recipe.Script(blocks) + "\nfor name in " + strings.Join(vars, " ") + "; do eval echo \"\\$name=\\$$name\" >>results; done\n"
	f := &followed{dir: t.TempDir(), vars: map[string]string{}}
	for _, b := range blocks {
		if b.File == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(f.dir, b.File), []byte(b.Text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(bounded(t), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir, cmd.Env = f.dir, environment(env...)
	cmd.Env = append(cmd.Env, "PATH="+suite.dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.group = cmd.Process.Pid
	t.Cleanup(func() {
		syscall.Kill(-f.group, syscall.SIGKILL) // fails only if all its processes have ended
		if t.Failed() {
			background, _ := os.ReadFile(filepath.Join(f.dir, "background.log"))
			t.Logf("the last lines of the background programs of recipe %s:\n%s", name, lastLines(string(background), 12))
		}
	})
	if err := cmd.Wait(); err != nil {
		t.Fatalf("recipe %s: %v\n%s", name, err, said)
	}
	results, err := os.ReadFile(filepath.Join(f.dir, "results"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(results)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		f.vars[key] = value
	}
	return f
}

// stop sends SIGTERM to the background programs, and waits until no process
// listens on the ports.
func (f *followed) stop(t *testing.T, ports ...int) {
	t.Helper()
	if err := syscall.Kill(-f.group, syscall.SIGTERM); err != nil {
		t.Fatalf("stop the background programs of the recipe: %v", err)
	}
	eventually(t, "the background programs of the recipe to end", func() bool { return !slices.ContainsFunc(ports, reachable) })
}
