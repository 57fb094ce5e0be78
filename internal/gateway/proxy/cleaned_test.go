package proxy

import (
	"testing"

	"gatehouse/internal/gateway/route"
)

// The gateway redirects an unclean path to the clean path before it decides
// anything. The redirect keeps the host and the query.
func TestUncleanPathIsRedirected(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Cleaning = route.Cleaning{EscapedSlashes: route.SlashRedirect} })
	b := w.browser().Step()
	const app = "https://public.example.com"
	for _, tt := range []struct{ path, want string }{
		{"/a%2Fb", "/a/b"},
		{"/a%2Fb?x=%2F&y=1", "/a/b?x=%2F&y=1"},
		{"/%2Fevil.example.net/x", "/evil.example.net/x"},
		{"/a%2F..%2F..%2Fb", "/b"},
	} {
		resp := b.Open(app + tt.path).Want(307)
		wantIntercepted(t, resp)
		if got, want := resp.Header.Get("Location"), address(app+tt.want); got != want {
			t.Errorf("%s: got a redirect to %s, want %s", tt.path, got, want)
		}
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got Cache-Control %q, want no-store", tt.path, resp.Header.Get("Cache-Control"))
		}
	}
	if w.Upstream.Got() != nil {
		t.Error("a request reached the upstream before it was sent to the plain spelling")
	}
	// The plain spelling itself is not sent on.
	b.Open(app + "/a/b?x=%2F").Want(200)
	// The gateway's own paths are its own in every spelling.
	b.Open(app + "/.pomerium%2Fuser").Want(404)
}
