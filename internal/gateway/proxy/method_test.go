package proxy

import (
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

// A policy and an upstream may not read a method in two ways.
func TestAMethodInOtherLettersIsRefused(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://read.example.com", policy.Access{PPL: map[string]any{
			"allow": map[string]any{"or": []any{map[string]any{"accept": true}}},
			"deny":  map[string]any{"or": []any{map[string]any{"http_method": "POST"}, map[string]any{"http_method": "PURGE"}}},
		}}, nil))
	})
	for method, want := range map[string]int{
		"POST": 403, "post": 400, "Post": 400, "get": 400, "pAtCh": 400, "propfind": 400, "trace": 405,
		"GET": 200, "PROPFIND": 200, "PURGE": 403, "purge": 403, "foo": 200,
	} {
		got := w.raw(strings.ReplaceAll("METHOD / HTTP/1.1\nHost: read.example.com:"+port+"\nContent-Length: 0\n\n", "METHOD", method))
		if reached := w.Upstream.Got() != nil; got != want || reached != (want == 200) {
			t.Errorf("%s: got status %d, reached the upstream %v; want %d", method, got, reached, want)
		}
	}
}
