package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDiffOfAPullRequest says in a pull request who gains or loses access, as the help of
// gatehouse diff has it: the old file comes from git, and the exit code decides.
func TestDiffOfAPullRequest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	shell := func(script string) (string, int) {
		cmd := exec.CommandContext(bounded(t), "bash", "-euc", script)
		cmd.Dir, cmd.Env = dir, environment("PATH="+filepath.Dir(suite.gatehouse)+":"+os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			t.Fatal(err)
		} else if ok && cmd.ProcessState.ExitCode() != 3 {
			t.Fatalf("%s: %v\n%s", script, err, failed.Stderr)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	const file = "routes: [{from: https://wiki.example.com, to: http://wiki, allowed_users: [alice@example.com]}]\n"
	const recipe = "git show main:config.yaml > old.yaml && gatehouse diff old.yaml config.yaml --claims people/"
	write("people/alice.json", `{"sub": "1", "email": "alice@example.com"}`)
	write("people/bob.json", `{"sub": "2", "email": "bob@example.com"}`)
	write("config.yaml", file)
	shell("git init -q -b main && git add config.yaml && git -c user.name=t -c user.email=t@example.com commit -qm one")
	if out, code := shell(recipe); code != 0 || !strings.Contains(out, "Nobody, of 2 people and visitors") {
		t.Errorf("without a change: got the exit code %d and\n%s", code, out)
	}
	write("config.yaml", strings.ReplaceAll(file, "alice@", "bob@"))
	if out, code := shell(recipe); code != 3 || !strings.Contains(out, "| Address | Gains | Loses |") || !strings.Contains(out, "| bob | alice |") {
		t.Errorf("with bob in place of alice: got the exit code %d and\n%s", code, out)
	}
}
