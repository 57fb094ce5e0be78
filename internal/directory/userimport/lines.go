package userimport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxLine is how many characters a line may have. Cognito: "Formatting the CSV file".
const maxLine = 16_000

// lines reads a file line by line, with a buffer for one line.
type lines struct {
	from  *bufio.Reader
	place int64 // where the next line begins
	done  int64 // how many lines were read
}

// newLines begins at a place in a file, after done lines.
func newLines(file io.Reader, place, done int64) *lines {
	return &lines{from: bufio.NewReaderSize(file, maxLine*utf8.UTFMax+2), place: place, done: done}
}

// next returns the next line without its end, or io.EOF. The line is valid until the
// next call. fits is false if it has too many characters; then it is cut.
func (l *lines) next() (line []byte, fits bool, err error) {
	line, err = l.from.ReadSlice('\n')
	l.place += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		l.done++
		return nil, false, l.skip()
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, false, err
	}
	l.done++
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	return line, utf8.RuneCount(line) <= maxLine, nil
}

// skip reads the rest of a line.
func (l *lines) skip() error {
	for {
		part, err := l.from.ReadSlice('\n')
		l.place += int64(len(part))
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// file reads the file of a job from a place on.
type file struct {
	ctx   context.Context
	chunk func(ctx context.Context, number int64) ([]byte, error)
	id    string
	place int64
	size  int64
	rest  []byte // of the chunk at the place
}

func (e *Engine) openFile(ctx context.Context, j *Job, place int64) *file {
	chunk := func(ctx context.Context, number int64) ([]byte, error) { return e.chunk(ctx, j, number) }
	return &file{ctx: ctx, chunk: chunk, id: j.File, place: place, size: j.Size}
}

// Read implements [io.Reader]. It fails with errFile if the file ends before its
// size.
func (f *file) Read(p []byte) (int, error) {
	if f.place >= f.size {
		return 0, io.EOF
	}
	if len(f.rest) == 0 {
		chunk, err := f.chunk(f.ctx, f.place/chunkSize)
		if err != nil {
			return 0, err
		}
		skip := f.place % chunkSize
		if int64(len(chunk)) <= skip {
			return 0, notWhole(fmt.Errorf("file %s of an import lacks its chunk at %d", f.id, f.place))
		}
		f.rest = chunk[skip:]
	}
	n := copy(p, f.rest)
	f.rest, f.place = f.rest[n:], f.place+int64(n)
	return n, nil
}
