package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/gateway/upstream"
)

func TestTemplates(t *testing.T) {
	v := &values{
		tokens: session.Tokens{ID: "idt", Access: "at"}, assertion: func() string { return "jwt" },
		header: upstream.Lines{{Name: "X-Name", Value: "value"}},
	}
	tests := []struct{ in, want string }{
		{"plain", "plain"},
		{"", ""},
		{"${pomerium.id_token}", "idt"},
		{"Bearer ${pomerium.access_token}!", "Bearer at!"},
		{"$pomerium.jwt", "jwt"},
		{"$pomerium.jwt.", "jwt."},
		{"a$pomerium.id_token-b", "aidt-b"},
		{"$$", "$"},
		{"$$pomerium.jwt", "$pomerium.jwt"},
		{"100$", "100$"},
		{"$x", "$x"},
		{"${pomerium.unknown}", ""},
		{"${unknown}", ""},
		{"${pomerium.id_token", "${pomerium.id_token"},
		{`${pomerium.request.headers["X-Name"]}`, "value"},
		{`${pomerium.request.headers["x-name"]}`, "value"},
		{`${pomerium.request.headers["X-}"]}`, ""},
		{"${pomerium.client_cert_fingerprint}${pomerium.client_cert_san_dns}", ""},
	}
	for _, tt := range tests {
		if got := parseTemplate(tt.in).expand(v); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := parseTemplate("${pomerium.id_token}").expand(&values{assertion: func() string { return "" }}); got != "" {
		t.Errorf("id_token without a signed-in user: got %q, want an empty text", got)
	}
}

// A text without "$" is a template of itself; no template ever makes a header
// that could end early.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "plain", "$$", "${pomerium.jwt}", `${pomerium.request.headers["A"]}`, "$pomerium.", "${", "${}"} {
		f.Add(s)
	}
	v := &values{assertion: func() string { return "jwt" }, header: upstream.Lines{}}
	f.Fuzz(func(t *testing.T, s string) {
		tpl := parseTemplate(s)
		if len(tpl)%2 != 1 {
			t.Fatalf("%q: texts and references do not take turns: %q", s, tpl)
		}
		got := tpl.expand(v)
		if !strings.Contains(s, "$") && got != s {
			t.Errorf("%q: got %q, want itself", s, got)
		}
		if len(tpl) > 1 && strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%q: got %q, with a control character", s, got)
		}
	})
}

// Only what was signed, and all of it, passes.
func FuzzSignedLink(f *testing.F) {
	l, _ := newLinks(secret("shared"))
	now := time.Unix(1_800_000_000, 0)
	good := l.sign("https://a.example.com/x", url.Values{"q": {"1"}}, now)
	_, query, _ := strings.Cut(good, "?")
	f.Add(query)
	f.Add("")
	f.Add(query + "&q=2")
	f.Add("pomerium_signature=&pomerium_issued=1&pomerium_expiry=9999999999")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := l.check("https://a.example.com/x", raw, now)
		if err == nil && (len(q) != 3 || q.Get("q") != "1") {
			t.Errorf("%q passed as %v", raw, q)
		}
		if _, err := l.check("https://b.example.com/x", raw, now); err == nil {
			t.Errorf("%q passed at another host", raw)
		}
	})
}

// Whatever cookies come, ours never pass and no handle is made of them.
func FuzzCookies(f *testing.F) {
	box, _ := seal.NewBox(secret("cookie"), "x")
	c := newCookies(Cookie{}, &keys{cookies: box}, nil, time.Now)
	for _, s := range []string{"", "a=1; b=2", "_pomerium=x", "__Host-_pomerium=\"x\"; a", ";;=;", "a=1;_pomerium"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r := &http.Request{Header: http.Header{"Cookie": {line}}}
		if h := c.handle(r, "a.example.com", true); h != "" {
			t.Errorf("%q: made a handle", line)
		}
		again := c.strip(line)
		r.Header.Set("Cookie", again)
		for _, ck := range r.Cookies() {
			if c.own(ck.Name) {
				t.Errorf("%q: %s stays in %q", line, ck.Name, r.Header.Get("Cookie"))
			}
		}
		if twice := c.strip(again); twice != again {
			t.Errorf("%q: stripping twice gives %q, then %q", line, again, twice)
		}
	})
}

func TestFormOf(t *testing.T) {
	tests := []struct {
		accept string
		want   form
	}{
		{"", formHTML}, {"*/*", formHTML}, {"text/html", formHTML}, {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", formHTML},
		{"application/json", formJSON}, {"application/json, text/plain, */*", formJSON}, {"text/plain", formPlain}, {"text/*", formHTML},
		{"image/png", formPlain}, {"text/html;q=0, */*", formJSON}, {"application/*;q=0.2, text/html;q=0.1", formJSON}, {"text/html;q=2", formPlain},
	}
	for _, tt := range tests {
		r := &http.Request{Header: http.Header{}}
		if tt.accept != "" {
			r.Header.Set("Accept", tt.accept)
		}
		if got := formOf(r); got != tt.want {
			t.Errorf("Accept %q: got form %d, want %d", tt.accept, got, tt.want)
		}
	}
}

func TestParseSameSite(t *testing.T) {
	for text, want := range map[string]http.SameSite{
		"": http.SameSiteLaxMode, "lax": http.SameSiteLaxMode, "strict": http.SameSiteStrictMode, "none": http.SameSiteNoneMode,
	} {
		if got, ok := ParseSameSite(text); got != want || !ok {
			t.Errorf("ParseSameSite(%q): got %v, %t, want %v, true", text, got, ok, want)
		}
	}
	if got, ok := ParseSameSite("Lax "); ok {
		t.Errorf("ParseSameSite took %q as %v", "Lax ", got)
	}
}
