package managedlogin

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/internal/base/page"
)

// Anybody can choose the query of a request. Whatever it is, the links that
// carry it stay on our pages.
func FuzzLinksKeepTheQuery(f *testing.F) {
	f.Add("client_id=a&state=b%20c", "")
	f.Add("\"><script>", "/us-east-1_Staff0001")
	f.Add("%zz&&=;#//evil.example.com", "")
	f.Fuzz(func(t *testing.T, query, base string) {
		if base != "" {
			base = "/us-east-1_Staff0001"
		}
		frame := Frame{Base: base, Query: query}
		body, err := page.Render(SignIn{Frame: frame, SignUp: true, Forgot: true}.Doc())
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(body), `href="`)[1:] {
			target, _, _ := strings.Cut(part, `"`)
			if !strings.HasPrefix(target, base+"/") && !strings.HasPrefix(target, "data:image/svg") {
				t.Errorf("a link leads to %q", target)
			}
		}
		if q, err := url.ParseQuery(query); err == nil {
			got, err := url.Parse(frame.anotherAccount())
			if err != nil || got.Path != base+"/login" || got.Query().Get("prompt") != "login" || got.Query().Get("state") != q.Get("state") {
				t.Errorf("anotherAccount() = %q, %v; want /login with prompt=login and the same state", frame.anotherAccount(), err)
			}
		}
	})
}

func FuzzCustomAttributeLabel(f *testing.F) {
	f.Add("custom:cost_centre")
	f.Add("dev:custom:é")
	f.Add("custom:")
	f.Fuzz(func(t *testing.T, name string) {
		got := customLabel(name)
		if got == "" || utf8.ValidString(name) && !utf8.ValidString(got) {
			t.Errorf("customLabel(%q) = %q", name, got)
		}
	})
}

func BenchmarkSignInPage(b *testing.B) {
	p := SignIn{Frame: Frame{Brand: "Example Staff", Query: "client_id=a", CSRF: "t"}, App: "Wiki", SignUp: true, Forgot: true}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := page.Render(p.Doc()); err != nil {
			b.Fatal(err)
		}
	}
}
