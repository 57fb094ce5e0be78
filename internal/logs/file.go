package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
)

// File is a file to which entries are appended, one a line. Only its owner can read
// it. It is opened for each entry, so that another program can move it away.
type File struct {
	open func() (f io.WriteCloser, torn bool, err error)
	turn chan struct{} // has a value while a goroutine writes
	// stuck is true while a goroutine writes for whom nobody waits any more.
	stuck atomic.Bool
}

// NewFile returns the file with a path, which need not exist.
func NewFile(path string) *File {
	return &File{open: func() (io.WriteCloser, bool, error) { return openFile(path) }, turn: make(chan struct{}, 1)}
}

var (
	errIrregular = errors.New("it is not a regular file")
	errStuck     = errors.New("the file of a log hangs")
)

// openFile opens a regular file. torn: it ends within a line, since a write was short
// or whoever wrote was killed. It does not wait for the reader of a pipe.
func openFile(path string) (_ *os.File, torn bool, err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, false, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	if err == nil {
		torn, err = endsWithinLine(f, info.Size())
	}
	if err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, torn, nil
}

func endsWithinLine(f io.ReaderAt, size int64) (bool, error) {
	if size == 0 {
		return false, nil
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil && err != io.EOF {
		return false, err
	}
	return last[0] != '\n', nil
}

// put writes in a goroutine: a file on a disk that hangs has no deadline. There is one
// at most. While it hangs, entries are refused at once.
func (f *File) put(ctx context.Context, _ string, e Entry) error {
	if f.stuck.Load() {
		return errStuck
	}
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for the file of a log: %w", ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		done <- f.add(e.Text)
		f.stuck.Store(false)
		<-f.turn
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	f.stuck.Store(true)
	if len(done) > 0 { // it ended meanwhile, maybe before it could see that it was stuck
		f.stuck.Store(false)
		return <-done
	}
	return fmt.Errorf("write the file of a log: %w", ctx.Err())
}

func (f *File) add(text []byte) error {
	file, torn, err := f.open()
	if err != nil {
		return fmt.Errorf("open the file of a log: %w", err)
	}
	line := make([]byte, 0, len(text)+2)
	if torn {
		line = append(line, '\n')
	}
	line = append(append(line, text...), '\n')
	_, err = file.Write(line)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
