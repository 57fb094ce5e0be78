package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gatehouse": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "capture": capture, "occupy": occupy, "starts": starts, "fetch": fetch, "seed": seed,
		},
		Setup: func(env *testscript.Env) error {
			// With the race detector each program waits a second before it
			// ends, for races of other threads to be reported. The scripts run a
			// hundred programs, whose threads have ended by then.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			return nil
		},
	})
}

// exits runs a command, which must end with the exit code: exits CODE COMMAND
// ARG….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("exit code of %v: got %d, want %s", args[1:], got, args[0])
	}
}

// capture sets a variable to the first group of a pattern in the output of the
// command before: capture NAME PATTERN.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("the output has no match of %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// occupy listens on a port until the script ends, and sets a variable to the
// address: occupy NAME.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: occupy NAME")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv(args[0], ln.Addr().String())
}

// starts runs a command until the script ends, waits for a line of its output
// that has the pattern, and sets a variable to the pattern's first group:
// starts NAME PATTERN COMMAND ARG….
func starts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: starts NAME PATTERN COMMAND ARG...")
	}
	cmd := exec.Command(args[2], args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = os.Stderr
	ts.Check(cmd.Start())
	pattern, lines := regexp.MustCompile(args[1]), bufio.NewScanner(out)
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(os.Interrupt))
		_, err := io.Copy(io.Discard, out)
		ts.Check(err)
		ts.Check(cmd.Wait()) // after Ctrl-C the exit code must be 0
	})
	for lines.Scan() {
		if found := pattern.FindStringSubmatch(lines.Text()); len(found) == 2 {
			ts.Setenv(args[0], found[1])
			return
		}
	}
	ts.Fatalf("%s printed no line that matches %s", args[2], args[1])
}

// fetch writes the answer of a URL to a file. The further arguments are header
// fields: fetch URL FILE NAME=VALUE….
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fetch URL FILE NAME=VALUE...")
	}
	req, err := http.NewRequest(http.MethodGet, args[0], nil)
	ts.Check(err)
	for _, field := range args[2:] {
		name, value, _ := strings.Cut(field, "=")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}
