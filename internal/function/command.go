package function

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// Command is a function for development: a line of the shell that gets the event on
// its standard input and writes it, with its response, to its standard output. Each
// try is a new process, which is killed with all that it started when the time of
// the try is over. To refuse, it ends with another status than 0 and writes
// {"errorMessage": "…"}.
type Command struct {
	Line string
	Log  io.Writer // gets what the command writes to its standard error; nil: nobody does
}

// afterEnd is how long the children of a command that has ended may hold its output
// open.
const afterEnd = time.Second

func (c *Command) call(ctx context.Context, _ string, event []byte) ([]byte, error) {
	out := &answerBuffer{}
	cmd := exec.CommandContext(ctx, "sh", "-c", c.Line)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(event), out, c.Log
	cmd.WaitDelay = afterEnd
	inGroup(cmd)
	err := cmd.Run()
	killGroup(cmd) // the children that it left
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case out.tooLarge:
		return nil, ErrFailed.Saying("ResponseSizeTooLarge")
	case ended:
		return nil, exited(exit, out.b.Bytes())
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, ErrFailed.Because(fmt.Errorf("run %s: %w", c.Line, err))
	}
	return out.b.Bytes(), nil
}

// exited returns the error of a command that ended with a status. Lambda: the text
// for a runtime that ends.
func exited(exit *exec.ExitError, out []byte) error {
	if err := thrown(out); err != nil {
		return err
	}
	return ErrThrown.Saying("Runtime exited with error: %s", exit)
}

// answerBuffer keeps at most MaxAnswer bytes.
type answerBuffer struct {
	b        bytes.Buffer
	tooLarge bool
}

func (a *answerBuffer) Write(p []byte) (int, error) {
	if a.b.Len()+len(p) > MaxAnswer {
		a.tooLarge = true
		return 0, errTooLarge
	}
	return a.b.Write(p)
}

var errTooLarge = errors.New("the answer is too large")
