package server_test

import (
	"net/http"
	"runtime"
	"testing"
	"weak"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// The routes of a configuration are most of it. What they are compiled to is enough.
func TestAServerKeepsNoRoutesOfItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	load := func(routes int) (*config.Config, weak.Pointer[config.Route]) {
		text := "address: 127.0.0.1:0\nhttp_redirect_addr: 127.0.0.2:0\nhealth_check_addr: 127.0.0.3:0\nmetrics_address: 127.0.0.4:0\n" + string(manyRoutes(dir, routes))
		c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return c, weak.Make(&c.Routes[0])
	}
	wantGone := func(what string, routes weak.Pointer[config.Route]) {
		t.Helper()
		for range 3 { // what pools keep is gone only after the second one
			runtime.GC()
		}
		if routes.Value() != nil {
			t.Errorf("after %s, the routes of the configuration are kept", what)
		}
	}
	c, first := load(3)
	s, err := server.New(t.Context(), server.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := server.Listen(c, "address")
	if err != nil {
		t.Fatal(err)
	}
	running, err := s.Start(c, l, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		l.Close()
		running.Wait(t.Context())
	}()
	wantGone("the start", first)
	c, second := load(4)
	if err := s.Reload(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	wantGone("a reload", second)
	third, _ := load(2)
	if keys := s.NeedsRestart(third); len(keys) > 0 {
		t.Errorf("other routes need a restart: %q", keys)
	}
}
