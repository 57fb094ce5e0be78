package proxy

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/browser"
)

// talker is an application that answers every request with one text. It closes the
// connection after a text that ends with "<close>".
type talker struct {
	url string
	got chan string // the heads of the requests
}

func talking(t *testing.T, text string) *talker {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &talker{url: "http://" + ln.Addr().String(), got: make(chan string, 10)}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go s.speak(conn, text)
		}
	}()
	return s
}

func (s *talker) speak(conn net.Conn, text string) {
	defer conn.Close()
	text, last := strings.CutSuffix(text, "<close>")
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		io.Copy(io.Discard, req.Body)
		s.got <- asGot(req)
		if _, err := io.WriteString(conn, text); err != nil || last {
			return
		}
	}
}

// asGot is a request in lines: the first, and the headers that no proxy adds in the
// order of their names.
func asGot(r *http.Request) string {
	lines := []string{}
	for name, values := range r.Header {
		switch name {
		case "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Real-Ip", "X-Request-Id":
			continue
		}
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return fmt.Sprintln(r.Method, r.RequestURI, r.TransferEncoding, r.ContentLength, r.Trailer) + strings.Join(lines, "\n")
}

// passed is what a client sees of an answer.
type passed struct {
	Interim []string
	Status  int
	Header  http.Header
	Body    string
	Broken  bool // the body did not end well
	Trailer http.Header
}

// ask sends a request as it is on the wire.
func ask(t *testing.T, n *browser.Network, request, method string) (got passed) {
	t.Helper()
	conn := n.Dial(true)
	defer conn.Close()
	go io.WriteString(conn, request)
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			got.Broken = true
			return got
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			resp.Header.Del("X-Request-Id") // the gateway's own
			got.Interim = append(got.Interim, fmt.Sprint(resp.StatusCode, resp.Header))
			continue
		}
		body, err := io.ReadAll(resp.Body)
		got.Status, got.Header, got.Body, got.Broken, got.Trailer = resp.StatusCode, resp.Header, string(body), err != nil, resp.Trailer
		resp.Header.Del("Date")
		resp.Header.Del("X-Request-Id")
		for _, names := range resp.Header["Trailer"] { // net/http has them in any order
			sorted := strings.Split(names, ", ")
			slices.Sort(sorted)
			resp.Header["Trailer"] = []string{strings.Join(sorted, ", ")}
		}
		if got.Broken && got.Body == "" {
			return passed{Broken: true} // whether the head had gone before is a matter of timing
		}
		if got.Status == http.StatusBadGateway {
			got.Header, got.Body = nil, "" // pages are our own
		}
		return got
	}
}

// beside returns a gateway and net/http's reverse proxy before one application.
func beside(t *testing.T, app string) (ours, theirs func(request, method string) passed) {
	t.Helper()
	w := newWorld(t, func(w *world, c *Config) {
		c.ResponseHeaders = map[string]string{}
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{Public: true}, func(r *Route) {
			r.To, r.Upgrades, r.Rewrite.PreserveHost = to(app), []string{"websocket"}, true
		}))
	})
	target, transport := mustURL(app), NewTransport()
	network := browser.NewNetwork(t, &httputil.ReverseProxy{Rewrite: func(pr *httputil.ProxyRequest) {
		pr.Out.URL.Scheme, pr.Out.URL.Host = target.Scheme, target.Host
		pr.Out.URL.RawQuery, pr.Out.Trailer = pr.In.URL.RawQuery, nil
	}, Transport: transport, ErrorLog: log.New(io.Discard, "", 0)})
	// The application closes connections that may be in use: none is used again.
	return func(request, method string) passed {
			defer w.gateway.live.Load().transports.close()
			return ask(t, w.network, request, method)
		}, func(request, method string) passed {
			defer transport.CloseIdleConnections()
			return ask(t, network, request, method)
		}
}

