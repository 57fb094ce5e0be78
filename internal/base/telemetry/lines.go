package telemetry

import (
	"context"
	"io"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"time"
)

// jsonLines writes what [slog.JSONHandler] would write, byte for byte, in a third of the
// time. It knows the values that the log line of a request usually has; every other
// record is left to the JSONHandler, and so is a logger with attributes or a group of its
// own. Both write to one queue, which takes whole lines from several goroutines.
type jsonLines struct {
	*slog.JSONHandler
	out *Queue
}

// newJSON returns what writes lines of JSON.
func newJSON(w io.Writer, options *slog.HandlerOptions) slog.Handler {
	h := slog.NewJSONHandler(w, options)
	if q, ok := w.(*Queue); ok {
		return jsonLines{h, q}
	}
	return h
}

var lineBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 1<<10); return &b }}

// keptLine is the largest buffer that is used again.
const keptLine = 16 << 10

// Handle implements [slog.Handler].
func (h jsonLines) Handle(ctx context.Context, r slog.Record) error {
	buffer := lineBuffers.Get().(*[]byte)
	line, usual := appendRecord((*buffer)[:0], r)
	if !usual {
		lineBuffers.Put(buffer)
		return h.JSONHandler.Handle(ctx, r)
	}
	_, err := h.out.Write(line)
	if cap(line) <= keptLine {
		*buffer = line
		lineBuffers.Put(buffer)
	}
	return err
}

// KeepsNothing says that nobody uses what a record holds once Handle has returned.
func (h jsonLines) KeepsNothing() {}

// appendRecord appends the line of a record. usual is false if it has a value that is
// left to the JSONHandler.
func appendRecord(b []byte, r slog.Record) (line []byte, usual bool) {
	if year := r.Time.Year(); r.Time.IsZero() || year < 0 || year > 9999 {
		return b, false
	}
	b = append(b, `{"time":"`...)
	b = r.Time.Round(0).AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"`...)
	b = append(b, r.Level.String()...)
	b = append(b, `","msg":`...)
	b, usual = appendText(b, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if usual {
			b, usual = appendAttr(b, a)
		}
		return usual
	})
	return append(b, "}\n"...), usual
}

func appendAttr(b []byte, a slog.Attr) (line []byte, usual bool) {
	v := a.Value
	if v.Kind() == slog.KindLogValuer {
		v = v.Resolve()
	}
	switch {
	case a.Key != "":
	case a.Equal(slog.Attr{}):
		return b, true
	case v.Kind() == slog.KindGroup:
		return appendAttrs(b, v.Group())
	}
	b = append(b, ',')
	if b, usual = appendText(b, a.Key); !usual {
		return b, false
	}
	return appendValue(append(b, ':'), v)
}

func appendAttrs(b []byte, attrs []slog.Attr) (line []byte, usual bool) {
	for _, a := range attrs {
		if b, usual = appendAttr(b, a); !usual {
			return b, false
		}
	}
	return b, true
}

func appendValue(b []byte, v slog.Value) (line []byte, usual bool) {
	switch v.Kind() {
	case slog.KindString:
		return appendText(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10), true
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10), true
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool()), true
	case slog.KindFloat64:
		return appendFloat(b, v.Float64())
	}
	return b, false
}

// appendFloat appends a number that JSON writes without an exponent.
func appendFloat(b []byte, f float64) (line []byte, usual bool) {
	if size := math.Abs(f); f != 0 && (size < 1e-6 || size >= 1e21) || math.IsNaN(f) {
		return b, false
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64), true
}

// appendText appends a text in which JSON has nothing to escape.
func appendText(b []byte, s string) (line []byte, usual bool) {
	rest := s
	for ; len(rest) >= 8; rest = rest[8:] {
		p := rest[:8]
		if escapes(uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 | uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56) {
			return b, false
		}
	}
	for i := range len(rest) {
		if c := rest[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return b, false
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"'), true
}

// escapes reports whether one of eight bytes is a control character, not ASCII, a quotation
// mark or a backslash.
func escapes(eight uint64) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080 // a one, and the highest bit, in each byte
	quote, slash := eight^'"'*each, eight^'\\'*each           // the byte is 0
	return ((eight-' '*each)|eight|(eight+each)|(quote-each)&^quote|(slash-each)&^slash)&high != 0
}
