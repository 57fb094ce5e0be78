package transfer

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/pattern"
)

// FormatVersion is the version of the file that this program writes and reads.
const FormatVersion = 1

// The id of a pool, which is a part of its issuer and of addresses. Cognito:
// UserPoolIdType.
const maxPoolID = 55

var poolForm = pattern.New(`^[\w-]+_[0-9a-zA-Z]+$`)

// Errors of files.
var (
	ErrDamaged = fault.New(fault.Invalid, "export_damaged", "The export is damaged: it ends too early, or is not as it was written.")
	ErrFormat  = fault.New(fault.Invalid, "export_format", "This is no export of a pool.")
)

// maxLine is how long a line may be. The longest are those of branding, whose
// images are base64 twice.
const maxLine = 16 << 20

// writer writes the lines of an export.
type writer struct {
	to   *bufio.Writer
	sum  hash.Hash
	rows int
}

func newWriter(to io.Writer, h Head) (*writer, error) {
	w := &writer{to: bufio.NewWriterSize(to, 64<<10), sum: sha256.New()}
	first, err := line(headName, h)
	if err != nil {
		return nil, err
	}
	return w, w.add(first)
}

func (w *writer) row(r Row) error {
	text, err := r.line()
	if err != nil {
		return err
	}
	w.rows++
	return w.add(text)
}

func (w *writer) add(text []byte) error {
	w.sum.Write(text)
	_, err := w.to.Write(text)
	return err
}

// end writes the last line. An export without it is damaged.
func (w *writer) end() error {
	last, err := line(endName, end{Rows: w.rows, SHA256: hex.EncodeToString(w.sum.Sum(nil))})
	if err != nil {
		return err
	}
	if _, err := w.to.Write(last); err != nil {
		return err
	}
	return w.to.Flush()
}

// reader reads the lines of an export.
type reader struct {
	from *bufio.Reader
	sum  hash.Hash
	rows int
	head Head
}

func newReader(from io.Reader) (*reader, error) {
	r := &reader{from: bufio.NewReaderSize(from, 64<<10), sum: sha256.New()}
	text, err := r.line()
	if err != nil {
		return nil, err
	}
	name, content, err := split(text)
	if err != nil || name != headName || json.Unmarshal(content, &r.head) != nil {
		return nil, ErrFormat
	}
	if r.head.Version != FormatVersion {
		return nil, ErrFormat.Saying("The export has the format version %d, and this program reads version %d: use the program that made it, or a newer one.", r.head.Version, FormatVersion)
	}
	if len(r.head.Pool) > maxPoolID || !poolForm.MatchString(r.head.Pool) {
		return nil, ErrFormat.Saying("The export is of no pool: its id is a region, an underscore, and letters and digits.")
	}
	r.sum.Write(text)
	return r, nil
}

// errWhole ends the rows of a whole file. It is no io.EOF, which is the cause of a
// damage, too.
var errWhole = errors.New("the export is whole")

// next returns the next row, or errWhole after the last one.
func (r *reader) next() (Row, error) {
	text, err := r.line()
	if err != nil {
		return Row{}, err
	}
	name, content, err := split(text)
	if err != nil {
		return Row{}, ErrDamaged.Because(err)
	}
	if name == endName {
		return Row{}, r.end(content)
	}
	k := kindOf(name)
	if k == nil {
		return Row{}, ErrFormat.Saying("The export has %q, which this program does not know: use the program that made it, or a newer one.", name)
	}
	r.sum.Write(text)
	r.rows++
	if !utf8.Valid(text) { // encoding/json would put other characters in the place
		return Row{}, ErrDamaged.Because(fmt.Errorf("line %d is not valid UTF-8", r.rows+1))
	}
	row, err := readRow(k, content)
	if err != nil {
		return Row{}, ErrDamaged.Because(fmt.Errorf("line %d: %w", r.rows+1, err))
	}
	row.size = len(text)
	return row, nil
}

// end checks the last line. It returns errWhole if the file is whole.
func (r *reader) end(content json.RawMessage) error {
	var e end
	if err := json.Unmarshal(content, &e); err != nil {
		return ErrDamaged.Because(err)
	}
	if e.Rows != r.rows || e.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) {
		return ErrDamaged.Because(errors.New("its lines are not those that were written"))
	}
	if _, err := r.from.ReadByte(); !errors.Is(err, io.EOF) { // age: the end of the file proves itself, too
		return ErrDamaged.Because(cmp.Or(err, errors.New("something follows its end")))
	}
	return errWhole
}

// line returns the next line with its line feed.
func (r *reader) line() ([]byte, error) {
	var text []byte
	for {
		part, err := r.from.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case err == nil:
			return text, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(text) <= maxLine:
			continue
		}
		return nil, ErrDamaged.Because(err)
	}
}