// Whatever an application says, a client gets it as net/http's reverse proxy passes it.
func TestAnswersArePassedAsNetHTTPPassesThem(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for name, text := range map[string]string{
		"a page":                     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"1\"\r\nContent-Length: 4\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\npage",
		"no type":                    ok,
		"no reason":                  "HTTP/1.1 299 \r\nContent-Length: 2\r\n\r\nok",
		"empty":                      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"a redirect":                 "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n",
		"chunks":                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"trailers":                   "HTTP/1.1 200 OK\r\nTrailer: X-Sum, X-B\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\nX-B: 1\r\n\r\n",
		"a trailer not announced":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n",
		"an announced one too few":   "HTTP/1.1 200 OK\r\nTrailer: X-Sum, X-B\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n",
		"to the end":                 "HTTP/1.1 200 OK\r\n\r\nall of it<close>",
		"of HTTP/1.0":                "HTTP/1.0 200 OK\r\n\r\nold<close>",
		"no content":                 "HTTP/1.1 204 No Content\r\n\r\n",
		"not modified":               "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: \"1\"\r\n\r\n",
		"events":                     "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nContent-Length: 9\r\n\r\ndata: 1\n\n",
		"interim answers":            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n" + ok,
		"headers of a connection":    "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTe: x\r\nContent-Length: 2\r\n\r\nok",
		"a change nobody asked for":  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"more than its length":       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokevil",
		"another answer behind it":   ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"cut in a chunk":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf<close>",
		"cut between chunks":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n<close>",
		"cut in the header":          "HTTP/1.1 200 OK\r\nContent-Le<close>",
		"nothing":                    "<close>",
		"no HTTP":                    "SSH-2.0-OpenSSH_9.2\r\n<close>",
		"two lengths":                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok<close>",
		"a length and chunks":        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n<close>",
		"an unknown coding":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n<close>",
		"a broken chunk size":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\nhello\r\n0\r\n\r\n<close>",
		"a status that is no number": "HTTP/1.1 OK\r\n\r\n<close>",
		"a large one":                "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 100_000),
		"a large one in chunks":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + strings.Repeat("x", 100_000) + "\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := beside(t, talking(t, text).url)
			guess := func(p passed) passed { // net/http's proxy guesses a type, sometimes
				if !strings.Contains(text, "Content-Type") {
					p.Header.Del("Content-Type")
				}
				return p
			}
			for _, request := range []string{"GET / HTTP/1.1\r\n", "HEAD / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n", "POST / HTTP/1.1\r\nContent-Length: 4\r\n"} {
				method, _, _ := strings.Cut(request, " ")
				request += "Host: x.example.com:" + port + "\r\n\r\nbody"
				want := guess(theirs(request, method))
				if strings.Contains(request, "HTTP/1.0") {
					want.Interim = nil // which net/http's proxy passes all the same
				}
				if diff := cmp.Diff(want, ours(request, method)); diff != "" {
					t.Errorf("%.60q: -net/http +ours:\n%.2000s", request, diff)
				}
			}
		})
	}
}

