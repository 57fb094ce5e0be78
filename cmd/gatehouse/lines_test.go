package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/server"
)

func TestErrorsAsLines(t *testing.T) {
	away := fault.New(fault.Unavailable, "away", "The pool is away.")
	noFile := &fs.PathError{Op: "open", Path: "key", Err: syscall.ENOENT}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"no fault", fmt.Errorf("open it: %w", noFile), "open it: open key: no such file or directory"},
		{"a fault", fmt.Errorf("ask: %w", away), "ask: The pool is away."},
		{"a fault with a cause", away.Because(errors.New("no route")), "The pool is away: no route"},
		{"a fault that names its cause", away.Saying("key can't be read (%v).", noFile.Err).Because(noFile), "key can't be read (no such file or directory)."},
		{"two lines", errors.New("a\nb"), "a; b"},
	} {
		if got := linesOf(test.err); !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAnInterruptedCommandSaysSo(t *testing.T) {
	for _, ended := range []error{context.Canceled, server.ErrAtOnce} {
		if got := inWords(ended); got != errInterrupted {
			t.Errorf("a command that was interrupted says %v", got)
		}
	}
	said := fmt.Errorf("copy: %w", context.Canceled)
	if got := inWords(said); got != said {
		t.Errorf("%v became %v", said, got)
	}
	if got := inWords(nil); got != nil {
		t.Errorf("no error became %v", got)
	}
}
