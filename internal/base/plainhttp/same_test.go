package plainhttp

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// usualRequest is what a browser sends, twice, before a connection takes the short road.
const usualRequest = "GET /before HTTP/1.1\r\nHost: app.example\r\n\r\n"

// seen is what a handler gets of a request.
type seen struct {
	Method, Target, URL, Proto, Host string
	Header                           http.Header
	Length                           int64
	Transfer                         []string
	Close                            bool
	Body                             string
}

// told is an answer, as a client reads it.
type told struct {
	Status   int
	Proto    string
	Header   http.Header
	Length   int64
	Transfer []string
	Body     string
	Trailer  http.Header
	Last     bool // of the connection, as it says
	Broken   bool
}

// side is a server on an address of this machine, and what its handler got.
type side struct {
	addr  string
	takes atomic.Int64 // of connections to the short road
	mu    sync.Mutex
	seen  []seen
}

func (s *side) take() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.seen
	s.seen = nil
	return all
}

func (s *side) note(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = append(body, " (broken)"...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, seen{r.Method, r.RequestURI, r.URL.String(), r.Proto, r.Host, r.Header.Clone(), r.ContentLength, r.TransferEncoding, r.Close, string(body)})
}

// newSides returns a server with the short road, and one of net/http alone.
func newSides(t testing.TB, h http.HandlerFunc) (ours, theirs *side) {
	t.Helper()
	make := func() (*http.Server, *side, net.Listener) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := &side{addr: ln.Addr().String()}
		return &http.Server{
			ErrorLog: log.New(io.Discard, "", 0), MaxHeaderBytes: 16 << 10,
			ConnState: func(_ net.Conn, state http.ConnState) {
				if state == http.StateHijacked {
					s.takes.Add(1)
				}
			},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s.note(r)
				h(w, r)
			}),
		}, s, ln
	}
	srv, ours, ln := make()
	short := New(srv)
	go short.Serve(ln)
	t.Cleanup(func() { short.Close() })
	srv, theirs, ln = make()
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return ours, theirs
}

// exchange sends text after two usual requests and returns the answers to it.
func (s *side) exchange(t testing.TB, text string) []told {
	t.Helper()
	return s.exchangeIn(t, text, len(text))
}

// exchangeIn is exchange with text in pieces of a size.
func (s *side) exchangeIn(t testing.TB, text string, size int) []told {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(nc)
	for range 2 {
		io.WriteString(nc, usualRequest)
		if got, more := readAnswer(r, http.MethodGet); !more || got.Status != http.StatusOK {
			t.Fatalf("got %+v for a usual request", got)
		}
	}
	s.take()
	go func() {
		for piece := range slices.Chunk([]byte(text), max(size, 1)) {
			nc.Write(piece)
		}
		nc.(*net.TCPConn).CloseWrite()
	}()
	method, all := http.MethodGet, []told{}
	if strings.HasPrefix(text, "HEAD ") {
		method = http.MethodHead
	}
	for range 100 {
		got, more := readAnswer(r, method)
		if !more {
			break
		}
		all = append(all, got)
	}
	return all
}

func readAnswer(r *bufio.Reader, method string) (told, bool) {
	if _, err := r.Peek(1); err != nil {
		return told{}, false
	}
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return told{Broken: true}, true
	}
	body, err := io.ReadAll(resp.Body)
	if _, ok := resp.Header["Date"]; ok {
		resp.Header["Date"] = []string{"now"}
	}
	return told{resp.StatusCode, resp.Proto, resp.Header, resp.ContentLength, resp.TransferEncoding, string(body), resp.Trailer, resp.Close, err != nil}, true
}

// wantSame sends text to both sides.
func wantSame(t testing.TB, ours, theirs *side, text string) {
	t.Helper()
	got, want := ours.exchange(t, text), theirs.exchange(t, text)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the answers to %.200q differ: -net/http +ours\n%s", text, diff)
	}
	if diff := cmp.Diff(theirs.take(), ours.take()); diff != "" {
		t.Errorf("the handlers got other requests of %.200q: -net/http +ours\n%s", text, diff)
	}
}

func get(lines ...string) string {
	return "GET /a HTTP/1.1\r\nHost: app.example\r\n" + strings.Join(lines, "") + "\r\n"
}

