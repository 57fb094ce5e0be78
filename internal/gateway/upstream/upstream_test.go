package upstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scripted is an upstream that answers each request on a connection with the next of
// its texts. A text that is "close" closes the connection instead.
type scripted struct {
	t       *testing.T
	ln      net.Listener
	conns   atomic.Int32
	got     chan string   // the requests, as they are on the wire
	unasked chan struct{} // closed: every open connection says something
}

func newScripted(t *testing.T, texts ...string) *scripted {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{t: t, ln: ln, got: make(chan string, 100), unasked: make(chan struct{})}
	var open sync.WaitGroup
	t.Cleanup(func() {
		ln.Close()
		open.Wait()
	})
	next := make(chan string, len(texts))
	for _, text := range texts {
		next <- text
	}
	open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.conns.Add(1)
			open.Go(func() { s.serve(c, next) })
		}
	})
	return s
}

func (s *scripted) serve(c net.Conn, next chan string) {
	defer c.Close()
	stop := context.AfterFunc(s.t.Context(), func() { c.Close() })
	defer stop()
	r := bufio.NewReader(c)
	for {
		request, err := readHead(r)
		if err != nil {
			return
		}
		s.got <- request
		select {
		case text := <-next:
			if text == "close" {
				return
			}
			if text, last := strings.CutSuffix(text, "<close>"); last {
				io.WriteString(c, text)
				return
			}
			io.WriteString(c, text)
		default:
			<-s.t.Context().Done() // nothing more to say
			return
		}
	}
}

func readHead(r *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		head.WriteString(line)
		if line == "\r\n" {
			return head.String(), nil
		}
	}
}

func (s *scripted) request(method string, headers ...string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.ln.Addr().String()+"/a%2Fb?c=d", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func general() *http.Transport {
	return &http.Transport{DialContext: (&net.Dialer{}).DialContext, MaxIdleConns: 100, MaxIdleConnsPerHost: 10, IdleConnTimeout: time.Minute, DisableCompression: true}
}

// outcome is what a caller sees of an answer.
type outcome struct {
	Status   int
	Header   http.Header
	Body     string
	Failed   bool // no answer
	Broken   bool // the body did not end well
	Trailers http.Header
}

func outcomeOf(resp *http.Response, err error) outcome {
	if err != nil {
		return outcome{Failed: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return outcome{Status: resp.StatusCode, Header: resp.Header, Body: string(body), Broken: err != nil, Trailers: resp.Trailer}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// Whatever an upstream says, the short road and net/http understand the same.
func TestAnswersAreUnderstoodAsByNetHTTP(t *testing.T) {
	for name, text := range answers {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				ours, theirs := New(general()), general()
				a := newScripted(t, text)
				b := newScripted(t, text)
				got := outcomeOf(ours.RoundTrip(a.request(method)))
				want := outcomeOf(theirs.RoundTrip(b.request(method)))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: -net/http +ours:\n%s", method, diff)
				}
				ours.CloseIdleConnections()
				theirs.CloseIdleConnections()
			}
		})
	}
}

var answers = map[string]string{
	"with a length":              ok,
	"empty":                      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	"in chunks":                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	"with trailers":              "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n",
	"to the end":                 "HTTP/1.1 200 OK\r\n\r\nall of it<close>",
	"of HTTP/1.0":                "HTTP/1.0 200 OK\r\n\r\nold<close>",
	"without content":            "HTTP/1.1 204 No Content\r\n\r\n",
	"not modified":               "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n",
	"after an interim answer":    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok,
	"cut in the body":            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf<close>",
	"cut in a chunk":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf<close>",
	"cut between chunks":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n<close>",
	"cut in the header":          "HTTP/1.1 200 OK\r\nContent-Le<close>",
	"nothing":                    "close",
	"no HTTP":                    "SSH-2.0-OpenSSH_9.2\r\n<close>",
	"two lengths":                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok<close>",
	"a negative length":          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok<close>",
	"a length and chunks":        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n<close>",
	"an unknown coding":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n<close>",
	"a broken chunk size":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n<close>",
	"a header without a name":    "HTTP/1.1 200 OK\r\n: x\r\n\r\n<close>",
	"a space before the colon":   "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok<close>",
	"a continued line":           "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok",
	"a status that is no number": "HTTP/1.1 OK\r\n\r\n<close>",
}