// Whatever a client says, an application gets no more of it than net/http's reverse
// proxy would pass.
func TestRequestsArePassedAsNetHTTPPassesThem(t *testing.T) {
	app := talking(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	ours, theirs := beside(t, app.url)
	for _, tt := range []struct{ name, line, more string }{
		{"a page", "GET /a%20b?x=%zz;y HTTP/1.1", "User-Agent: Browser\r\nAccept: */*\r\nAccept: text/html"},
		{"no name", "GET / HTTP/1.1", ""},
		{"two names", "GET / HTTP/1.1", "User-Agent: one\r\nUser-Agent: two"},
		{"an empty query", "GET /? HTTP/1.1", ""},
		{"empty values", "GET / HTTP/1.1", "Accept:\r\nX-Empty: \r\nUser-Agent:"},
		{"odd values", "GET / HTTP/1.1", "X-Tab: a\tb\r\nX-Latin: caf\xe9\r\nX-Fold: a\r\n b"},
		{"headers of the connection", "GET / HTTP/1.1", "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nProxy-Authenticate: x\r\nTe: gzip\r\nTrailer: X-T"},
		{"trailers welcome", "GET / HTTP/1.1", "TE: trailers, deflate"},
		{"a name in the connection that counts", "GET / HTTP/1.1", "Connection: Cookie, Authorization, Accept\r\nCookie: a=1\r\nAuthorization: Basic x\r\nAccept: x"},
		{"an upgrade that is not meant", "GET / HTTP/1.1", "Upgrade: websocket"},
		{"an upgrade", "GET / HTTP/1.1", "Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: x"},
		{"a body", "POST / HTTP/1.1", "Content-Length: 4\r\n\r\nbody"},
		{"a body with GET", "GET / HTTP/1.1", "Content-Length: 4\r\n\r\nbody"},
		{"no body with POST", "POST / HTTP/1.1", ""},
		{"an empty body", "PUT / HTTP/1.1", "Content-Length: 0"},
		{"chunks", "POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n4\r\nbody\r\n0\r\nX-T: 1"},
		{"chunks and a length", "POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n4\r\nbody\r\n0"},
		{"two codings", "POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n4\r\nbody\r\n0"},
		{"a coding that is none", "POST / HTTP/1.1", "Transfer-Encoding: xchunked\r\n\r\n4\r\nbody\r\n0"},
		{"two lengths", "POST / HTTP/1.1", "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody"},
		{"a signed length", "POST / HTTP/1.1", "Content-Length: +4\r\n\r\nbody"},
		{"forwarding headers", "GET / HTTP/1.1", "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: gopher"},
		{"a request behind it", "GET / HTTP/1.1", "Content-Length: 0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x.example.com:" + port},
	} {
		request := tt.line + "\r\nHost: x.example.com:" + port + "\r\n" + tt.more + "\r\n\r\n"
		if tt.more == "" {
			request = strings.TrimSuffix(request, "\r\n")
		}
		head := func(of func(request, method string) passed) string {
			got := of(request, "GET")
			select {
			case head := <-app.got:
				return head
			default:
				return fmt.Sprint("refused with ", got.Status)
			}
		}
		want := head(theirs)
		for len(app.got) > 0 {
			<-app.got
		}
		if diff := cmp.Diff(want, head(ours)); diff != "" {
			t.Errorf("%s: -net/http +ours:\n%s", tt.name, diff)
		}
		for len(app.got) > 0 {
			<-app.got
		}
	}
}

// HTTP/2 can carry spaces in a target. In HTTP/1.1 they would end it, and what follows
// would be the client's own end of the line.
func TestAQueryWithASpaceIsRefused(t *testing.T) {
	app := talking(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	client := newGRPCClient(t, newWorld(t, public(func(r *Route) { r.To = to(app.url) })))
	for query, want := range map[string]int{"x": 200, "x%20y+z": 200, "x HTTP/1.1": 400, " ": 400} {
		resp, err := client.Do(&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "x.example.com", Path: "/", RawQuery: query}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != want || want != 200 && len(app.got) > 0 {
			t.Errorf("%q: got %s %d, and the application %d requests; want %d by HTTP/2", query, resp.Proto, resp.StatusCode, len(app.got), want)
		}
		for len(app.got) > 0 {
			<-app.got
		}
	}
}

func TestNoTypeIsGuessed(t *testing.T) {
	for _, head := range []string{"Content-Length: 6\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n6\r\n"} {
		ours, _ := beside(t, talking(t, "HTTP/1.1 200 OK\r\n"+head+"<html><close>").url)
		got := ours("GET / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\n\r\n", "GET")
		if kind, typed := got.Header["Content-Type"]; got.Body != "<html>" || typed {
			t.Errorf("got %q of type %v, want no type: the application named none", got.Body, kind)
		}
	}
}

// The head of a stream does not wait for its first byte.
func TestTheHeadOfAStreamGoesOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		come := unlessBefore(headWait, func() { sent++ })
		time.Sleep(headWait)
		synctest.Wait()
		if come(); sent != 1 {
			t.Errorf("after %v the head was sent %d times, want once", headWait, sent)
		}
		come = unlessBefore(headWait, func() { sent++ })
		come()
		time.Sleep(2 * headWait)
		synctest.Wait()
		if sent != 1 {
			t.Errorf("with the first bytes the head was sent %d times by itself, want none", sent-1)
		}
	})
}