// requests are texts that clients, and attackers, send.
var requests = map[string]string{
	"usual":                    get(),
	"HEAD":                     "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"two at once":              get() + get("X: 2\r\n"),
	"usual, odd, usual":        get() + "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok" + get(),
	"many odd ones":            strings.Repeat("OPTIONS /a HTTP/1.1\r\nHost: x\r\n\r\n"+get()+get(), 6),
	"a query":                  "GET /a%2Fb;c?d=e&f=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
	"a fragment":               "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
	"two slashes":              "GET //evil.example/a HTTP/1.1\r\nHost: x\r\n\r\n",
	"a whole URL":              "GET http://other.example/a HTTP/1.1\r\nHost: x\r\n\r\n",
	"a whole URL without host": "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n",
	"a URL without a path":     "GET http://other.example HTTP/1.1\r\nHost: x\r\n\r\n",
	"a star":                   "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET of a star":            "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
	"no target":                "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
	"a space in the target":    "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
	"a tab in the target":      "GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n",
	"a control in the target":  "GET /a\x01b HTTP/1.1\r\nHost: x\r\n\r\n",
	"a bad escape":             "GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n",
	"high bytes in the target": "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
	"HTTP/1.0":                 "GET /a HTTP/1.0\r\nHost: x\r\n\r\n",
	"HTTP/1.0 kept":            "GET /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n" + get(),
	"HTTP/0.9":                 "GET /a\r\n\r\n",
	"HTTP/1.2":                 "GET /a HTTP/1.2\r\nHost: x\r\n\r\n",
	"HTTP/2.0":                 "GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
	"the preface of HTTP/2":    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"a version in lower case":  "GET /a http/1.1\r\nHost: x\r\n\r\n",
	"a method in lower case":   "get /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"an unknown method":        "GETS /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"no host":                  "GET /a HTTP/1.1\r\n\r\n",
	"an empty host":            "GET /a HTTP/1.1\r\nHost:\r\n\r\n",
	"two hosts":                "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
	"a host twice":             "GET /a HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n",
	"a bad host":               "GET /a HTTP/1.1\r\nHost: x y\r\n\r\n",
	"a host with a slash":      "GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n",
	"a host with a control":    "GET /a HTTP/1.1\r\nHost: x\x01\r\n\r\n",
	"a length of 0":            get("Content-Length: 0\r\n") + get(),
	"a body":                   get("Content-Length: 5\r\n") + "hello" + get(),
	"a body that breaks off":   get("Content-Length: 5\r\n") + "he",
	"a negative length":        get("Content-Length: -1\r\n"),
	"a length with a plus":     get("Content-Length: +5\r\n") + "hello",
	"two lengths":              get("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello",
	"a list of lengths":        get("Content-Length: 5, 5\r\n") + "hello",
	"an empty length":          get("Content-Length:\r\n"),
	"chunks":                   get("Transfer-Encoding: chunked\r\n") + "2\r\nok\r\n0\r\n\r\n" + get(),
	"a tab before chunked":     get("Transfer-Encoding:\tchunked\r\n") + "0\r\n\r\n" + get(),
	"chunked in upper case":    get("TRANSFER-ENCODING: CHUNKED\r\n") + "0\r\n\r\n" + get(),
	"a space before the colon": get("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n",
	"a length with a space":    get("Content-Length : 5\r\n") + "hello",
	"an underscore":            get("Content_Length: 5\r\nTransfer_Encoding: chunked\r\n"),
	"trailers":                 get("Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n") + "0\r\nX-Sum: 7\r\n\r\n" + get(),
	"a trailer without a body": get("Trailer: X-Sum\r\n"),
	"a forbidden trailer":      get("Trailer: Content-Length\r\n"),
	"a carriage return alone":  "GET /a HTTP/1.1\r\nHost: x\r\nX: y\rZ: a\r\n\r\n",
	"two carriage returns":     "GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\r\n\r\n",
	"a continued first line":   "GET /a HTTP/1.1\r\n Host: x\r\n\r\n",
	"a NUL":                    get("X: a\x00b\r\n"),
	"a DEL":                    get("X: a\x7fb\r\n"),
	"high bytes in a value":    get("X: \xff\xfe\r\n"),
	"a name with a NUL":        get("X\x00: a\r\n"),
	"a name with a space":      get("X Y: a\r\n"),
	"no name":                  get(": a\r\n"),
	"no colon":                 get("nothing\r\n"),
	"spaces around a value":    get("X:  \t a \t \r\n"),
	"one name thrice":          get("X-Forwarded-For: a\r\nx-forwarded-for: b\r\nX-FORWARDED-FOR: c\r\n"),
	"an empty line first":      "\r\n" + get(),
	"an empty line after POST": "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok\r\n" + get(),
	"Connection: close":        get("Connection: close\r\n") + get(),
	"Connection: Close":        get("Connection: Close\r\n") + get(),
	"Connection: keep-alive":   get("Connection: keep-alive\r\n") + get(),
	"Connection: a list":       get("Connection: keep-alive, close\r\n") + get(),
	"two of Connection":        get("Connection: keep-alive\r\nConnection: close\r\n") + get(),
	"Connection: X":            get("Connection: X\r\nX: y\r\n") + get(),
	"Upgrade":                  get("Connection: Upgrade\r\nUpgrade: websocket\r\n") + get(),
	"Upgrade to h2c":           get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n") + get(),
	"Expect":                   "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok" + get(),
	"Expect of a GET":          get("Expect: 100-continue\r\n") + get(),
	"an unknown Expect":        get("Expect: miracles\r\n") + get(),
	"Pragma":                   get("Pragma: no-cache\r\n"),
	"CONNECT":                  "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n" + get(),
	"PUT without a body":       "PUT /a HTTP/1.1\r\nHost: x\r\n\r\n" + get(),
	"a head of 5 KiB":          get("X: "+strings.Repeat("y", 5<<10)+"\r\n") + get(),
	"a head of 4096 bytes":     get("X: "+strings.Repeat("y", 4096-len(get("X: \r\n")))+"\r\n") + get(),
	"a head of 4097 bytes":     get("X: "+strings.Repeat("y", 4097-len(get("X: \r\n")))+"\r\n") + get(),
	"too large":                get("X: " + strings.Repeat("y", 64<<10) + "\r\n"),
	"a hundred headers":        get(strings.Repeat("X: y\r\n", 100)),
	"a head that breaks off":   "GET /a HTTP/1.1\r\nHost: x\r\nX",
	"three bytes":              "GET",
	"four bytes":               "GET ",
	"TLS":                      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	"SSH":                      "SSH-2.0-OpenSSH_9.2\r\n",
	"PROXY":                    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get(),
}

// Whatever else a client sends than what strict_test.go has, it gets the answers of net/http,
// and the handler gets the requests of net/http.
func TestRequestsAreUnderstoodAsByNetHTTP(t *testing.T) {
	ours, theirs := newSides(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	})
	for name, text := range requests {
		t.Run(name, func(t *testing.T) { wantSame(t, ours, theirs, text) })
	}
	if n := ours.takes.Load(); n < int64(len(requests)) {
		t.Errorf("%d connections took the short road, want each of %d", n, len(requests))
	}
}

// The same if they come again and again, with other targets too: then the short road
// knows their header lines.
func TestRequestsThatComeAgainAreUnderstoodAsByNetHTTP(t *testing.T) {
	ours, theirs := newSides(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
		for name, values := range r.Header { // of this request alone
			values[0] = "changed"
			r.Header[name] = append(values, "more")
		}
		r.Header.Set("X-New", "set")
	})
	for name, text := range requests {
		if len(text) > 8<<10 { // no connection goes on after it
			continue
		}
		t.Run(name, func(t *testing.T) {
			wantSame(t, ours, theirs, strings.Repeat(text, 4))
			_, lines, _ := strings.Cut(text, "\r\n")
			wantSame(t, ours, theirs, strings.Repeat("GET /a HTTP/1.1\r\n"+lines, 3)+text)
		})
	}
	for _, first := range []string{"GET /b HTTP/1.1", "HEAD /b HTTP/1.1", "GET /b?c=d HTTP/1.1", "GET /b?", "GET /b  HTTP/1.1", "GET /b HTTP/1.1 ", " GET /b HTTP/1.1", "POST /b HTTP/1.1", "GET b HTTP/1.1", "GET /b HTTP/1.0", "GET /b HTTP/1.1 HTTP/1.1", "GET  HTTP/1.1", "GET /%zz HTTP/1.1", "GET /\x00 HTTP/1.1", "GET //evil.example HTTP/1.1", "GET /\r HTTP/1.1", "GET /\n HTTP/1.1", ""} {
		t.Run(first, func(t *testing.T) {
			wantSame(t, ours, theirs, strings.Repeat(get("X: y\r\n"), 3)+strings.Replace(get("X: y\r\n"), "GET /a HTTP/1.1", first, 1)+get("X: y\r\n"))
		})
	}
}