// A request is on the wire what net/http would have made of it, in any order of
// headers.
func TestRequestsAreWrittenAsByNetHTTP(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
		a, b := newScripted(t, ok), newScripted(t, ok)
		headers := []string{"X-Many", "1", "X-Many", "2", "Accept", "*/*", "x-lower", "kept", "Content-Length", "77", "Transfer-Encoding", "chunked", "Trailer", "X", "Host", "other.example.com", "Te", "trailers"}
		for _, s := range []*scripted{a, b} {
			r := s.request(method, headers...)
			r.Host = "app.example.com:8443"
			delete(r.Header, "User-Agent")
			r.Header["User-Agent"] = []string{"Browser"}
			r.Header["x-spelt"] = []string{"as it is"}
			var rt http.RoundTripper = New(general())
			if s == b {
				rt = general()
			}
			outcomeOf(rt.RoundTrip(r))
		}
		if diff := cmp.Diff(sorted(<-b.got), sorted(<-a.got)); diff != "" {
			t.Errorf("%s: -net/http +ours:\n%s", method, diff)
		}
	}
}

// sorted maps the lines of a request's head to how often each is there. The first line
// keeps its place.
func sorted(head string) map[string]int {
	lines := map[string]int{}
	for i, line := range strings.Split(head, "\r\n") {
		if i == 0 {
			line = "first: " + line
		}
		lines[line]++
	}
	return lines
}