// An interim answer has no header that concerns one connection, or is the gateway's.
func TestInterimAnswersLoseWhatIsNotTheClients(t *testing.T) {
	ours, _ := beside(t, talking(t, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-Pomerium-Intercepted-Response: true\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n").url)
	got := ours("GET / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\n\r\n", "GET")
	if want := []string{"103 map[Link:[</a.css>]]"}; !slices.Equal(got.Interim, want) || got.Status != 204 {
		t.Errorf("got %v and %d, want %v and 204", got.Interim, got.Status, want)
	}
}

// A client of HTTP/1.0, as nginx is by default, knows no interim answers: the first one
// would be the answer, and the answer its body (RFC 9110 §15.2).
func TestNoInterimAnswerGoesToAClientOfHTTP10(t *testing.T) {
	const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
	ours, _ := beside(t, talking(t, hint+hint+"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").url)
	for _, request := range []string{"GET / HTTP/1.0\r\n", "POST / HTTP/1.0\r\nContent-Length: 4\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n"} {
		got := ours(request+"Host: x.example.com:"+port+"\r\n\r\nbody", "GET")
		if len(got.Interim) > 0 || got.Status != 200 || got.Body != "ok" {
			t.Errorf("%.40q: got %+v, want 200 at once", request, got)
		}
	}
}

// Interim answers have an end on every road to an application, and so do statuses.
func TestAnswersThatAreNone(t *testing.T) {
	const hint, ok = "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"as many interim answers as may be": {strings.Repeat(hint, 100) + ok, 200},
		"one too many":                      {strings.Repeat(hint, 101) + ok, 502},
		"a status of none":                  {"HTTP/1.1 000 None\r\nContent-Length: 2\r\n\r\nok", 502},
		"a status before all":               {"HTTP/1.1 099 Low\r\nContent-Length: 2\r\n\r\nok", 502},
		"a high one":                        {"HTTP/1.1 999 High\r\nContent-Length: 2\r\n\r\nok", 999},
	} {
		ours, _ := beside(t, talking(t, tt.text+"<close>").url)
		for _, request := range []string{"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 4\r\n"} { // the one and the other road
			if got := ours(request+"Host: x.example.com:"+port+"\r\n\r\nbody", "GET"); got.Status != tt.status {
				t.Errorf("%s, %.5q: got %d %.100q, want %d", name, request, got.Status, got.Body, tt.status)
			}
		}
	}
}

// Trailers that say how a message is read are not passed.
func TestTrailersOfFramingEndHere(t *testing.T) {
	ours, _ := beside(t, talking(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: evil\r\nAuthorization: Basic x\r\nCache-Control: public\r\nSet-Cookie: a=b\r\n\r\n").url)
	got := ours("GET / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\n\r\n", "GET")
	if diff := cmp.Diff(http.Header{"X-Sum": {"7"}}, got.Trailer); got.Body != "ok" || diff != "" {
		t.Errorf("got %q, -want +got:\n%s", got.Body, diff)
	}
}

// An application that changes to another protocol than was asked for has no say.
func TestChangesOfProtocol(t *testing.T) {
	echo := "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\nX-Pomerium-Intercepted-Response: true\r\nSet-Cookie: __Host-_pomerium=evil\r\n\r\nhello<close>"
	for _, tt := range []struct {
		asked, changed string
		status         int
	}{{"WebSocket", "websocket", 101}, {"websocket", "evil", 502}, {"websoc\u212Aet", "websocket", 403}} {
		ours, _ := beside(t, talking(t, fmt.Sprintf(echo, tt.changed)).url)
		got := ours("GET / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\nConnection: Upgrade\r\nUpgrade: "+tt.asked+"\r\n\r\n", "GET")
		if got.Status != tt.status || got.Header[headerIntercepted] != nil && tt.status == 101 || got.Header["Set-Cookie"] != nil {
			t.Errorf("asked for %s, changed to %s: got %d %v, want %d", tt.asked, tt.changed, got.Status, got.Header, tt.status)
		}
	}
}

// What a client sends behind its request for another protocol belongs to that one.
func TestWhatAClientSendsEarlyIsPassed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	early := make(chan string, 1)
	go func() {
		defer close(early)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		if _, err := http.ReadRequest(r); err == nil {
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			got := make([]byte, 5)
			io.ReadFull(r, got)
			early <- string(got)
		}
	}()
	w := newWorld(t, public(func(r *Route) { r.To, r.Upgrades = to("http://"+ln.Addr().String()), []string{"websocket"} }))
	conn := w.network.Dial(true)
	defer conn.Close()
	go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly")
	go io.Copy(io.Discard, conn)
	if got := <-early; got != "early" {
		t.Errorf("the application got %q, want what the client sent", got)
	}
}

// The log and the metrics say that a connection changed its protocol.
func TestAChangeOfProtocolIsLoggedAsOne(t *testing.T) {
	w := newWorld(t, public(func(r *Route) { r.To, r.Upgrades = echo(t), []string{"websocket"} }))
	statuses := make(chan int, 1)
	observer := &web.Observer{Log: slog.New(slog.DiscardHandler), Measure: func(_ string, status int, _ time.Duration) { statuses <- status }}
	conn := browser.NewNetwork(t, observer.Wrap(w.gateway)).Dial(true)
	defer conn.Close()
	go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x.example.com:"+port+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	go io.Copy(io.Discard, conn)
	if got := <-statuses; got != http.StatusSwitchingProtocols {
		t.Errorf("got the status %d, want 101", got)
	}
}

// The headers that an answer of the gateway has already stay, with those of the application
// after them. The application can't say the id of the request in place of ours.
func TestHeadersThatAnAnswerHasAlready(t *testing.T) {
	for _, more := range []string{"", "Connection: X-Request-Id, Vary\r\n"} { // which we read, and net/http
		app := talking(t, "HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nVary: Accept\r\nX-App: 1\r\n"+more+"Content-Length: 2\r\n\r\nok")
		w := newWorld(t, public(func(r *Route) { r.To = to(app.url) }))
		id, vary := []string{"theirs"}, []string{"Accept"}
		if more != "" { // the application's are for the connection
			id, vary = nil, nil
		}
		for name, tt := range map[string]struct{ has, want http.Header }{
			"none":            {http.Header{}, http.Header{"X-Request-Id": id, "Vary": vary}},
			"an id":           {http.Header{"X-Request-Id": {"ours"}}, http.Header{"X-Request-Id": {"ours"}, "Vary": vary}},
			"another":         {http.Header{"Vary": {"Origin"}}, http.Header{"X-Request-Id": id, "Vary": append([]string{"Origin"}, vary...)}},
			"an id and other": {http.Header{"X-Request-Id": {"ours"}, "Vary": {"Origin"}}, http.Header{"X-Request-Id": {"ours"}, "Vary": append([]string{"Origin"}, vary...)}},
		} {
			answer := httptest.NewRecorder()
			maps.Copy(answer.Header(), tt.has)
			w.gateway.ServeHTTP(answer, httptest.NewRequest("GET", address("https://x.example.com/"), nil))
			w.gateway.live.Load().transports.close()
			got := answer.Header()
			if answer.Code != 200 || got.Get("X-App") != "1" || !slices.Equal(got["X-Request-Id"], tt.want["X-Request-Id"]) || !slices.Equal(got["Vary"], tt.want["Vary"]) {
				t.Errorf("%s, %q: got %d %v, want %v", name, more, answer.Code, got, tt.want)
			}
		}
	}
}
