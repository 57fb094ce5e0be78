package telemetry

import (
	"bytes"
	"log"
	"strings"
	"testing"
)

func TestReportsOfLibraries(t *testing.T) {
	for report, want := range map[string]string{
		"http2: header list too large\n":                        `"text":"http2: header list too large"`,
		"Unsolicited response starting with \"secret\"; err=no": `"text":"Unsolicited response"`,
		"one\nsecret\n": `"text":"one"`,
		"":              `"text":""`,
	} {
		for level, written := range map[string]bool{"debug": true, "info": false} {
			var out bytes.Buffer
			least, err := ParseLevel(level)
			if err != nil {
				t.Fatal(err)
			}
			l, err := NewLogger(&out, least, JSON)
			if err != nil {
				t.Fatal(err)
			}
			log.New(Standard(l), "", 0).Print(report)
			if got := out.String(); written && !strings.Contains(got, want) || !written && got != "" || strings.Contains(got, "secret") {
				t.Errorf("%q at %s: got %q, want %s: %t", report, level, got, want, written)
			}
		}
	}
}
