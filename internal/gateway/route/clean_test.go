package route_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestClean(t *testing.T) {
	tests := []struct {
		in   string
		want route.Cleaned
	}{
		{"/", route.Cleaned{Path: "/", Escaped: "/"}},
		{"", route.Cleaned{Path: "/", Escaped: "/"}},
		{"/a/b.c/~d/$&'()*+,=:@!-_", route.Cleaned{Path: "/a/b.c/~d/$&'()*+,=:@!-_", Escaped: "/a/b.c/~d/$&'()*+,=:@!-_"}},
		{"/.well-known/x", route.Cleaned{Path: "/.well-known/x", Escaped: "/.well-known/x"}},
		{"/.../x", route.Cleaned{Path: "/.../x", Escaped: "/.../x"}},
		// Escapes of what needs none are undone, others are in capitals.
		{"/%61dmin", route.Cleaned{Path: "/admin", Escaped: "/admin"}},
		{"/%41%2d%7E", route.Cleaned{Path: "/A-~", Escaped: "/A-~"}},
		{"/caf%c3%a9", route.Cleaned{Path: "/café", Escaped: "/caf%C3%A9"}},
		{"/café", route.Cleaned{Path: "/café", Escaped: "/caf%C3%A9"}},
		{"/a%20b", route.Cleaned{Path: "/a b", Escaped: "/a%20b"}},
		{"/c%2B%2B", route.Cleaned{Path: "/c++", Escaped: "/c%2B%2B"}},
		{"/a%3Fb%23c", route.Cleaned{Path: "/a?b#c", Escaped: "/a%3Fb%23c"}},
		{"/100%25", route.Cleaned{Path: "/100%", Escaped: "/100%25"}},
		// Slashes and dots.
		{"//a///b//", route.Cleaned{Path: "/a/b/", Escaped: "/a/b/"}},
		{"/a/./b/../c", route.Cleaned{Path: "/a/c", Escaped: "/a/c"}},
		{"/a/b/..", route.Cleaned{Path: "/a/", Escaped: "/a/"}},
		{"/a/.", route.Cleaned{Path: "/a/", Escaped: "/a/"}},
		{"/../../a", route.Cleaned{Path: "/a", Escaped: "/a"}},
		{"/..", route.Cleaned{Path: "/", Escaped: "/"}},
		{"/public/%2e%2E/admin", route.Cleaned{Path: "/admin", Escaped: "/admin"}},
		{"/public/.%2e/admin", route.Cleaned{Path: "/admin", Escaped: "/admin"}},
		{"/public/..//admin", route.Cleaned{Path: "/admin", Escaped: "/admin"}},
		// Parameters are kept, and both readings are given.
		{"/a;v=1/b", route.Cleaned{Path: "/a;v=1/b", Escaped: "/a;v=1/b", Alternate: "/a/b"}},
		{"/a%3Bv=1/b", route.Cleaned{Path: "/a;v=1/b", Escaped: "/a%3Bv=1/b", Alternate: "/a/b"}},
		{"/;/admin", route.Cleaned{Path: "/;/admin", Escaped: "/;/admin", Alternate: "/admin"}},
		// Escaped twice: for who unescapes twice, another reading.
		{"/a%252Fb", route.Cleaned{Path: "/a%2Fb", Escaped: "/a%252Fb", Alternate: "/a/b"}},
		{"/a%255Cb", route.Cleaned{Path: "/a%5Cb", Escaped: "/a%255Cb", Alternate: "/a/b"}},
		{"/%2561dmin", route.Cleaned{Path: "/%61dmin", Escaped: "/%2561dmin", Alternate: "/admin"}},
		{"/%252561dmin", route.Cleaned{Path: "/%2561dmin", Escaped: "/%252561dmin", Alternate: "/admin"}},
		{"/%25c3%25a9", route.Cleaned{Path: "/%c3%a9", Escaped: "/%25c3%25a9", Alternate: "/é"}},
		{"/a%2520b", route.Cleaned{Path: "/a%20b", Escaped: "/a%2520b", Alternate: "/a b"}},
		{"/100%25ab.txt", route.Cleaned{Path: "/100%ab.txt", Escaped: "/100%25ab.txt", Alternate: "/100\xab.txt"}},
		{"/50%25FFx", route.Cleaned{Path: "/50%FFx", Escaped: "/50%25FFx", Alternate: "/50\xffx"}},
		{"/%25e9t%25e9", route.Cleaned{Path: "/%e9t%e9", Escaped: "/%25e9t%25e9", Alternate: "/\xe9t\xe9"}},
		{"/a%0Ab%25ab", route.Cleaned{Path: "/a\nb%ab", Escaped: "/a%0Ab%25ab", Alternate: "/a\nb\xab"}},
		{"/%25%32%35", route.Cleaned{Path: "/%25", Escaped: "/%2525", Alternate: "/%"}},
		// Control characters that come escaped stay so.
		{"/a%0Ab%09%0d%7f%1B", route.Cleaned{Path: "/a\nb\t\r\x7f\x1b", Escaped: "/a%0Ab%09%0D%7F%1B"}},
	}
	for _, tt := range tests {
		got, err := route.Cleaning{}.Clean(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("Clean(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
	}
}

func TestCleanRefuses(t *testing.T) {
	tests := []struct {
		in   string
		want error
	}{
		{"*", route.ErrPathForm},
		{"admin", route.ErrPathForm},
		{"/a%00b", route.ErrPathForm},
		{"/a\x00b", route.ErrPathForm},
		{"/a\nb", route.ErrPathForm},
		{"/a\x7f", route.ErrPathForm},
		{"/a%2500b", route.ErrPathForm},                           // for who unescapes twice
		{"/a%25252500b", route.ErrPathForm},                       // or more often
		{"/a;x=%2500/b", route.ErrPathForm},                       // and keeps parameters
		{"/public/%25c0%25ae%25c0%25ae/admin", route.ErrPathForm}, // broken UTF-8 for who unescapes twice
		{"/public/%25C0%25AF", route.ErrPathForm},
		{"/public/%25e0%2580%25af", route.ErrPathForm},
		{"/public/%2525c0%2525ae", route.ErrPathForm},
		{"/public/%25c0%2525ae", route.ErrPathForm},
		{"/a%250Ab", route.ErrPathForm}, // a control character for who unescapes twice
		{"/a%252525%30Ab", route.ErrPathForm},
		{"/a%257fb", route.ErrPathForm},
		{"/a%2585b", route.ErrPathForm},      // a line break in Latin-1
		{"/a%25c2%2585b", route.ErrPathForm}, // and in UTF-8
		{"/%25c1%259c", route.ErrPathForm},
		{"/%25f0%2580%2580%25af", route.ErrPathForm},
		{"/%25f8%2580%2580%2580%25af", route.ErrPathForm},
		{"/a;x=%25c0%25ae/b", route.ErrPathForm},
		{"/a%", route.ErrPathForm},
		{"/a%2", route.ErrPathForm},
		{"/a%zz", route.ErrPathForm},
		{"/a%c0%afb", route.ErrPathForm},      // overlong slash
		{"/%c0%ae%c0%ae/", route.ErrPathForm}, // overlong dots
		{"/\xff", route.ErrPathForm},
		{"/public%2f..%2fadmin", route.ErrEscapedSlash},
		{"/a%2Fb", route.ErrEscapedSlash},
		{"/a%5Cb", route.ErrEscapedSlash},
		{`/a\b`, route.ErrEscapedSlash},
		{`/public\..\admin`, route.ErrEscapedSlash},
		{"/public/..;/admin", route.ErrDotSegments},
		{"/public/..;x=1/admin", route.ErrDotSegments},
		{"/public/%2e%2e%3b/admin", route.ErrDotSegments},
		{"/public/.;/x", route.ErrDotSegments},
		// For who unescapes twice, or more often.
		{"/public/..%252fadmin", route.ErrDotSegments},
		{"/public/%252e%252e/admin", route.ErrDotSegments},
		{"/public/%252E%252E/admin", route.ErrDotSegments},
		{"/public/.%252e/admin", route.ErrDotSegments},
		{"/public/%252e/admin", route.ErrDotSegments},
		{"/public/%252e%252e%252fadmin", route.ErrDotSegments},
		{"/public/%252e%252e%255cadmin", route.ErrDotSegments},
		{"/public/%25252e%25252e/admin", route.ErrDotSegments},
		{"/public/%25%32%65%25%32%65/admin", route.ErrDotSegments},
		{"/public/%252e%252e%253bx/admin", route.ErrDotSegments},
		{"/public/%252e%252e", route.ErrDotSegments},
	}
	for _, tt := range tests {
		if got, err := (route.Cleaning{}).Clean(tt.in); !errors.Is(err, tt.want) || got != (route.Cleaned{}) {
			t.Errorf("Clean(%q) = %+v, %v; want %v", tt.in, got, err, tt.want)
		}
	}
}

func TestEscapedSlashes(t *testing.T) {
	type cleaned = route.Cleaned
	tests := []struct {
		action route.SlashAction
		in     string
		want   cleaned
		err    error
	}{
		{route.SlashKeep, "/api/group%2fproject", cleaned{Path: "/api/group%2Fproject", Escaped: "/api/group%2Fproject", Alternate: "/api/group/project"}, nil},
		{route.SlashKeep, `/a\b`, cleaned{Path: "/a%5Cb", Escaped: "/a%5Cb", Alternate: "/a/b"}, nil},
		{route.SlashKeep, "/public%2f..%2fadmin", cleaned{}, route.ErrDotSegments},
		{route.SlashKeep, "/public/..%5cadmin", cleaned{}, route.ErrDotSegments},
		{route.SlashKeep, "/a%2f%2fb", cleaned{Path: "/a%2F%2Fb", Escaped: "/a%2F%2Fb", Alternate: "/a/b"}, nil},
		{route.SlashUnescape, "/a%2fb%5cc", cleaned{Path: "/a/b/c", Escaped: "/a/b/c"}, nil},
		{route.SlashUnescape, "/public%2f..%2fadmin", cleaned{Path: "/admin", Escaped: "/admin"}, nil},
		{route.SlashUnescape, "/a%2f%2fb", cleaned{Path: "/a/b", Escaped: "/a/b"}, nil},
		{route.SlashRedirect, "/a%2Fb", cleaned{Path: "/a/b", Escaped: "/a/b", Redirect: true}, nil},
		{route.SlashRedirect, "/%2Fevil.example", cleaned{Path: "/evil.example", Escaped: "/evil.example", Redirect: true}, nil},
		{route.SlashRedirect, "/a/b", cleaned{Path: "/a/b", Escaped: "/a/b"}, nil},
	}
	for _, tt := range tests {
		got, err := route.Cleaning{EscapedSlashes: tt.action}.Clean(tt.in)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("action %d: Clean(%q) = %+v, %v; want %+v, %v", tt.action, tt.in, got, err, tt.want, tt.err)
		}
	}
}

func TestARedirectNeverLeavesTheHost(t *testing.T) {
	c := route.Cleaning{EscapedSlashes: route.SlashRedirect, KeepDoubleSlashes: true}
	got, err := c.Clean("/%2Fevil.example")
	if err != nil || strings.HasPrefix(got.Escaped, "//") {
		t.Errorf("Clean = %+v, %v: as a Location it names another host", got, err)
	}
}

func TestCleaningTurnedOff(t *testing.T) {
	raw := route.Cleaning{KeepAsSent: true}
	got, err := raw.Clean("/%61/b//c%2d")
	if want := (route.Cleaned{Path: "/a/b/c-", Escaped: "/%61/b/c%2D"}); err != nil || got != want {
		t.Errorf("Clean = %+v, %v; want %+v", got, err, want)
	}
	for _, in := range []string{"/public/../admin", "/public/%2e%2e/admin", "/a/."} {
		if _, err := raw.Clean(in); !errors.Is(err, route.ErrDotSegments) {
			t.Errorf("Clean(%q): %v, want %v", in, err, route.ErrDotSegments)
		}
	}
	double := route.Cleaning{KeepDoubleSlashes: true}
	got, err = double.Clean("//admin//x")
	if want := (route.Cleaned{Path: "//admin//x", Escaped: "//admin//x", Alternate: "/admin/x"}); err != nil || got != want {
		t.Errorf("Clean = %+v, %v; want %+v", got, err, want)
	}
}

// FuzzClean: cleaning is idempotent; what comes out has no dot segment in any
// reading, no double slash unless asked for, and reads, for Go's own parser, as
// what was matched.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"/a/../b", "//x//", "/%2e%2e%2f", "/a;b/..;/c", "/a%5c..", "/%c3%a9", "/a%252fb", "/100%25ab", "/a%0A%2585", "/%25f0%2580", "/.", `/\..\`} {
		for options := range uint8(16) {
			f.Add(seed, options)
		}
	}
	f.Fuzz(func(t *testing.T, in string, options uint8) {
		c := route.Cleaning{KeepAsSent: options&1 != 0, KeepDoubleSlashes: options&2 != 0, EscapedSlashes: route.SlashAction(options >> 2 & 3)}
		got, err := c.Clean(in)
		if err != nil {
			return
		}
		again, err := c.Clean(got.Escaped)
		got.Redirect = false
		if err != nil || again != got {
			t.Fatalf("Clean(%q) = %+v, which cleans to %+v, %v", in, got, again, err)
		}
		for _, path := range []string{got.Path, got.Alternate, got.Escaped} {
			for segment := range strings.SplitSeq(path, "/") {
				if segment == "." || segment == ".." {
					t.Fatalf("Clean(%q) = %+v has a dot segment", in, got)
				}
			}
			if !c.KeepDoubleSlashes && strings.Contains(path, "//") {
				t.Fatalf("Clean(%q) = %+v has a double slash", in, got)
			}
		}
		u, err := url.ParseRequestURI(got.Escaped)
		if err != nil {
			// A path that begins with two slashes reads as a host there.
			if strings.HasPrefix(got.Escaped, "//") {
				return
			}
			t.Fatalf("Clean(%q) sends %q: %v", in, got.Escaped, err)
		}
		if c.EscapedSlashes != route.SlashKeep && !strings.HasPrefix(got.Escaped, "//") && u.Path != got.Path {
			t.Fatalf("Clean(%q) matches %q but sends %q", in, got.Path, u.Path)
		}
	})
}
