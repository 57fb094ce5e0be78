// Command gatehouse is the directory and the gateway in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // policies name time zones, and a bare container has none

	"gatehouse/internal/server"
)

// Exit codes. 0 means that the command did what it was asked to do.
const (
	exitFailed = 1
	exitUsage  = 2
	exitDenied = 3 // explain: the request would not be let through; diff: access changes
)

func main() { os.Exit(run()) }

func run() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := <-signals
		signal.Reset(os.Interrupt, syscall.SIGTERM) // a second one ends the process at once
		cancel(causeOf(first))
	}()
	return report(os.Stderr, inWords(newRoot().ExecuteContext(ctx)))
}

var errInterrupted = errors.New("interrupted before the command was done")

// inWords returns err, or what a person understands if a signal ended the command and
// the command has nothing to say of that itself.
func inWords(err error) error {
	if err == context.Canceled || err == server.ErrAtOnce {
		return errInterrupted
	}
	return err
}

// causeOf returns why a signal ends the context. Whoever presses Ctrl-C waits for
// the end; behind SIGTERM there may be a load balancer that has to notice.
func causeOf(s os.Signal) error {
	if s == os.Interrupt {
		return server.ErrAtOnce
	}
	return nil
}

// report prints an error and returns the exit code for it.
func report(out io.Writer, err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errDenied):
		return exitDenied
	}
	for _, line := range linesOf(err) {
		fmt.Fprintln(out, "gatehouse: "+line)
	}
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}
