package authenticate

import (
	"errors"
	"net/http"
	"testing"
)

func TestMeant(t *testing.T) {
	const yes, ask, no = "yes", "ask", "no"
	for _, tt := range []struct {
		name, method string
		headers      []string
		want         string
	}{
		{"a link of the same host", "GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, yes},
		{"the address bar", "GET", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, yes},
		{"a program", "GET", nil, yes},
		{"a program with a name", "GET", []string{"User-Agent", "curl/8.5.0"}, yes},
		{"a browser without TLS", "GET", []string{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"}, ask},
		{"our form in a browser without TLS", "POST", []string{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "Origin", "https://app.example.com"}, yes},
		{"a link of another site", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, ask},
		{"a link of a sibling", "GET", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, ask},
		{"an image", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, no},
		{"an image of the same host", "GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, no},
		{"a frame", "GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, no},
		{"a script", "GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}, no},
		{"ahead of time", "GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Purpose", "prefetch;prerender"}, no},
		{"our form", "POST", []string{"Sec-Fetch-Site", "same-origin"}, yes},
		{"our form in an older browser", "POST", []string{"Origin", "https://app.example.com"}, yes},
		{"a form of another site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, ask},
		{"a form of another site in an older browser", "POST", []string{"Origin", "https://evil.example.net"}, ask},
	} {
		r, _ := http.NewRequest(tt.method, "https://app.example.com/.pomerium/sign_out", nil)
		for i := 0; i < len(tt.headers); i += 2 {
			r.Header.Set(tt.headers[i], tt.headers[i+1])
		}
		meant, err := Meant(r)
		got := map[bool]string{true: yes, false: ask}[meant]
		if errors.Is(err, ErrNotMeant) {
			got = no
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
