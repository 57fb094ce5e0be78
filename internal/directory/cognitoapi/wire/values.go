package wire

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Timestamp is a moment on the wire: seconds since the epoch, with the
// milliseconds as a fraction.
type Timestamp struct{ time.Time }

// At returns t for the wire; nil, which is absent there, for the zero time.
func At(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	return &Timestamp{t}
}

func (t Timestamp) append(buf []byte) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		buf, ms = append(buf, '-'), -ms
	}
	buf = strconv.AppendInt(buf, ms/1000, 10)
	if ms %= 1000; ms != 0 {
		buf = fmt.Appendf(buf, ".%03d", ms)
	}
	return buf
}

// SecretMap is a map whose values authenticate someone: passwords, codes,
// client secrets. Every way of printing, logging or encoding it as text shows
// how many entries it has; indexing it gives the text.
type SecretMap map[string]string

func (m SecretMap) String() string               { return fmt.Sprintf("[%d redacted]", len(m)) }
func (m SecretMap) GoString() string             { return m.String() }
func (m SecretMap) LogValue() slog.Value         { return slog.StringValue(m.String()) }
func (m SecretMap) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
func (m SecretMap) Format(f fmt.State, _ rune)   { fmt.Fprint(f, m.String()) }
