package page

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var colour = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// schemes returns the colours of the light and the dark scheme.
func schemes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	before, after, ok := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("the style sheet has no dark color scheme")
	}
	read := func(text string) map[string]string {
		m := map[string]string{}
		for _, f := range colour.FindAllStringSubmatch(text, -1) {
			m[f[1]] = f[2]
		}
		return m
	}
	return read(before), read(after)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

// WCAG 2.2, 1.4.3 and 1.4.11: 4.5 for text, 3 for the edge of an input.
func TestContrast(t *testing.T) {
	light, dark := schemes(t)
	pairs := []struct {
		front, back string
		want        float64
	}{
		{"ink", "ground", 4.5}, {"ink", "arch", 4.5}, {"ink", "sheet", 4.5}, {"ink", "well", 4.5},
		{"muted", "ground", 4.5}, {"muted", "sheet", 4.5}, {"link", "ground", 4.5}, {"link", "arch", 4.5}, {"link", "sheet", 4.5}, {"link", "well", 4.5},
		{"accent-ink", "accent", 4.5}, {"accent-ink", "accent-hover", 4.5}, {"danger-ink", "danger", 4.5}, {"danger", "sheet", 4.5},
		{"danger", "danger-ground", 4.5}, {"warning", "warning-ground", 4.5}, {"success", "success-ground", 4.5}, {"info", "info-ground", 4.5},
		{"edge", "sheet", 3}, {"accent", "sheet", 3}, {"accent", "ground", 3},
	}
	for name, scheme := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			a, b := luminance(t, scheme[p.front]), luminance(t, scheme[p.back])
			if got := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); got < p.want {
				t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", name, p.front, p.back, got, p.want)
			}
		}
	}
}

func TestStyleNeedsNothingElse(t *testing.T) {
	for _, bad := range []string{"@import", "url(", "http:", "https:", "</"} {
		if strings.Contains(style, bad) {
			t.Errorf("the style sheet contains %q, want a style sheet that needs no other file", bad)
		}
	}
	if len(style) > 16<<10 {
		t.Errorf("the style sheet has %d bytes, want no more than 16 kB: it is part of every page", len(style))
	}
}
