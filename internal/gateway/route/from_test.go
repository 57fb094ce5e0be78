package route_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestParseFrom(t *testing.T) {
	tests := []struct {
		text  string
		want  route.From
		print string
	}{
		{"https://app.example.com", route.From{Scheme: "https", Host: "app.example.com"}, ""},
		{"HTTPS://App.Example.COM.", route.From{Scheme: "https", Host: "app.example.com"}, "https://app.example.com"},
		{"https://app.example.com/", route.From{Scheme: "https", Host: "app.example.com"}, "https://app.example.com"},
		{"https://app.example.com:443", route.From{Scheme: "https", Host: "app.example.com"}, "https://app.example.com"},
		{"https://app.example.com:8443", route.From{Scheme: "https", Host: "app.example.com", Port: "8443"}, ""},
		{"https://app.example.com:08443", route.From{Scheme: "https", Host: "app.example.com", Port: "8443"}, "https://app.example.com:8443"},
		{"http://app.example.com:80", route.From{Scheme: "http", Host: "app.example.com"}, "http://app.example.com"},
		{"http://app.example.com:443", route.From{Scheme: "http", Host: "app.example.com", Port: "443"}, ""},
		{"https://*.example.com", route.From{Scheme: "https", Host: "*.example.com"}, ""},
		{"https://a-*.b*c.example.com", route.From{Scheme: "https", Host: "a-*.b*c.example.com"}, ""},
		{"https://*", route.From{Scheme: "https", Host: "*"}, ""},
		{"https://bücher.example", route.From{Scheme: "https", Host: "xn--bcher-kva.example"}, "https://xn--bcher-kva.example"},
		{"https://in_house", route.From{Scheme: "https", Host: "in_house"}, ""},
		{"https://10.0.0.1", route.From{Scheme: "https", Host: "10.0.0.1"}, ""},
		{"https://[2001:DB8::0:1]:8443", route.From{Scheme: "https", Host: "2001:db8::1", Port: "8443"}, "https://[2001:db8::1]:8443"},
		{"https://[::1]", route.From{Scheme: "https", Host: "::1"}, ""},
	}
	for _, tt := range tests {
		got, err := route.ParseFrom(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseFrom(%q) = %+v, %v; want %+v", tt.text, got, err, tt.want)
			continue
		}
		if tt.print == "" {
			tt.print = tt.text
		}
		if got.String() != tt.print {
			t.Errorf("ParseFrom(%q).String() = %q, want %q", tt.text, got, tt.print)
		}
		if got.Wildcard() != strings.Contains(tt.text, "*") {
			t.Errorf("ParseFrom(%q).Wildcard() = %v", tt.text, got.Wildcard())
		}
	}
}

func TestParseFromRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "found no scheme",
		"app.example.com":                      `did you mean "https://app.example.com"?`,
		"//app.example.com":                    `did you mean "https://app.example.com"?`,
		"app.example.com:8443":                 `did you mean "https://app.example.com:8443"?`,
		"ftp://app.example.com":                "expected the scheme https",
		"https://":                             "expected a host name",
		"https://app.example.com/x":            "expected no path; write prefix: /x",
		"https://app.example.com?x=1":          "expected no query",
		"https://app.example.com#x":            "expected no query and no fragment",
		"https://bob@app.example.com":          "expected no user name",
		"https://app.example.com:":             "expected a port",
		"https://app.example.com:0":            "expected a port",
		"https://app.example.com:99999":        "expected a port",
		"https://app.example.com:http":         "expected a port",
		"https://a..b":                         "expected a host name",
		"https://a b":                          "expected a host name",
		"https://a\x00b":                       "expected a host name",
		"https://a%2eb":                        "expected a host name",
		"https://[::1":                         "expected a port",
		"https://[app.example.com]":            "expected a port",
		"https://[fe80::1%25eth0]":             "expected a host name",
		"https://" + strings.Repeat("a", 64):   "expected a host name",
		"https://" + strings.Repeat("a.", 200): "expected a host name",
	} {
		_, err := route.ParseFrom(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFrom(%q): %v; want it to say %q", text, err, want)
		}
		if errors.Is(err, route.ErrUnsupported) {
			t.Errorf("ParseFrom(%q) is unsupported, want wrong", text)
		}
	}
}

func TestTunnelsAreKnownButNotSupported(t *testing.T) {
	for _, text := range []string{"tcp+https://db.example.com:5432", "tcp+https://proxy.example.com/db.example.com:5432", "udp+https://x:53", "ssh://host"} {
		from, err := route.ParseFrom(text)
		scheme, _, _ := strings.Cut(text, "://")
		if !errors.Is(err, route.ErrUnsupported) || from.Scheme != scheme {
			t.Errorf("ParseFrom(%q) = %+v, %v", text, from, err)
		}
	}
}

func FuzzParseFrom(f *testing.F) {
	for _, seed := range []string{"https://app.example.com:8443", "http://*.x", "https://[::1]:1", "https://bücher.example/", "tcp+https://a:1", "https://ß.example", "https://ａ.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, err := route.ParseFrom(text)
		if err != nil {
			if _, ok := errors.AsType[*route.Fault](err); !ok {
				t.Fatalf("%T is no *Fault", err)
			}
			return
		}
		again, err := route.ParseFrom(from.String())
		if err != nil || again != from {
			t.Fatalf("%q parses to %+v, which prints as %q and parses to %+v, %v", text, from, from, again, err)
		}
		if !from.Wildcard() {
			table := mustTable(t, &route.Route{From: from})
			if table.Match(from.Host, from.Port, "/") == nil {
				t.Fatalf("the host of %q does not match itself", from)
			}
		}
	})
}
