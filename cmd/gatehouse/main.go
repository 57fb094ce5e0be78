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
)

// Exit codes. 0 means that the command did what it was asked to do.
const (
	exitFailed = 1
	exitUsage  = 2
	exitDenied = 3 // explain alone: the request would not be let through
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return report(os.Stderr, newRoot().ExecuteContext(ctx))
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
