package proxy

import (
	"slices"
	"testing"
	"time"
)

func TestDecisionsAreToldOf(t *testing.T) {
	var got []bool
	w := newWorld(t, func(_ *world, c *Config) {
		c.Decided = func(allowed bool, took time.Duration) {
			if took < 0 {
				t.Errorf("a decision took %v", took)
			}
			got = append(got, allowed)
		}
	})
	cookie, _ := w.knownSession("app.example.com", map[string]any{})
	b := w.browser()
	b.Open("https://app.example.com/", "Cookie", cookie.String())
	w.browser().Step().Open("https://app.example.com/")
	b.Open("https://public.example.com/")
	b.Open("https://unknown.example.com/")
	b.Open("https://app.example.com/ping")
	if want := []bool{true, false, true}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: of pages of our own and unknown hosts nothing", got, want)
	}
}
