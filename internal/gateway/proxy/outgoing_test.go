package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"gatehouse/internal/gateway/upstream"
)

// A path is sent as net/http sends it.
func TestPathsAreSentAsNetHTTPSendsThem(t *testing.T) {
	for _, path := range paths {
		comparePath(t, path)
	}
}

var paths = []string{
	"", "/", "/a/b", "//a", "/a%2Fb", "/a%2fb", "/%", "/%2", "/%2g", "/%zz", "/a b", "/a\"b", "/caf\xe9", "/caf%C3%A9", "/!$&'()*+,;=:@-._~", "/[a]", "/a?b", "/a#b", "/<>^`{|}\\", "*", "a/b", "/\x7f", "/%00", "/a%20b c",
}

func comparePath(t *testing.T, path string) {
	t.Helper()
	u := url.URL{Scheme: "http", Host: "app.internal"}
	setPath(&u, path)
	if got, want := sentPath(path), u.RequestURI(); got != want {
		t.Errorf("%q is sent as %q, want %q", path, got, want)
	}
}

func FuzzPaths(f *testing.F) {
	for _, path := range paths {
		f.Add(path)
	}
	f.Fuzz(comparePath)
}

// Each line of a header stays one, and of each line of cookies goes on what is not ours.
func TestLinesOfAClient(t *testing.T) {
	f := newWorld(t, nil).gateway.live.Load().chain.forwarder
	var got upstream.Lines
	f.writePassing(&got, http.Header{
		"Accept": {"a", "b"}, "Cookie": {"a=1; _pomerium=x", "_pomerium=y", "b=2"}, "Authorization": {"Basic x", "Bearer Pomerium-y"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Empty": {""}, headerAssertion: {"forged"},
	}, f.reserved, &compiledRoute{Route: &Route{}})
	want := upstream.Lines{{Name: "Accept", Value: "a"}, {Name: "Accept", Value: "b"}, {Name: "Cookie", Value: "a=1"}, {Name: "Cookie", Value: "b=2"}, {Name: "X-Empty", Value: ""}}
	slices.SortStableFunc(got, func(a, b upstream.Line) int { return slices.Compare([]string{a.Name}, []string{b.Name}) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The spelling of one name takes the place of another that is spelled so already.
func TestSpellingOfLines(t *testing.T) {
	got := upstream.Lines{{Name: "DNT", Value: "old"}, {Name: "Sec-Ch-Ua", Value: "1"}, {Name: "Dnt", Value: "1"}, {Name: "Accept", Value: "x"}, {Name: "Dnt", Value: "2"}, {Name: "Etag", Value: "3"}}
	newSpellings(nil).rename(&got)
	if want := (upstream.Lines{{Name: "Sec-CH-UA", Value: "1"}, {Name: "DNT", Value: "1"}, {Name: "Accept", Value: "x"}, {Name: "DNT", Value: "2"}, {Name: "ETag", Value: "3"}}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
