package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

// strictUpstream is an upstream that keeps the lines of a request's head as they
// came, and answers with a head as it is written.
func strictUpstream(t *testing.T, answer string) ([]Upstream, <-chan []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heads := make(chan []string, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			heads <- headOf(bufio.NewReader(conn))
			io.WriteString(conn, strings.ReplaceAll(answer, "\n", "\r\n"))
			conn.Close()
		}
	}()
	return to("http://" + l.Addr().String()), heads
}

// headOf reads the names of the headers of a message.
func headOf(r *bufio.Reader) (names []string) {
	for {
		line, err := r.ReadString('\n')
		if line = strings.TrimSpace(line); line == "" || err != nil {
			return names
		}
		if name, _, ok := strings.Cut(line, ":"); ok {
			names = append(names, name)
		}
	}
}

// There are servers, devices and libraries that compare the names of headers with
// the spelling that they know.
func TestHeaderNamesHaveTheSpellingThatStrictPeersKnow(t *testing.T) {
	upstream, heads := strictUpstream(t, "HTTP/1.1 200 OK\nConnection: close\netag: 1\nwww-authenticate: x\nx-ua-compatible: IE\nx-csrf-TOKEN: y\nx-mine: 1\nx-other: 1\nContent-Length: 0\n\n")
	w := newWorld(t, func(w *world, c *Config) {
		c.HeaderNames = []string{"X-MINE", "x-other", "X-CSRF-TOKEN"}
		public(func(r *Route) {
			r.To = upstream
			r.SetRequestHeaders = map[string]string{"dnt": "1", "x-mine": "2"}
		})(w, c)
	})
	ask := func(request string) []string {
		conn := w.network.Dial(true)
		t.Cleanup(func() { conn.Close() })
		fmt.Fprint(conn, strings.ReplaceAll(request, "\n", "\r\n"))
		return headOf(bufio.NewReader(conn))
	}
	answer := ask("GET / HTTP/1.1\nHost: x.example.com\nsec-websocket-key: x\nSOAPAction: x\nx-other: 1\nx-csrf-token: 1\n\n")
	for _, sent := range []struct {
		to    string
		names []string
		want  string
	}{
		{"the upstream", <-heads, "Sec-WebSocket-Key SOAPAction DNT X-MINE x-other X-CSRF-TOKEN X-Real-IP X-Forwarded-For X-Request-Id Host"},
		{"the client", answer, "ETag WWW-Authenticate X-UA-Compatible X-CSRF-TOKEN X-MINE x-other X-XSS-Protection Content-Length X-Request-Id"},
	} {
		for name := range strings.FieldsSeq(sent.want) {
			if !slices.Contains(sent.names, name) {
				t.Errorf("%s got %q, want %s", sent.to, sent.names, name)
			}
		}
		if known := lower(sent.names); len(slices.Compact(known)) != len(sent.names) {
			t.Errorf("%s got a header twice: %q", sent.to, sent.names)
		}
	}
	if own := ask("GET /.well-known/pomerium/jwks.json HTTP/1.1\nHost: x.example.com\n\n"); !slices.Contains(own, "ETag") {
		t.Errorf("an answer of the gateway's own has %q, want ETag", own)
	}
}

func lower(names []string) []string {
	small := make([]string, len(names))
	for i, name := range names {
		small[i] = strings.ToLower(name)
	}
	slices.Sort(small)
	return small
}

func TestAWebsocketsAnswerHasTheRegisteredSpelling(t *testing.T) {
	upstream, heads := strictUpstream(t, "HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: websocket\nsec-websocket-accept: x\n\n")
	w := newWorld(t, public(func(r *Route) { r.To, r.Upgrades = upstream, []string{"websocket"} }))
	conn := w.network.Dial(true)
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n")
	names := headOf(bufio.NewReader(conn))
	if sent := <-heads; !slices.Contains(sent, "Sec-WebSocket-Key") || !slices.Contains(sent, "Sec-WebSocket-Version") {
		t.Errorf("the upstream got %q, want Sec-WebSocket-Key", sent)
	}
	if !slices.Contains(names, "Sec-WebSocket-Accept") {
		t.Errorf("the client got %q, want Sec-WebSocket-Accept", names)
	}
}

// Every name of the list needs its place there: net/http would spell it otherwise.
func TestRegisteredNamesDifferFromNetHTTPs(t *testing.T) {
	for name := range strings.FieldsSeq(registered) {
		if http.CanonicalHeaderKey(name) == name {
			t.Errorf("%s has net/http's spelling: take it out", name)
		}
	}
}

// A look at length and first letter must pass over no name that has a spelling.
func TestEveryNameWithASpellingGetsIt(t *testing.T) {
	own := []string{"x-" + strings.Repeat("a", 68), "é", "dNT"}
	s := newSpellings(own)
	for _, name := range append(strings.Fields(registered), own...) {
		known := textproto.CanonicalMIMEHeaderKey(name)
		want := name
		if i := slices.IndexFunc(own, func(o string) bool { return strings.EqualFold(o, name) }); i >= 0 {
			want = own[i]
		}
		h := http.Header{known: {"v"}, "": {"no name"}, "X-Other": {"w"}}
		s.apply(h)
		if len(h) != 3 || len(h[want]) != 1 || h["X-Other"] == nil {
			t.Errorf("%s became %v", known, h)
		}
	}
}