// What net/http would correct or refuse is left to it.
func TestWhatTakesTheShortRoad(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   bool
	}{
		"a page":                {func(*http.Request) {}, true},
		"a body":                {func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("x")) }, false},
		"TLS":                   {func(r *http.Request) { r.URL.Scheme = "https" }, false},
		"an upgrade":            {func(r *http.Request) { r.Header.Set("Connection", "Upgrade"); r.Header.Set("Upgrade", "websocket") }, false},
		"an expectation":        {func(r *http.Request) { r.Header.Set("Expect", "100-continue") }, false},
		"trailers":              {func(r *http.Request) { r.Trailer = http.Header{"X": nil} }, false},
		"a line in a value":     {func(r *http.Request) { r.Header["X"] = []string{"a\r\nEvil: 1"} }, false},
		"a line in a name":      {func(r *http.Request) { r.Header["X\r\nEvil"] = []string{"1"} }, false},
		"a NUL":                 {func(r *http.Request) { r.Header["X"] = []string{"a\x00"} }, false},
		"a line in the host":    {func(r *http.Request) { r.Host = "a\r\nEvil: 1" }, false},
		"a name in Unicode":     {func(r *http.Request) { r.Host = "bücher.example.com" }, false},
		"an address with zone":  {func(r *http.Request) { r.URL.Host = "[fe80::1%25eth0]:80"; r.Host = "" }, false},
		"a space in the method": {func(r *http.Request) { r.Method = "GET / HTTP/1.1\r\nX: " }, false},
		"CONNECT":               {func(r *http.Request) { r.Method = "CONNECT" }, false},
		"an opaque target":      {func(r *http.Request) { r.URL.Opaque = "evil HTTP/1.1\r\nX: y" }, false},
		"a line in the query":   {func(r *http.Request) { r.URL.RawQuery = "a\r\nb" }, false},
	} {
		r, err := http.NewRequest("GET", "http://app.internal/page?x=y", nil)
		if err != nil {
			t.Fatal(err)
		}
		tt.change(r)
		plain, got := plainRequest(r)
		if got {
			_, got = plain.append(nil)
		}
		if got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	s := newScripted(t, ok, ok, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok<close>", ok)
	tr := New(general())
	defer tr.CloseIdleConnections()
	for i, want := range []int32{1, 1, 1, 2} {
		if got := outcomeOf(tr.RoundTrip(s.request("GET"))); got.Body != "ok" {
			t.Fatalf("answer %d: got %+v", i, got)
		}
		if got := s.conns.Load(); got != want {
			t.Errorf("after answer %d there were %d connections, want %d", i, got, want)
		}
	}
}

// What comes after an answer would be taken for the answer to somebody else's request.
func TestAnswersThatNobodyAskedFor(t *testing.T) {
	for name, text := range map[string]string{
		"two at once":       ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"more than said":    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"a body to no body": "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
	} {
		s := newScripted(t, text, ok)
		tr := New(general())
		outcomeOf(tr.RoundTrip(s.request("GET")))
		if got := outcomeOf(tr.RoundTrip(s.request("GET"))); got.Body != "ok" || s.conns.Load() != 2 {
			t.Errorf("%s: the next answer is %+v on connection %d, want ok on a second one", name, got, s.conns.Load())
		}
		tr.CloseIdleConnections()
	}
}

func TestAConnectionThatTalksWhileItIsIdle(t *testing.T) {
	speak := make(chan struct{})
	said := make(chan struct{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for first := true; ; first = false {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			readHead(bufio.NewReader(c))
			io.WriteString(c, ok)
			if first {
				<-speak
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
				close(said)
			}
		}
	}()
	tr := New(general())
	defer tr.CloseIdleConnections()
	ask := func() string {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+ln.Addr().String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		return outcomeOf(tr.RoundTrip(r)).Body
	}
	ask()
	close(speak)
	<-said
	if got := ask(); got != "ok" {
		t.Errorf("the next answer is %q, want ok of a new connection", got)
	}
}

// A connection that the upstream closes under a request: what may be sent again is.
func TestAnUpstreamThatClosesUnderARequest(t *testing.T) {
	for _, tt := range []struct {
		method  string
		headers []string
		want    string
	}{
		{"GET", nil, "ok"}, {"HEAD", nil, ""}, {"OPTIONS", nil, "ok"},
		{"POST", nil, "failed"}, {"DELETE", nil, "failed"}, {"POST", []string{"Idempotency-Key", "1"}, "ok"},
	} {
		s := newScripted(t, ok, "close", ok)
		tr := New(general())
		outcomeOf(tr.RoundTrip(s.request("GET")))
		got := outcomeOf(tr.RoundTrip(s.request(tt.method, tt.headers...)))
		if got.Failed != (tt.want == "failed") || !got.Failed && got.Body != tt.want {
			t.Errorf("%s %v: got %+v, want %s", tt.method, tt.headers, got, tt.want)
		}
		tr.CloseIdleConnections()
	}
	// On a new connection nothing is repeated: the upstream has read the request.
	s := newScripted(t, "close", ok)
	if got := outcomeOf(New(general()).RoundTrip(s.request("GET"))); !got.Failed {
		t.Errorf("closed on a new connection: got %+v, want no answer", got)
	}
}

// The end of the request's context ends the waiting, with its cause, and the
// connection is not used again.
func TestTheEndOfTheContext(t *testing.T) {
	reason := errors.New("the session has ended")
	for name, text := range map[string]string{
		"before the answer": "", "in the header": "HTTP/1.1 200 OK\r\nConte", "in the body": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
	} {
		texts := []string{text, ok}
		if text == "" {
			texts = nil
		}
		s := newScripted(t, texts...)
		tr := New(general())
		ctx, cancel := context.WithCancelCause(t.Context())
		r := s.request("GET").WithContext(ctx)
		go func() {
			<-s.got
			cancel(reason)
		}()
		resp, err := tr.RoundTrip(r)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, reason) {
			t.Errorf("%s: got %v, want the reason", name, err)
		}
		if tr.idle.size != 0 {
			t.Errorf("%s: the connection was kept", name)
		}
	}
}

func TestAContextThatEndsAfterTheAnswer(t *testing.T) {
	s := newScripted(t, ok, ok)
	tr := New(general())
	defer tr.CloseIdleConnections()
	ctx, cancel := context.WithCancel(t.Context())
	outcomeOf(tr.RoundTrip(s.request("GET").WithContext(ctx)))
	cancel()
	if got := outcomeOf(tr.RoundTrip(s.request("GET"))); got.Body != "ok" || s.conns.Load() != 1 {
		t.Errorf("got %+v on connection %d, want ok on the first", got, s.conns.Load())
	}
}

func TestBodiesThatNobodyReadsToTheirEnd(t *testing.T) {
	s := newScripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nendless", ok)
	tr := New(general())
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(s.request("GET"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close() // returns
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("reading after Close: got %v", err)
	}
	if got := outcomeOf(tr.RoundTrip(s.request("GET"))); got.Body != "ok" || s.conns.Load() != 2 {
		t.Errorf("got %+v on connection %d, want ok on a second one", got, s.conns.Load())
	}
}

func TestInterimAnswers(t *testing.T) {
	hint := "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
	s := newScripted(t, hint+hint+ok)
	var told []int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		told = append(told, code)
		return nil
	}})
	if got := outcomeOf(New(general()).RoundTrip(s.request("GET").WithContext(ctx))); got.Body != "ok" || len(told) != 2 {
		t.Errorf("got %+v after %v, want ok after two hints", got, told)
	}
	flood := newScripted(t, strings.Repeat(hint, 1000)+ok+"<close>")
	if _, err := New(general()).RoundTrip(flood.request("GET")); !errors.Is(err, ErrInterim) {
		t.Errorf("1,000 hints: got %v, want %v", err, ErrInterim)
	}
	refused := errors.New("the client has gone")
	ctx = httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(int, textproto.MIMEHeader) error { return refused }})
	gone := newScripted(t, hint+ok)
	if _, err := New(general()).RoundTrip(gone.request("GET").WithContext(ctx)); !errors.Is(err, refused) {
		t.Errorf("a client that has gone: got %v", err)
	}
}

