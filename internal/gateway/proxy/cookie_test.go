package proxy

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
)

// Another host of the domain may set a second session cookie, of a session of
// its own. Then nobody is signed in.
func TestTwoSessionsMeanNeither(t *testing.T) {
	for name, c := range map[string]Cookie{"host": {}, "domain": {Name: "_corp", Domain: "example.com"}} {
		w := newWorld(t, func(_ *world, cfg *Config) { cfg.Cookie = c })
		mine, _ := w.knownSession("app.example.com", nil)
		planted, _ := w.knownSession("app.example.com", nil)
		pair := func(c *http.Cookie) string { return c.Name + "=" + c.Value }
		for _, line := range []string{pair(planted) + "; " + pair(mine), pair(mine) + "; " + pair(planted)} {
			w.browser().Open("https://app.example.com/", "Cookie", line).WantRedirect("https://idp.example.com/")
			if w.Upstream.Got() != nil {
				t.Errorf("%s: %q reached the upstream", name, line)
			}
			if got := w.browser().Open("https://app.example.com/.pomerium/user", "Cookie", line); got.Status != 404 {
				t.Errorf("%s: /.pomerium/user: got %d for two sessions, want nobody", name, got.Status)
			}
		}
		w.browser().Open("https://app.example.com/", "Cookie", pair(mine)+"; "+pair(mine)).Want(200)
	}
}

// A configured name without "__Host-" can be set by every host of the domain. So
// it is a copy, and another cookie decides.
func TestAConfiguredNameDoesNotDecide(t *testing.T) {
	w := newWorld(t, func(_ *world, cfg *Config) { cfg.Cookie.Name = "_corp" })
	b := w.browser()
	signInAt(b, "https://app.example.com/").Want(200)
	if got := w.Upstream.Got().Header.Get("Cookie"); got != "" {
		t.Errorf("upstream got Cookie %q, want none of ours", got)
	}
	copied, deciding := b.Cookie("https://app.example.com/", "_corp"), b.Cookie("https://app.example.com/", "__Host-_corp")
	if copied == "" || copied != deciding {
		t.Errorf("got _corp = %q and __Host-_corp = %q, want one value", copied, deciding)
	}
	planted, _ := w.knownSession("app.example.com", map[string]any{"sub": "attacker"})
	w.browser().Open("https://app.example.com/", "Cookie", "_corp="+planted.Value).WantRedirect("https://idp.example.com/")
	w.browser().Open("https://app.example.com/.pomerium/user", "Cookie", "_corp="+planted.Value+"; __Host-_corp="+deciding).Want(200, `"u-1"`)
	b.Open("https://app.example.com/.pomerium/sign_out")
	if left := b.Cookie("https://app.example.com/", "_corp") + b.Cookie("https://app.example.com/", "__Host-_corp"); left != "" {
		t.Errorf("after signing out the browser has %q, want neither cookie", left)
	}
}

// Without TLS, browsers refuse the prefix.
func TestSessionNames(t *testing.T) {
	for _, tt := range []struct {
		cfg    Cookie
		secure bool
		want   string
	}{
		{Cookie{}, true, "__Host-_pomerium"},
		{Cookie{}, false, "_pomerium"},
		{Cookie{Name: "_corp"}, true, "__Host-_corp _corp"},
		{Cookie{Name: "_corp"}, false, "_corp"},
		{Cookie{Name: "__Host-corp"}, true, "__Host-corp"},
		{Cookie{Domain: "example.com"}, true, "_pomerium"},
		{Cookie{Domain: "app.example.com"}, true, "_pomerium"},
		{Cookie{Domain: "example.net"}, true, "__Host-_pomerium"},
		{Cookie{Domain: "ample.com", Name: "_corp"}, true, "__Host-_corp _corp"},
	} {
		if got := strings.Join(newCookies(tt.cfg, &keys{}, nil, time.Now).sessionNames("app.example.com", tt.secure), " "); got != tt.want {
			t.Errorf("%+v, TLS %t: got %q, want %q", tt.cfg, tt.secure, got, tt.want)
		}
	}
}

// ours are cookies that no upstream may set, in the spellings of a Set-Cookie
// line that a browser or a server could take for them.
var ours = []string{
	"__Host-_pomerium=x", "_pomerium=x", "_pomerium=x; Domain=example.com; Path=/", "_pomerium", "_pomerium;", " _pomerium =x", "\t_pomerium\t=x",
	"__host-_pomerium=x", "__HOST-_POMERIUM=x", "_Pomerium=x", "__Secure-_pomerium=x", "__Http-_pomerium=x", "__Host-Http-_pomerium=x",
	"=_pomerium=x", " = _pomerium=x", "==_pomerium=x", "=__Host-_pomerium=x", "=__Host-theirs=x",
	"_gatehouse_browser=x", "__Host-_gatehouse_attempt_12=x", "=_gatehouse_access=x", "__Host-_Gatehouse_Access=x",
	"CF_Authorization=x", "cf_authorization=x", "=CF_Authorization=x; Domain=example.com", "CF_Binding=x", "__Host-CF_Binding=x", "__Secure-CF_Authorization=x",
}

func TestUpstreamsCanNotSetOurCookies(t *testing.T) {
	c := newCookies(Cookie{}, &keys{}, newOtherFront(), time.Now)
	for _, line := range ours {
		if c.settable(line) {
			t.Errorf("%q may be set", line)
		}
	}
	for _, line := range []string{"theirs=1", "__Host-theirs=x; Path=/; Secure", "_pomerium2=x", "x_pomerium=x", "a=_pomerium=x", "=value", "flag", "x_gatehouse_=1", "CF_AuthorizationX=1", "__Secure-id=_pomerium"} {
		if !c.settable(line) {
			t.Errorf("%q may not be set, want it passed", line)
		}
	}
	if !newCookies(Cookie{}, &keys{}, nil, time.Now).settable("CF_Authorization=x") {
		t.Error("without a team domain an upstream may not set CF_Authorization, want it passed")
	}
	if newCookies(Cookie{Name: "__Host-Corp"}, &keys{}, nil, time.Now).settable("corp=x") {
		t.Error("a configured name may be set without its prefix")
	}
}

// The header of an answer, and that of an interim answer, are cleaned alike.
func TestOurCookiesAreTakenOutOfEveryAnswer(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		for _, line := range append(ours, "theirs=1") {
			rw.Header().Add("Set-Cookie", line)
		}
		rw.WriteHeader(http.StatusEarlyHints)
		rw.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Front = &otherFront{inactive: true}
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{Public: true}, func(r *Route) { r.To = to(upstream.URL) }))
	})
	interim := 0
	page := w.browser().Do(traced(t, "https://x.example.com:"+port+"/", func(h textproto.MIMEHeader) {
		interim++
		wantOnlyTheirs(t, "103", h["Set-Cookie"])
	}))
	wantOnlyTheirs(t, "200", page.Header["Set-Cookie"])
	if interim != 1 {
		t.Errorf("got %d interim answers, want 1", interim)
	}
}

func wantOnlyTheirs(t *testing.T, status string, lines []string) {
	t.Helper()
	if len(lines) != 1 || lines[0] != "theirs=1" {
		t.Errorf("%s: got Set-Cookie %q, want theirs=1 alone", status, lines)
	}
}

// traced returns a request that calls interim with the header of each interim
// answer.
func traced(t *testing.T, address string, interim func(textproto.MIMEHeader)) *http.Request {
	t.Helper()
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { interim(h); return nil },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
