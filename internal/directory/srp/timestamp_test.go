package srp_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/internal/directory/srp"
)

func TestParseTimestamp(t *testing.T) {
	tests := []struct {
		text string
		want time.Time // zero: refused
	}{
		{"Wed May 7 00:09:40 UTC 2025", time.Date(2025, 5, 7, 0, 9, 40, 0, time.UTC)},
		{"Tue May 7 00:09:40 UTC 2025", time.Date(2025, 5, 7, 0, 9, 40, 0, time.UTC)}, // weekday of another date
		{"Thu Dec 31 23:59:59 UTC 2026", time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)},
		{"", time.Time{}},
		{"Wed May 07 00:09:40 UTC 2025", time.Time{}},
		{"Wed May  7 00:09:40 UTC 2025", time.Time{}},
		{"Wed May 7 0:09:40 UTC 2025", time.Time{}},
		{"Wed May 7 00:09:40 GMT 2025", time.Time{}},
		{"Wed May 7 00:09:40 UTC 25", time.Time{}},
		{"wed may 7 00:09:40 UTC 2025", time.Time{}},
		{"Wednesday May 7 00:09:40 UTC 2025", time.Time{}},
		{"Wed May 7 00:09:40.5 UTC 2025", time.Time{}},
		{"Wed May 7 00:09:40 UTC 2025 ", time.Time{}},
		{"Wed May 32 00:09:40 UTC 2025", time.Time{}},
		{"Wed Feb 30 00:09:40 UTC 2025", time.Time{}},
		{"2025-05-07T00:09:40Z", time.Time{}},
	}
	for _, tt := range tests {
		got, err := srp.ParseTimestamp(tt.text)
		if tt.want.IsZero() {
			if !errors.Is(err, srp.ErrInvalidTimestamp) {
				t.Errorf("ParseTimestamp(%q) = %v, %v, want %v", tt.text, got, err, srp.ErrInvalidTimestamp)
			}
		} else if err != nil || !got.Equal(tt.want) {
			t.Errorf("ParseTimestamp(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
}

func TestFormatTimestampIsUTC(t *testing.T) {
	at := time.Date(2025, 5, 7, 2, 9, 40, 0, time.FixedZone("", 7200))
	if got, want := srp.FormatTimestamp(at), "Wed May 7 00:09:40 UTC 2025"; got != want {
		t.Errorf("FormatTimestamp = %q, want %q", got, want)
	}
}

func FuzzParseTimestamp(f *testing.F) {
	f.Add("Wed May 7 00:09:40 UTC 2025")
	f.Add("Wed May  7 0:09:40.1 UTC 2025")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := srp.ParseTimestamp(text)
		if err != nil {
			return
		}
		if got := srp.FormatTimestamp(at); got[3:] != text[3:] {
			t.Errorf("%q reads as %q", text, got)
		}
	})
}
