package srp

import (
	"slices"
	"time"

	"gatehouse/internal/base/fault"
)

// ErrInvalidTimestamp means that a TIMESTAMP is not in Cognito's form.
var ErrInvalidTimestamp = fault.New(fault.Invalid, "srp_timestamp_invalid", "TIMESTAMP is not a valid value.")

// Cognito: EEE MMM d HH:mm:ss UTC yyyy, in English, the day without padding.
const timestampLayout = "Mon Jan 2 15:04:05 UTC 2006"

var weekdays = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// FormatTimestamp returns t in the form of TIMESTAMP.
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// ParseTimestamp reads a TIMESTAMP, or returns ErrInvalidTimestamp. It accepts
// exactly the form that FormatTimestamp writes, except that the weekday may be
// wrong: the date alone says the time, and the signature covers the text. The
// caller checks the age.
func ParseTimestamp(text string) (time.Time, error) {
	t, err := time.Parse(timestampLayout, text)
	if err != nil {
		return time.Time{}, ErrInvalidTimestamp
	}
	// time.Parse accepts more than this form.
	if !slices.Contains(weekdays, text[:3]) || FormatTimestamp(t)[3:] != text[3:] {
		return time.Time{}, ErrInvalidTimestamp
	}
	return t, nil
}
