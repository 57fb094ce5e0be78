package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/config"
)

// Texts that are made to exhaust a parser end in a fault, and soon.
func TestTextsMadeToExhaustTheParser(t *testing.T) {
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
		if _, err := config.Load(config.Source{Path: "config.yaml", Data: []byte(text)}); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// What is long but harmless is read.
func TestLongLinesAreNotTakenForDeepOnes(t *testing.T) {
	var routes []string
	for i := range 300 {
		routes = append(routes, fmt.Sprintf(`{"from":"https://a-%d.example.com","to":"http://a-%d:8080","allow_public_unauthenticated_access":true}`, i, i))
	}
	c := load(t, `{"routes":[`+strings.Join(routes, ",")+`]}`+"\n# "+strings.Repeat("-", 1000)+"\n")
	equal(t, "routes", len(c.Routes), 300)
}
