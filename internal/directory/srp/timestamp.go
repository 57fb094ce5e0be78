package srp

import (
	"slices"
	"time"

	"gatehouse/internal/base/fault"
)

// ErrInvalidTimestamp says that a TIMESTAMP is not in Cognito's form.
var ErrInvalidTimestamp = fault.New(fault.Invalid, "srp_timestamp_invalid", "TIMESTAMP is not a valid value.")

// Cognito: EEE MMM d HH:mm:ss UTC yyyy, in English, the day without padding.
const timestampLayout = "Mon Jan 2 15:04:05 UTC 2006"

var weekdays = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// FormatTimestamp returns t as a client sends it.
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// ParseTimestamp reads a TIMESTAMP, or returns ErrInvalidTimestamp. It takes
// exactly the form that FormatTimestamp writes, save that the weekday may be
// another than the date's: the signature covers the text, and the date says
// all that is needed. Whether the time is near enough is for the caller to say.
func ParseTimestamp(text string) (time.Time, error) {
	t, err := time.Parse(timestampLayout, text)
	if err != nil {
		return time.Time{}, ErrInvalidTimestamp
	}
	// time.Parse is more generous than the form is.
	if !slices.Contains(weekdays, text[:3]) || FormatTimestamp(t)[3:] != text[3:] {
		return time.Time{}, ErrInvalidTimestamp
	}
	return t, nil
}
