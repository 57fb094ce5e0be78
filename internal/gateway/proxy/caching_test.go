package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
)

// speaker is an upstream that answers with headers.
func speaker(t *testing.T, headers ...string) []Upstream {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			rw.Header().Add(headers[i], headers[i+1])
		}
		io.WriteString(rw, "page")
	}))
	t.Cleanup(server.Close)
	return to(server.URL)
}

// sets sets a header that goes upstream.
func sets(value string) func(*Route) {
	return func(r *Route) { r.SetRequestHeaders = map[string]string{"X-Token": value} }
}

// A browser that keeps the page of one person must not show it to the next.
func TestPersonalAnswersAreNotShownToTheNextPerson(t *testing.T) {
	const again = "private, no-cache"
	tests := []struct {
		name    string
		access  policy.Access
		change  func(*Route)
		control string // the Cache-Control that the browser gets
	}{
		{"no word", policy.Access{AnyUser: true}, nil, again},
		{"an empty word", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t, "Cache-Control", "") }, again},
		{"a validator is no word", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t, "ETag", `"1"`, "Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT") }, again},
		{"its own word", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t, "Cache-Control", "public, max-age=60") }, "public, max-age=60"},
		{"its own Expires", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t, "Expires", "0") }, ""},
		{"its own Pragma", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t, "Pragma", "no-cache") }, "no-cache"}, // net/http says it in both headers
		{"the file's word", policy.Access{AnyUser: true}, func(r *Route) { r.SetResponseHeaders = map[string]string{"cache-control": "no-store"} }, "no-store"},
		{"a fixed answer", policy.Access{AnyUser: true}, func(r *Route) { r.To, r.Response = nil, &Response{Status: 200, Body: "x"} }, again},
		{"a redirect", policy.Access{AnyUser: true}, func(r *Route) { r.To, r.Redirect = nil, &route.Redirect{Host: "y.example.com", Code: 301} }, again},
		{"a public page that is told who reads it", policy.Access{Public: true}, func(r *Route) { r.PassIdentity = true }, again},
		{"a public page that gets the ID token", policy.Access{Public: true}, sets("Bearer ${pomerium.id_token}"), again},
		{"a public page that gets the access token", policy.Access{Public: true}, sets("$pomerium.access_token"), again},
		{"a public page that gets the assertion", policy.Access{Public: true}, sets("${pomerium.jwt}"), again},
		{"a public page that gets a fixed header", policy.Access{Public: true}, sets("pomerium"), ""},
		{"a public page that is not", policy.Access{Public: true}, nil, ""},
		{"a public fixed answer", policy.Access{Public: true}, func(r *Route) { r.To, r.Response = nil, &Response{Status: 200, Body: "x"} }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(w *world, c *Config) {
				c.Routes = append(c.Routes, w.route("https://x.example.com", tt.access, func(r *Route) {
					r.To = speaker(t)
					if tt.change != nil {
						tt.change(r)
					}
				}))
			})
			cookie, _ := w.knownSession("x.example.com", nil)
			h := w.browser().Step().Open("https://x.example.com/", "Cookie", cookie.Name+"="+cookie.Value).Header
			if got := h.Get("Cache-Control"); got != tt.control {
				t.Errorf("got Cache-Control %q, want %q", got, tt.control)
			}
		})
	}
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t) }),
			w.route("https://own.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.To = speaker(t, "Cache-Control", "no-cache") }))
	})
	for host, want := range map[string]string{"x.example.com": again + ", no-store", "own.example.com": "no-cache"} {
		cookie, _ := w.knownSession(host, nil)
		h := w.browser().Step().Open("https://"+host+"/", "Cookie", cookie.Name+"="+cookie.Value, "Sec-Fetch-Mode", "navigate").Header
		if got := h.Get("Cache-Control"); got != want {
			t.Errorf("a page in a window at %s: got Cache-Control %q, want %q", host, got, want)
		}
	}
	// A browser that does not say what it asks for.
	for accept, want := range map[string]string{"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8": again + ", no-store", "*/*": again} {
		cookie, _ := w.knownSession("x.example.com", nil)
		h := w.browser().Step().Open("https://x.example.com/", "Cookie", cookie.Name+"="+cookie.Value, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "Accept", accept).Header
		if got := h.Get("Cache-Control"); got != want {
			t.Errorf("an old browser that accepts %s: got Cache-Control %q, want %q", accept, got, want)
		}
	}
	if got := w.browser().Open("https://public.example.com/").Header.Get("Cache-Control"); got != "" {
		t.Errorf("a public page without a session: got Cache-Control %q, want none", got)
	}
}

// The built-in headers are for applications that send none. They never loosen what
// an application asks of browsers.
func TestBuiltInHeadersLoosenNothing(t *testing.T) {
	const ours, longer = builtInTransportSecurity, "max-age=63072000; includeSubDomains"
	tests := []struct {
		name, theirs, want string
		change             func(*Route)
	}{
		{"X-Frame-Options", "DENY", "DENY", nil},
		{"X-Frame-Options", " deny ", "deny", nil},
		{"X-Frame-Options", "SAMEORIGIN, DENY", "SAMEORIGIN, DENY", nil},
		{"X-Frame-Options", "ALLOWALL", "SAMEORIGIN", nil},
		{"X-Frame-Options", "", "SAMEORIGIN", nil},
		{"X-Frame-Options", "DENY", "SAMEORIGIN", func(r *Route) { r.SetResponseHeaders = map[string]string{"x-frame-options": "SAMEORIGIN"} }},
		{"Strict-Transport-Security", longer, longer, nil},
		{"Strict-Transport-Security", `max-age="63072000" ; INCLUDESUBDOMAINS`, `max-age="63072000" ; INCLUDESUBDOMAINS`, nil},
		{"Strict-Transport-Security", "max-age=63072000", ours, nil}, // without the subdomains
		{"Strict-Transport-Security", "max-age=0; includeSubDomains", ours, nil},
		{"Strict-Transport-Security", "max-age=99999999999999999999; includeSubDomains", "max-age=99999999999999999999; includeSubDomains", nil},
		{"Strict-Transport-Security", "max-age=-1; includeSubDomains", ours, nil},
		{"Strict-Transport-Security", "nonsense", ours, nil},
	}
	for _, tt := range tests {
		w := newWorld(t, func(w *world, c *Config) {
			c.TLS = true
			public(func(r *Route) {
				r.To = speaker(t, tt.name, tt.theirs)
				if tt.change != nil {
					tt.change(r)
				}
			})(w, c)
		})
		if got := w.browser().Open("https://x.example.com/").Header.Values(tt.name); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %q: got %q, want %q", tt.name, tt.theirs, got, tt.want)
		}
	}
}