func TestAStatusThatIsNone(t *testing.T) {
	for _, status := range []string{"000", "099"} {
		s := newScripted(t, "HTTP/1.1 "+status+" Odd\r\nContent-Length: 2\r\n\r\nok<close>")
		if resp, err := New(general()).RoundTrip(s.request("GET")); !errors.Is(err, ErrStatus) {
			t.Errorf("%s: got %v, %v; want %v", status, resp, err, ErrStatus)
		}
	}
}

func TestAChangeOfProtocolThatNobodyAskedFor(t *testing.T) {
	s := newScripted(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\n")
	if _, err := New(general()).RoundTrip(s.request("GET")); !errors.Is(err, errSwitched) {
		t.Errorf("got %v, want %v", err, errSwitched)
	}
}

func TestAnEndlessHeader(t *testing.T) {
	limits := general()
	limits.MaxResponseHeaderBytes = 8 << 10
	s := newScripted(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 64<<10)+"<close>")
	if _, err := New(limits).RoundTrip(s.request("GET")); !errors.Is(err, errHeaderTooLarge) {
		t.Errorf("got %v, want %v", err, errHeaderTooLarge)
	}
	// The limit is that of headers alone.
	large := newScripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n"+strings.Repeat("x", 64<<10))
	if got := outcomeOf(New(limits).RoundTrip(large.request("GET"))); len(got.Body) != 64<<10 || got.Broken {
		t.Errorf("a large body: got %d bytes", len(got.Body))
	}
}

func TestAnUpstreamThatTakesNoConnection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+ln.Addr().String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(general()).RoundTrip(r)
	if op, is := errors.AsType[*net.OpError](err); !is || op.Op != "dial" {
		t.Errorf("got %v, want an error of dialling", err)
	}
}

// The limits of idle connections are kept, and none stays open when all are closed.
func TestIdleConnections(t *testing.T) {
	var open atomic.Int32
	gate := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-gate
		io.WriteString(w, "ok")
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.Start()
	defer server.Close()
	tr := New(general()) // keeps 10 of a host
	var all sync.WaitGroup
	for range 25 {
		all.Go(func() {
			r, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
			if got := outcomeOf(tr.RoundTrip(r)); got.Body != "ok" {
				t.Errorf("got %+v", got)
			}
		})
	}
	close(gate)
	all.Wait()
	if tr.idle.size > 10 || tr.idle.size == 0 {
		t.Errorf("%d connections are idle, want at most 10", tr.idle.size)
	}
	old := tr.idle.stale(time.Now().Add(2 * time.Minute))
	if tr.idle.size != 0 || len(old) == 0 {
		t.Errorf("after two minutes %d are idle, %d were taken out", tr.idle.size, len(old))
	}
	for _, c := range old {
		c.nc.Close()
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
	tr.CloseIdleConnections()
	outcomeOf(tr.RoundTrip(r)) // may still be sent, and its connection is not kept
	if tr.idle.size != 0 {
		t.Errorf("%d connections are idle after all were closed", tr.idle.size)
	}
}

// Many requests at once get their own answers.
func TestManyRequestsAtOnce(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Query().Get("n")) }))
	defer server.Close()
	tr := New(general())
	defer tr.CloseIdleConnections()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for j := range 50 {
				want := fmt.Sprint(i, ".", j)
				r, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/?n="+strings.ReplaceAll(want, " ", "+"), nil)
				if got := outcomeOf(tr.RoundTrip(r)); got.Body != want {
					t.Errorf("got %+v, want %s", got, want)
				}
			}
		})
	}
	all.Wait()
}
