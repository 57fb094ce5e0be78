package settings_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A text that is made to exhaust a parser must quickly cause a fault.
func TestHostileTextIsRefusedQuickly(t *testing.T) {
	deep := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"dashes":      strings.Repeat("- ", 1_000_000),
		"questions":   strings.Repeat("? ", 1_000_000),
		"brackets":    strings.Repeat("[", 1_000_000),
		"braces":      strings.Repeat("{a: ", 1_000_000),
		"indentation": deep(2000),
		"large":       strings.Repeat("#", 9<<20),
	} {
		start := time.Now()
		if _, err := decode(open(text)); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v, want less than 20 s", name, took)
		}
	}
}

// The limit on depth must not refuse a long line.
func TestLongLineIsRead(t *testing.T) {
	var items []string
	for i := range 300 {
		items = append(items, fmt.Sprintf(`{"from":"a-%d","to":"b/c"}`, i))
	}
	o := read(t, `{"routes":[`+strings.Join(items, ",")+`]}`+"\n# "+strings.Repeat("-", 1000)+"\n")
	equal(t, "routes", len(o.Routes), 300)
}
