package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestHTTPPath(t *testing.T) {
	at := func(path string) policy.Request { return policy.Request{Path: path} }
	checkCriterion(t, "http_path", []criterionCase{
		{`/admin`, at("/admin"), true, "http-path-ok"},
		{`/admin`, at("/admin/"), false, "http-path-unauthorized"},
		{`{starts_with: /admin/}`, at("/admin/users"), true, "http-path-ok"},
		{`{starts_with: /admin/}`, at("/Admin/users"), false, "http-path-unauthorized"},
		{`{ends_with: .png}`, at("/a.png"), true, "http-path-ok"},
	})
}

func TestBothReadingsOfAPathMustBeAllowed(t *testing.T) {
	p := compile(t, `{allow: {or: [{accept: true}]}, deny: {or: [{http_path: {starts_with: /admin/}}]}}`)
	tests := []struct {
		path, alt string
		want      policy.Outcome
	}{
		{"/app;v=1/x", "/app/x", policy.Allow},
		{"/admin;v=1/x", "/admin/x", policy.Deny},
		{"/admin/x", "/app/x", policy.Deny},
	}
	for _, tt := range tests {
		d := p.Decide(&policy.Request{Path: tt.path, AltPath: tt.alt})
		if d.Outcome != tt.want {
			t.Errorf("%s (or %s): %v, want %v", tt.path, tt.alt, d.Outcome, tt.want)
		}
	}
	d := p.Decide(&policy.Request{Path: "/admin;v=1/x", AltPath: "/admin/x"})
	checkSays(t, d.Explain(), "the path must not begin with /admin/")
}
