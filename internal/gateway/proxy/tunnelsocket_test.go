package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/websocket"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// socketAt returns the request for a tunnel by WebSocket at a host. Lines of headers may
// follow.
func socketAt(host, target string, headers ...string) string {
	const key = "dGhlIHNhbXBsZSBub25jZQ==" // that of RFC 6455 §1.3
	head := "GET /.pomerium/tcp/" + target + " HTTP/1.1\nHost: " + host + ":" + port + "\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: " + key + "\nSec-WebSocket-Protocol: " + websocket.Protocol + "\n"
	return head + strings.Join(append(headers, "", ""), "\n")
}

func withCredential(text string) string { return "Authorization: Pomerium " + text }

// open opens a tunnel by WebSocket, as a program with a credential.
func (w *tunnelWorld) open(host, target, credential string) *websocket.Conn {
	w.t.Helper()
	conn, _, err := websocket.Dial(w.t.Context(), w.dial("http/1.1"), mustURL("http://"+host+":"+port+pathSocket+target), http.Header{"Authorization": {"Pomerium " + credential}})
	if err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// refusal returns the status of an answer, which is that of a refusal as a rule.
func (w *tunnelWorld) refusal(head string) int {
	status, _, _ := w.send(head)
	return status
}

func TestAProgramReachesAnUpstreamByWebSocket(t *testing.T) {
	w := newTunnelWorld(t, nil)
	for target, host := range map[string]string{
		"redis.example.com:6379": "redis.example.com", "REDIS.example.com:06379": "redis.example.com", "db.internal:5432": "proxy.example.com",
		"[fd00::1]:22": "proxy.example.com", "%5Bfd00::1%5D:22": "proxy.example.com", "a.wild.example.com:22": "a.wild.example.com",
	} {
		t.Run(target, func(t *testing.T) {
			credential, _ := w.credential(host)
			conn := w.open(host, target, credential)
			fmt.Fprint(conn, "hello\n")
			r := bufio.NewReader(conn)
			if got, err := r.ReadString('\n'); err != nil || got != "HELLO\n" {
				t.Errorf("got %q and the error %v, want HELLO", got, err)
			}
			conn.CloseWrite()
			if rest, err := io.ReadAll(r); err != nil || string(rest) != "GOODBYE\n" {
				t.Errorf("got %q and the error %v, want the goodbye", rest, err)
			}
			conn.Close()
		})
	}
}

// What a client closes is over at the upstream too, also if that one says nothing.
func TestClosingAWebSocketEndsTheTunnel(t *testing.T) {
	w := newTunnelWorld(t, nil)
	credential, _ := w.credential("redis.example.com")
	w.open("redis.example.com", "redis.example.com:6379", credential).Close()
	<-w.upstream.gone
}

func TestAPageReachesAnUpstreamOfItsOwnHost(t *testing.T) {
	w := newTunnelWorld(t, func(w *world, c *Config) {
		for _, r := range c.Routes {
			if r.From.Host == "redis.example.com" {
				r.Origins = []string{"https://console.example.com"}
			}
		}
		c.Routes = append(c.Routes, w.route("https://open.example.com", policy.Access{Public: true}, func(r *Route) { r.Tunnels, r.To = []string{"open.example.com:22"}, c.Routes[len(c.Routes)-1].To }))
	})
	cookie, _ := w.knownSession("redis.example.com", map[string]any{})
	line := "Cookie: " + cookie.Name + "=" + cookie.Value
	other, _ := w.knownSession("proxy.example.com", map[string]any{})
	for name, tt := range map[string]struct {
		headers []string
		want    int
	}{
		"a program with the cookie":       {[]string{line}, 101},
		"a page of the host":              {[]string{line, "Origin: https://redis.example.com:" + port}, 101},
		"a page that the route names":     {[]string{line, "Origin: https://console.example.com"}, 101},
		"a page of another site":          {[]string{line, "Origin: https://evil.example.net"}, 403},
		"a page of another host of ours":  {[]string{line, "Origin: https://app.example.com:" + port}, 403},
		"a page without TLS":              {[]string{line, "Origin: http://redis.example.com:" + port}, 403},
		"a page of no origin":             {[]string{line, "Origin: null"}, 403},
		"an empty origin":                 {[]string{line, "Origin:"}, 403},
		"two origins":                     {[]string{line, "Origin: https://redis.example.com:" + port, "Origin: https://evil.example.net"}, 403},
		"a page of the host, nobody":      {[]string{"Origin: https://redis.example.com:" + port}, 401},
		"a page of another site, nobody":  {[]string{"Origin: https://evil.example.net"}, 403},
		"the cookie of another host":      {[]string{"Cookie: " + other.Name + "=" + other.Value}, 401},
		"the cookie as a browser has not": {[]string{strings.Replace(line, "__Host-", "", 1)}, 401},
	} {
		if got := w.refusal(socketAt("redis.example.com", "redis.example.com:6379", tt.headers...)); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
		switch {
		case tt.want == 101:
			<-w.upstream.got
		case w.upstream.reached():
			t.Errorf("%s: a connection reached the upstream", name)
		}
	}
	// The network of the person opens the route, and not the page that they look at.
	for origin, want := range map[string]int{"https://evil.example.net": 403, "https://open.example.com:" + port: 101} {
		if got := w.refusal(socketAt("open.example.com", "open.example.com:22", "Origin: "+origin)); got != want {
			t.Errorf("a public route, a page of %s: got %d, want %d", origin, got, want)
		}
	}
}

func TestNobodyReachesAnUpstreamByWebSocketWithoutRight(t *testing.T) {
	w := newTunnelWorld(t, nil)
	redis, _ := w.credential("redis.example.com")
	app, _ := w.credential("app.example.com")
	other, _ := w.credential("other.example.com")
	ended, s := w.credential("redis.example.com")
	if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil {
		t.Fatal(err)
	}
	right := socketAt("redis.example.com", "redis.example.com:6379", withCredential(redis))
	change := func(old, by string) string {
		if !strings.Contains(right, old) {
			t.Fatalf("%q is not in the request", old)
		}
		return strings.Replace(right, old, by, 1)
	}
	for name, tt := range map[string]struct {
		head string
		want int
	}{
		"nobody":                   {socketAt("redis.example.com", "redis.example.com:6379"), 401},
		"nonsense":                 {socketAt("redis.example.com", "redis.example.com:6379", withCredential("nonsense")), 401},
		"an ended session":         {socketAt("redis.example.com", "redis.example.com:6379", withCredential(ended)), 401},
		"a credential of an app":   {socketAt("redis.example.com", "redis.example.com:6379", withCredential(app)), 401},
		"somebody else's":          {socketAt("other.example.com", "other.example.com:22", withCredential(other)), 403},
		"another port":             {socketAt("redis.example.com", "redis.example.com:22", withCredential(redis)), 404},
		"no target":                {socketAt("redis.example.com", "", withCredential(redis)), 404},
		"a path behind the target": {socketAt("redis.example.com", "redis.example.com:6379/x", withCredential(redis)), 404},
		"what only we can see":     {socketAt("redis.example.com", w.upstream.address, withCredential(redis)), 404},
		"an address of the cloud":  {socketAt("redis.example.com", "169.254.169.254:80", withCredential(redis)), 404},
		"the host of an app":       {socketAt("app.example.com", "redis.example.com:6379", withCredential(redis)), 404},
		"the authenticate host":    {socketAt("authenticate.example.com", "redis.example.com:6379", withCredential(redis)), 404},
		"a user in the target":     {socketAt("redis.example.com", "a@redis.example.com:6379", withCredential(redis)), 404},
		"a plain GET":              {change("Upgrade: websocket\n", ""), 400},
		"another subprotocol":      {change(": "+websocket.Protocol, ": chat"), 400},
		"another version":          {change(": 13\n", ": 8\n"), 400},
		"POST":                     {change("GET ", "POST "), 400},
		"content":                  {change("\n\n", "\nContent-Length: 5\n\nhello"), 400},
	} {
		if got := w.refusal(tt.head); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	if w.upstream.reached() {
		t.Error("a connection reached the upstream")
	}
	if got := w.refusal(right); got != 101 {
		t.Errorf("the right one: got %d, want 101", got)
	}
}

func TestAWebSocketEndsWithItsSessionAndItsRoute(t *testing.T) {
	for name, end := range map[string]func(*tunnelWorld, *session.Session) error{
		"the session": func(w *tunnelWorld, s *session.Session) error {
			_, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID})
			return err
		},
		"the route": func(w *tunnelWorld, _ *session.Session) error {
			next := w.cfg
			next.Routes = next.Routes[:3]
			return w.gateway.Reload(next)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTunnelWorld(t, nil)
			credential, s := w.credential("redis.example.com")
			conn := w.open("redis.example.com", "redis.example.com:6379", credential)
			if err := w.gateway.Reload(w.cfg); err != nil { // the same rules cut nothing
				t.Fatal(err)
			}
			fmt.Fprint(conn, "hello\n")
			got := make([]byte, 6)
			if _, err := io.ReadFull(conn, got); err != nil {
				t.Fatalf("got %q and the error %v, want HELLO", got, err)
			}
			if err := end(w, s); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(conn)
			if len(rest) > 0 || err == nil || !strings.Contains(err.Error(), "StatusGoingAway") {
				t.Errorf("got %q and the error %v, want the end with the code 1001", rest, err)
			}
			<-w.upstream.gone
		})
	}
}

// A policy does not see by which way the client came, and the limits are the same.
func TestAWebSocketIsJudgedAsCONNECT(t *testing.T) {
	w := newTunnelWorld(t, func(w *world, c *Config) {
		add := func(host string, access policy.Access, change func(*Route)) {
			c.Routes = append(c.Routes, w.route("https://"+host, access, func(r *Route) {
				r.Tunnels, r.To = []string{host + ":22"}, tcpTo("127.0.0.1:1")
				change(r)
			}))
		}
		add("method.example.com", ppl(t, `{allow: {and: [{authenticated_user: true}, {http_method: {is: CONNECT}}]}}`), func(*Route) {})
		add("late.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Reauthenticate = time.Nanosecond })
		add("limited.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Limit = limit.Rate{Requests: 1, Per: time.Hour} })
	})
	for host, want := range map[string][]int{"method.example.com": {503, 503}, "late.example.com": {401, 401}, "limited.example.com": {503, 429}} {
		credential, _ := w.credential(host)
		for i, status := range want {
			if got := w.refusal(socketAt(host, host+":22", withCredential(credential))); got != status {
				t.Errorf("%s, request %d: got %d, want %d", host, i, got, status)
			}
		}
	}
}
