package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync"
)

// Source says where a configuration comes from.
type Source struct {
	// Path names the file. Empty: there is no file, and all values come from
	// the environment.
	Path string
	// Data is the content of the file. Nil: the file at Path is read.
	Data []byte
	// Env is the environment, as os.Environ returns it. Variables that are not
	// named after a key are ignored.
	Env []string
}

// Trail remembers where the values of a configuration stand, and from which
// files they were read. The zero Trail is valid and knows no places.
type Trail struct {
	source Source
	places *places           // nil: none are known
	files  map[string]string // the digest of the content, by the file's path
}

// Source returns the source of the configuration.
func (t *Trail) Source() Source { return t.source }

// Files returns the digest of each file that was read, by the file's path. A
// file that could not be read is among them.
func (t *Trail) Files() map[string]string { return t.files }

// WithoutPlaces returns a copy that knows the source and the files alone.
func (t *Trail) WithoutPlaces() Trail { return Trail{source: t.source, files: t.files} }

// Paths returns the paths of all values that were found, in no order.
func (t *Trail) Paths() iter.Seq[string] { return t.places.paths }

// Fault returns a fault of the value at path, with the place of that value. If
// no value stands at path, the fault has the place of the nearest value around.
func (t *Trail) Fault(path, found, expected, hint string) Fault {
	return Fault{Path: path, Place: t.at(path), Found: found, Expected: expected, Hint: hint}
}

func (t *Trail) at(path string) Place {
	for p := path; p != ""; p = parent(p) {
		if at, ok := t.places.of(p); ok {
			return at
		}
	}
	return Place{File: t.source.Path}
}

// readFile reads a file and remembers its digest.
func (t *Trail) readFile(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	t.files[file] = digest(data, err)
	return data, err
}

// Digest returns the digest of a file's content: two digests are equal if the
// contents are. All files that cannot be read have the same digest.
func Digest(file string) string {
	sum, err := sumOf(file)
	return printed(sum, err)
}

// sumOf reads a file piece by piece: all files are looked at again and again, and a large
// one would be as much garbage each time.
func sumOf(file string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	piece := pieces.Get().(*[pieceSize]byte)
	defer pieces.Put(piece)
	h := sha256.New()
	for {
		n, err := f.Read(piece[:])
		h.Write(piece[:n])
		switch {
		case err == io.EOF:
			h.Sum(sum[:0])
			return sum, nil
		case err != nil:
			return sum, err
		}
	}
}

const pieceSize = 8 << 10

var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

func digest(data []byte, err error) string { return printed(sha256.Sum256(data), err) }

func printed(sum [sha256.Size]byte, err error) string {
	if err != nil {
		return "unreadable"
	}
	return hex.EncodeToString(sum[:])
}

// reason says in words why a file could not be read.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this process may not read it"
	default:
		return err.Error()
	}
}
