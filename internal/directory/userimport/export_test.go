package userimport

import "io"

// Limit sets how large a file may be, and how many users it may have.
func (e *Engine) Limit(file, users int64) { e.maxFile, e.maxUsers = file, users }

const (
	ChunkSize = chunkSize
	Batch     = batch
	MaxLine   = maxLine
)

var FieldsOf = fieldsOf

// ReadLines reads all lines of a file from a place on, after done lines. It returns
// where each line ends.
func ReadLines(file io.Reader, place, done int64) (text []string, ends []int64, err error) {
	l := newLines(file, place, done)
	for {
		line, fits, err := l.next()
		if err == io.EOF {
			return text, ends, nil
		}
		if err != nil {
			return text, ends, err
		}
		if !fits {
			line = []byte("too long")
		}
		text, ends = append(text, string(line)), append(ends, l.place)
	}
}
