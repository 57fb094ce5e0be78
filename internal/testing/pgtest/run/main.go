// Command run starts a temporary PostgreSQL server, runs another command, and
// stops the server. The other command gets the URL of the server in its
// environment. Example:
//
//	go run ./internal/testing/pgtest/run -- go test ./...
//
// The exit code is that of the other command.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"gatehouse/internal/testing/pgtest"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: run [--] command [argument...]")
		os.Exit(2)
	}
	code, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	c, err := pgtest.Start()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()

	// Ctrl-C also reaches the other command. That command ends, and then we stop
	// the server.
	signal.Ignore(os.Interrupt)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), pgtest.Variable+"="+c.URL())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode(), nil
	}
	return 0, err
}
