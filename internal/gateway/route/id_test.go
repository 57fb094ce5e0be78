package route_test

import (
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestIDIsStableAndTellsRoutesApart(t *testing.T) {
	app := from(t, "https://app.example.com")
	base := route.ID(app, "/a", "", "", "http://up:80")
	if want := "feb87f461111b95c"; base != want {
		t.Errorf("ID = %q, want %q: ids of routes must not change between versions", base, want)
	}
	seen := map[string]bool{}
	for _, id := range []string{
		base,
		route.ID(from(t, "https://app2.example.com"), "/a", "", "", "http://up:80"),
		route.ID(app, "/ab", "", "", "http://up:80"),
		route.ID(app, "", "/a", "", "http://up:80"),
		route.ID(app, "", "", "/a", "http://up:80"),
		route.ID(app, "/a", "", "", "http://up:81"),
		route.ID(app, "/a", "", "", "http://up", ":80"),
		route.ID(app, "/a", "", ""),
	} {
		if seen[id] {
			t.Errorf("two routes have the id %s", id)
		}
		seen[id] = true
	}
}