// The same if they come byte by byte. Answers are not compared: one that refuses what is
// still being sent may be lost on its way.
func TestRequestsInPiecesAreUnderstoodAsByNetHTTP(t *testing.T) {
	ours, theirs := newSides(t, func(http.ResponseWriter, *http.Request) {})
	for name, text := range requests {
		t.Run(name, func(t *testing.T) {
			text = text[:min(len(text), 1000)]
			ours.exchangeIn(t, text, 1)
			theirs.exchangeIn(t, text, 1)
			if diff := cmp.Diff(theirs.take(), ours.take()); diff != "" {
				t.Errorf("the handlers got other requests of %.200q: -net/http +ours\n%s", text, diff)
			}
		})
	}
}

// The same for any bytes, or a refusal.
func FuzzRequests(f *testing.F) {
	for _, all := range []map[string]string{requests, ambiguous, ambiguousBodies} {
		for _, text := range all {
			f.Add(text)
		}
	}
	ours, theirs := newSides(f, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	})
	f.Fuzz(func(t *testing.T, text string) { wantSameOrRefused(t, ours, theirs, text) })
}

// The same for any target after requests with the same header lines.
func FuzzRequestsAgain(f *testing.F) {
	for _, all := range []map[string]string{requests, ambiguous, ambiguousBodies} {
		for _, text := range all {
			first, lines, _ := strings.Cut(text, "\r\n")
			f.Add(first, lines)
		}
	}
	ours, theirs := newSides(f, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	})
	f.Fuzz(func(t *testing.T, first, lines string) {
		wantSameOrRefused(t, ours, theirs, strings.Repeat("GET /a HTTP/1.1\r\n"+lines, 3)+first+"\r\n"+lines)
	})
}
