package proxy

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

// Whatever spelling of a host a client finds, it is refused, or the upstream sees
// the one name under which people know the application.
func TestTheUpstreamSeesOneSpellingOfAHost(t *testing.T) {
	for _, kept := range []bool{true, false} {
		t.Run(fmt.Sprintf("preserve_host_header %t", kept), func(t *testing.T) { oneSpellingOfAHost(t, kept) })
	}
}

func oneSpellingOfAHost(t *testing.T, kept bool) {
	w := newWorld(t, func(w *world, c *Config) {
		preserve := func(r *Route) { r.Rewrite.PreserveHost = kept }
		c.Routes = append(c.Routes,
			w.route("https://x.example.com", policy.Access{Public: true}, preserve),
			w.route("https://*.wild.example.com", policy.Access{Public: true}, preserve),
			w.route("https://own.example.com:9000", policy.Access{Public: true}, preserve),
			w.route("https://[2001:db8::1]", policy.Access{Public: true}, preserve),
		)
	})
	const x, a = "x.example.com:" + port, "a.wild.example.com:" + port
	ok := map[string]string{
		"Host: x.example.com:" + port:                  x,
		"Host: x.example.com":                          x,
		"Host: x.example.com:":                         x,
		"Host: x.example.com:443":                      x,
		"Host: x.example.com:0" + port:                 x,
		"Host: x.example.com:1":                        x, // any port matches, and the public one is told
		"Host: X.Example.COM":                          x,
		"Host: x.example.com.":                         x,
		"Host: X.EXAMPLE.COM.:" + port:                 x,
		"Host:   x.example.com  ":                      x, // space around a value is none of its own
		"Host: a.wild.example.com.":                    a,
		"Host: A.Wild.example.com:00":                  "",
		"Host: own.example.com:9000":                   "own.example.com:9000",
		"Host: own.example.com:09000":                  "own.example.com:9000",
		"Host: own.example.com:9001":                   "404",
		"Host: [2001:DB8:0::1]:" + port:                "[2001:db8::1]:" + port,
		"Host: [2001:db8::1]":                          "[2001:db8::1]:" + port,
		"Host: x.example.com..":                        "",
		"Host: .wild.example.com":                      "",
		"Host: a..wild.example.com":                    "",
		"Host: *.wild.example.com":                     "",
		"Host: a,b.wild.example.com":                   "",
		"Host: a%00.wild.example.com":                  "",
		"Host: a;b.wild.example.com":                   "",
		"Host: a(b).wild.example.com":                  "",
		"Host: 'a'.wild.example.com":                   "",
		"Host: evil.example.net@x.example.com":         "",
		"Host: x.example.com@evil.example.net":         "",
		"Host: x.example.com evil.example.net":         "",
		"Host: x.example.com:8443,evil.example.net":    "",
		"Host: x.example.com,evil.example.net":         "",
		"Host: x.example.com:port":                     "",
		"Host: x.example.com:-1":                       "",
		"Host: x.example.com:+1":                       "",
		"Host: x.example.com:0":                        "",
		"Host: x.example.com:65536":                    "",
		"Host: x.example.com:80:80":                    "",
		"Host: x.example.com/y":                        "",
		"Host: x.example.com?":                         "",
		"Host: x.example.com#":                         "",
		`Host: x.example.com\y`:                        "",
		"Host: [x.example.com]":                        "",
		"Host: [2001:db8::1":                           "",
		"Host: 2001:db8::1":                            "",
		"Host: [2001:db8::1%25eth0]":                   "",
		"Host: [2001:db8::1]x":                         "",
		"Host: bücher.wild.example.com":                "",
		"Host:":                                        "",
		"Accept: */*":                                  "", // no Host
		"Host: x.example.com\nHost: x.example.com":     "",
		"Host: x.example.com\nHost: admin.example.com": "",
	}
	for header, want := range ok {
		got := w.exchange("GET / HTTP/1.1\n" + header + "\nX-Forwarded-Host: evil.example.net\nForwarded: host=evil.example.net\n\n")
		wantTarget(t, w, header, got, "/", want, kept)
	}
	for target, want := range map[string]string{
		"https://x.example.com:" + port + "/y":     x,
		"https://X.example.com./y":                 x,
		"http://x.example.com/y":                   x, // the scheme is the route's
		"https://x.example.com:1,evil.example/y":   "",
		"https://x.example.com:0/y":                "",
		"https://user@x.example.com/y":             "",
		"https://user:secret@x.example.com/y":      "",
		"https://x.example.com@evil.example.net/y": "",
		"https:y":   "", // no path: the upstream would see another than the policy
		"x:admin/y": "",
		"x:%2Fy":    "",
		"*":         "",
		"y":         "",
	} {
		header := "Host: admin.example.com"
		if !strings.Contains(target, "//") {
			header = "Host: x.example.com"
		}
		wantTarget(t, w, target, w.exchange("GET "+target+" HTTP/1.1\n"+header+"\n\n"), "/y", want, kept)
	}
}

// wantTarget checks what became of a request: want is the host that the upstream
// sees, a status, or "" for 400. A kept host is in Host alone, another in
// X-Forwarded-Host.
func wantTarget(t *testing.T, w *world, asked string, answer *http.Response, path, want string, kept bool) {
	t.Helper()
	got := w.Upstream.Got()
	switch {
	case want == "" || want == "404":
		status := 400
		if want == "404" {
			status = 404
		}
		if got != nil || answer.StatusCode != status {
			t.Errorf("%q: got %d, upstream %t, want %d and nothing sent", asked, answer.StatusCode, got != nil, status)
		}
	case got == nil:
		t.Errorf("%q: got %d, want it to reach the upstream", asked, answer.StatusCode)
	case kept && (got.Host != want || got.Header["X-Forwarded-Host"] != nil), !kept && !slices.Equal(got.Header["X-Forwarded-Host"], []string{want}),
		got.RequestURI != path || got.Header.Get("Forwarded") != "":
		t.Errorf("%q: the upstream got %s at %s, X-Forwarded-Host %q; want %s at %s", asked, got.RequestURI, got.Host, got.Header["X-Forwarded-Host"], path, want)
	}
}

// Where nobody signs in, no key says which port people use.
func TestWithoutSignInTheRequestNamesThePort(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { c.AuthenticateURL = NoSignIn })
	for asked, want := range map[string]string{
		"public.example.com:1234": "public.example.com:1234", "Public.example.com:443": "public.example.com", "public.example.com": "public.example.com",
	} {
		r := httptest.NewRequest("GET", "https://public.example.com/", nil)
		r.Host = asked
		w.gateway.ServeHTTP(httptest.NewRecorder(), r)
		if got := w.Upstream.Got(); got == nil || got.Header.Get("X-Forwarded-Host") != want {
			t.Errorf("%s: got %v, want X-Forwarded-Host %s", asked, got, want)
		}
	}
}
