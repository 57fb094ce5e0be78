package function

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// Command is a program on this machine, for development: it gets the event on its
// standard input and writes the answer to its standard output. If it ends with a
// status other than 0, the last line of its standard error is the error message.
type Command []string

func (c Command) call(ctx context.Context, _ string, event []byte) ([]byte, error) {
	var out, errOut capped
	cmd := exec.CommandContext(ctx, c[0], c[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(event), &out, &errOut
	cmd.WaitDelay = time.Second // for a child of the program that keeps the output open
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		if err := thrown(out.Bytes()); err != nil {
			return nil, err
		}
		return nil, ErrThrown.Saying("%s", readable(cmp.Or(lastLine(errOut.String()), err.Error())))
	}
	if err != nil {
		return nil, ErrFailed.Because(err)
	}
	return readAnswer(&out.Buffer)
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// capped keeps one byte more than an answer may have, and drops the rest.
type capped struct{ bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	room := max(0, MaxAnswer+1-c.Len())
	c.Buffer.Write(p[:min(len(p), room)])
	return len(p), nil
}
