package proxy

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
)

// echo is an upstream that agrees to every upgrade, and keeps no request.
func echo(t *testing.T) []Upstream {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			return
		}
		conn, buf, _ := rw.(http.Hijacker).Hijack()
		defer conn.Close()
		fmt.Fprintf(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", r.Header.Get("Upgrade"))
		buf.Flush()
	}))
	t.Cleanup(server.Close)
	return to(server.URL)
}

// A script of any page can open a websocket, and the browser sends the person's
// cookies along: only pages that the route knows may.
func TestWebsocketsOfOtherOriginsAreRefused(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		socket := func(r *Route) { r.To, r.Upgrades = echo(t), []string{"websocket"} }
		c.Routes = append(c.Routes,
			w.route("https://ws.example.com", policy.Access{AnyUser: true}, func(r *Route) {
				socket(r)
				r.DependsOn = []string{"admin.example.com:" + port, "elsewhere.example.net"}
				r.Origins = []string{"https://console.example.net", "chrome-extension://abcdef"}
				r.SetResponseHeaders = map[string]string{"access-control-allow-origin": "https://cors.example.net/"}
			}),
			w.route("https://open.example.com", policy.Access{Public: true}, func(r *Route) {
				socket(r)
				r.SetResponseHeaders = map[string]string{"Access-Control-Allow-Origin": "*"}
			}),
			w.route("https://*.pages.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.DependsOn = []string{"WS.example.com"} }),
		)
	})
	cookies := map[string]string{}
	for _, host := range []string{"ws.example.com", "open.example.com"} {
		cookie, _ := w.knownSession(host, nil)
		cookies[host] = cookie.Name + "=" + cookie.Value
	}
	dial := func(host, cookie, origin string) int {
		request := "GET / HTTP/1.1\nHost: " + host + ":" + port + "\nConnection: Upgrade\nUpgrade: websocket\n"
		if cookie != "" {
			request += "Cookie: " + cookie + "\n"
		}
		if origin != "" {
			request += "Origin: " + origin + "\n"
		}
		return w.raw(request + "\n")
	}
	for origin, want := range map[string]int{
		"https://ws.example.com:" + port:                  101,
		"https://WS.example.com:" + port:                  101,
		"":                                                101, // no browser
		"https://console.example.net":                     101, // by its key
		"chrome-extension://abcdef":                       101,
		"https://cors.example.net":                        101, // by its CORS header
		"https://admin.example.com:" + port:               101, // it depends on it
		"https://a.pages.example.com:" + port:             101, // depends on it
		"http://ws.example.com:" + port:                   403,
		"https://ws.example.com":                          403, // another port is another origin
		"https://ws.example.com:1":                        403,
		"https://app.example.com:" + port:                 403, // a sibling
		"https://admin.example.com":                       403,
		"http://admin.example.com:" + port:                403,
		"https://elsewhere.example.net":                   403, // not ours
		"https://console.example.net.evil.net":            403,
		"https://evil.net#https://ws.example.com:" + port: 403,
		"http://console.example.net":                      403,
		"null":                                            403,
		"https://evil.example.net":                        403,
		"https://ws.example.com:" + port + ", https://evil.example.net":         403,
		"https://ws.example.com:" + port + "\nOrigin: https://evil.example.net": 403,
		"https://evil.example.net\nOrigin: https://ws.example.com:" + port:      403,
		"https://user@ws.example.com:" + port:                                   403,
		"https://ws.example.com:" + port + "/":                                  403,
		"file://":                                                               403,
	} {
		if got := dial("ws.example.com", cookies["ws.example.com"], origin); got != want {
			t.Errorf("Origin %q: got %d, want %d", origin, got, want)
		}
	}
	if got := dial("open.example.com", "", "https://evil.example.net"); got != 101 {
		t.Errorf("a public route without a session: got %d, want 101", got)
	}
	if got := dial("open.example.com", cookies["open.example.com"], "https://evil.example.net"); got != 403 {
		t.Errorf("a public route with a session: got %d, want 403: the application would be told who it is", got)
	}
}

func TestARefusedOriginIsInTheLog(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { c.Routes[0].To, c.Routes[0].Upgrades = echo(t), []string{"websocket"} })
	var lines bytes.Buffer
	cookie, _ := w.knownSession("app.example.com", nil)
	r := httptest.NewRequest("GET", address("https://app.example.com/"), nil)
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Origin": "https://evil.example.net", "Cookie": cookie.Name + "=" + cookie.Value} {
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	(&web.Observer{Log: slog.New(slog.NewTextHandler(&lines, nil))}).Wrap(w.gateway).ServeHTTP(answer, r)
	if answer.Code != 403 || !strings.Contains(lines.String(), "upgrade_origin") || !strings.Contains(lines.String(), "evil.example.net") || !strings.Contains(lines.String(), "alice@example.com") {
		t.Errorf("got %d and the log %s, want 403 and a line with the origin and the person", answer.Code, lines.String())
	}
}
