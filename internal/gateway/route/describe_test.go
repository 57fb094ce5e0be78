package route_test

import (
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestDescribePath(t *testing.T) {
	tests := []struct {
		name string
		r    route.Route
		want string
	}{
		{"as it is", route.Route{Prefix: "/a"}, ""},
		{"a prefix", route.Route{Prefix: "/a", Rewrite: route.Rewrite{Prefix: "/"}}, "/a becomes /"},
		{"the slash of an upstream", route.Route{Prefix: "/a", Rewrite: route.Rewrite{TargetPath: "/"}}, "/a becomes /"},
		{"the slash of an upstream without prefix", route.Route{Rewrite: route.Rewrite{TargetPath: "/"}}, ""},
		{"the path of an upstream", route.Route{Prefix: "/", Rewrite: route.Rewrite{TargetPath: "/base/"}}, "follows /base"},
		{"a path", route.Route{Path: "/a", Rewrite: route.Rewrite{TargetPath: "/b"}}, "becomes /b"},
		{"a regex", route.Route{Regex: "/a.*", Rewrite: route.Rewrite{Prefix: "/b"}}, "becomes /b"},
		{"by a pattern", route.Route{Rewrite: route.Rewrite{RegexPattern: "^/x(.*)", RegexSubstitution: `/y\1`, TargetPath: "/b"}}, `^/x(.*) becomes /y\1`},
	}
	for _, tt := range tests {
		if got := compiled(t, tt.r).DescribePath(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDescribeRedirect(t *testing.T) {
	tests := []struct {
		r    route.Route
		want string
	}{
		{route.Route{Redirect: &route.Redirect{Host: "b.example.com"}}, "https://b.example.com/… (301)"},
		{route.Route{Redirect: &route.Redirect{Port: 8443, Code: 308, StripQuery: true}}, "https://app.example.com:8443/… (308), without the query"},
		{route.Route{Redirect: &route.Redirect{Scheme: "http", Path: "/x?y=z"}}, "http://app.example.com/x?y=z (301)"},
		{route.Route{Prefix: "/a", Redirect: &route.Redirect{PrefixRewrite: "/b/"}}, "https://app.example.com/b/… (301)"},
		{route.Route{Path: "/a", Redirect: &route.Redirect{PrefixRewrite: "/b"}}, "https://app.example.com/b (301)"},
	}
	for _, tt := range tests {
		if got := compiled(t, tt.r).DescribeRedirect(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
