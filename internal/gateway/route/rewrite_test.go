package route_test

import (
	"errors"
	"testing"

	"gatehouse/internal/gateway/route"
)

func clean(t testing.TB, path string) route.Cleaned {
	t.Helper()
	c, err := route.Cleaning{EscapedSlashes: route.SlashKeep}.Clean(path)
	if err != nil {
		t.Fatalf("Clean(%q): %v", path, err)
	}
	return c
}

func compiled(t testing.TB, r route.Route) *route.Route {
	t.Helper()
	r.From = from(t, "https://app.example.com")
	mustTable(t, &r)
	return &r
}

func TestUpstreamPath(t *testing.T) {
	rewrite := func(prefix string) route.Rewrite { return route.Rewrite{Prefix: prefix} }
	regex := func(pattern, substitution string) route.Rewrite {
		return route.Rewrite{RegexPattern: pattern, RegexSubstitution: substitution}
	}
	tests := []struct {
		name string
		r    route.Route
		in   string
		want string
	}{
		{"nothing set", route.Route{}, "/a%20b;c", "/a%20b;c"},
		{"prefix", route.Route{Prefix: "/a", Rewrite: rewrite("/b")}, "/a/x%20y", "/b/x%20y"},
		{"prefix, plain string", route.Route{Prefix: "/a", Rewrite: rewrite("/b")}, "/ab", "/bb"},
		{"prefix to root", route.Route{Prefix: "/a", Rewrite: rewrite("/")}, "/a/x", "/x"},
		{"prefix to root, alone", route.Route{Prefix: "/a", Rewrite: rewrite("/")}, "/a", "/"},
		{"prefix with slash to root", route.Route{Prefix: "/a/", Rewrite: rewrite("/")}, "/a/x", "/x"},
		{"no prefix", route.Route{Rewrite: rewrite("/b")}, "/x", "/b/x"},
		{"no prefix, root", route.Route{Rewrite: rewrite("/b")}, "/", "/b"},
		{"no prefix to slash", route.Route{Rewrite: rewrite("/b/")}, "/x", "/b/x"},
		{"prefix in escapes", route.Route{Prefix: "/caf%C3%A9/", Rewrite: rewrite("/c/")}, "/caf%c3%a9/x%2Fy", "/c/x%2Fy"},
		{"prefix in letters", route.Route{Prefix: "/café/", Rewrite: rewrite("/ü/")}, "/caf%c3%a9/x", "/%C3%BC/x"},
		{"prefix with kept slash", route.Route{Prefix: "/a%2fb", Rewrite: rewrite("/c")}, "/a%2Fb/x", "/c/x"},
		{"path", route.Route{Path: "/a", Rewrite: rewrite("/b")}, "/a", "/b"},
		{"regex route", route.Route{Regex: "/a.*", Rewrite: rewrite("/b")}, "/ax", "/b"},
		{"target path", route.Route{Rewrite: route.Rewrite{TargetPath: "/base"}}, "/x", "/base/x"},
		{"target path /", route.Route{Rewrite: route.Rewrite{TargetPath: "/"}}, "/x", "/x"},
		{"target path and prefix", route.Route{Prefix: "/a", Rewrite: route.Rewrite{TargetPath: "/base"}}, "/a/x", "/base/x"},
		{"target path / and prefix", route.Route{Prefix: "/a", Rewrite: route.Rewrite{TargetPath: "/"}}, "/a/x", "/x"},
		{"target path / and path", route.Route{Path: "/a", Rewrite: route.Rewrite{TargetPath: "/"}}, "/a", "/"},
		{"prefix_rewrite before target path", route.Route{Rewrite: route.Rewrite{TargetPath: "/base", Prefix: "/p"}}, "/x", "/p/x"},
		{"regex", route.Route{Rewrite: regex("^/service/([^/]+)(/.*)$", `\2/instance/\1`)}, "/service/foo/v1/api", "/v1/api/instance/foo"},
		{"regex, everywhere", route.Route{Rewrite: regex("one", "two")}, "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz"},
		{"regex, no match", route.Route{Rewrite: regex("^/x$", "/y")}, "/z", "/z"},
		{"regex, whole match and signs", route.Route{Rewrite: regex("^/x$", `\0/$1/\\`)}, "/x", "/x/$1/%5C"},
		{"regex makes a query", route.Route{Rewrite: regex("^/x(.*)$", `/y?q=\1#f`)}, "/x1", "/y%3Fq=1%23f"},
		{"regex before target path", route.Route{Rewrite: route.Rewrite{RegexPattern: "^/x", RegexSubstitution: "/y", TargetPath: "/base"}}, "/x", "/y"},
	}
	for _, tt := range tests {
		got, err := compiled(t, tt.r).UpstreamPath(clean(t, tt.in))
		if err != nil || got != tt.want {
			t.Errorf("%s: UpstreamPath(%q) = %q, %v; want %q", tt.name, tt.in, got, err, tt.want)
		}
	}
}

func TestARewriteCannotBeMadeToClimb(t *testing.T) {
	tests := []struct {
		r  route.Route
		in string
	}{
		{route.Route{Prefix: "/t", Rewrite: route.Rewrite{Prefix: "/tenant/"}}, "/t../other"},
		{route.Route{Prefix: "/t", Rewrite: route.Rewrite{Prefix: "/tenant/"}}, "/t.."},
		{route.Route{Prefix: "/t", Rewrite: route.Rewrite{Prefix: "/tenant/"}}, "/t..;x/other"},
		{route.Route{Prefix: "/t", Rewrite: route.Rewrite{Prefix: "/tenant/"}}, "/t..%2Fother"},
		{route.Route{Rewrite: route.Rewrite{RegexPattern: "^/t(.*)", RegexSubstitution: `/tenant/\1`}}, "/t../other"},
		{route.Route{Rewrite: route.Rewrite{RegexPattern: "x", RegexSubstitution: ""}}, "/a/.x./b"},
		{route.Route{Rewrite: route.Rewrite{RegexPattern: "^/t", RegexSubstitution: ""}}, "/tx"},
	}
	for _, tt := range tests {
		if got, err := compiled(t, tt.r).UpstreamPath(clean(t, tt.in)); !errors.Is(err, route.ErrRewrittenPath) || got != "" {
			t.Errorf("UpstreamPath(%q) = %q, %v; want %v", tt.in, got, err, route.ErrRewrittenPath)
		}
	}
}
