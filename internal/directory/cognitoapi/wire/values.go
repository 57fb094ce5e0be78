package wire

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Timestamp is a time in its wire form: a number of seconds since the Unix epoch,
// with milliseconds as the fraction.
type Timestamp struct{ time.Time }

// At returns t as a member. The zero time becomes an absent member.
func At(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	return &Timestamp{t}
}

// append appends the wire form of t to buf.
func (t Timestamp) append(buf []byte) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		buf, ms = append(buf, '-'), -ms
	}
	buf = strconv.AppendInt(buf, ms/1000, 10)
	if ms %= 1000; ms != 0 {
		buf = append(buf, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
	}
	return buf
}

// SecretMap is a map with secret values: passwords, codes, client secrets. However
// it is printed, logged or encoded as text, it shows only how many entries it has.
// Indexing it returns the value.
type SecretMap map[string]string

func (m SecretMap) String() string               { return fmt.Sprintf("[%d redacted]", len(m)) }
func (m SecretMap) GoString() string             { return m.String() }
func (m SecretMap) LogValue() slog.Value         { return slog.StringValue(m.String()) }
func (m SecretMap) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
func (m SecretMap) Format(f fmt.State, _ rune)   { fmt.Fprint(f, m.String()) }
