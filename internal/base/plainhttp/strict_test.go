package plainhttp

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func post(lines ...string) string {
	return "POST /a HTTP/1.1\r\nHost: app.example\r\n" + strings.Join(lines, "") + "\r\n"
}

// ambiguous are heads that servers and proxies read in more than one way. net/http takes
// most of them, or answers 501.
var ambiguous = map[string]string{
	"one length twice":                   get("Content-Length: 5\r\nContent-Length: 5\r\n") + "hello",
	"chunks and a length":                get("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n") + "2\r\nok\r\n0\r\n\r\n" + get(),
	"a length and chunks":                get("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" + get(),
	"chunks twice":                       get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
	"chunked, identity":                  get("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n",
	"identity":                           get("Transfer-Encoding: identity\r\n"),
	"an unknown coding":                  get("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n",
	"a line feed alone":                  "GET /a HTTP/1.1\nHost: x\n\n",
	"one line feed alone":                "GET /a HTTP/1.1\r\nHost: x\r\nX: y\nZ: a\r\n\r\n",
	"an end of line feeds":               "GET /a HTTP/1.1\r\nHost: x\r\n\n" + get(),
	"an end hidden by line feeds":        "GET /a HTTP/1.1\r\nHost: x\n\nGET /b HTTP/1.1\r\nHost: y\r\n\r\n",
	"a continued line":                   "GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n",
	"a continued line with a tab":        "GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n\tTransfer-Encoding: chunked\r\n\r\n",
	"a vertical tab before chunked":      get("Transfer-Encoding: \x0bchunked\r\n") + "0\r\n\r\n",
	"POST, chunks and a length":          post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n") + "2\r\nok\r\n0\r\n\r\n" + get(),
	"POST, a length and chunks":          post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" + get(),
	"POST, a length of 0 and chunks":     post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" + get(),
	"chunks in HTTP/1.0":                 "POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get(),
	"chunks and a length in HTTP/1.0":    "POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get(),
	"chunks in HTTP/1.0, a long target":  "POST /" + strings.Repeat("a", 200) + " HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunked twice in a line":            post("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n",
	"gzip, chunked":                      post("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n",
	"chunked in quotes":                  post("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n",
	"chunked after many spaces":          post("Transfer-Encoding: "+strings.Repeat(" ", 100)+"chunked\r\n") + "0\r\n\r\n",
	"an empty coding":                    post("Transfer-Encoding:\r\n"),
	"an empty coding and chunked":        post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
	"codings in two spellings":           post("transfer-encoding: chunked\r\nTRANSFER-ENCODING: identity\r\n") + "0\r\n\r\n",
	"lengths in two spellings":           post("content-length: 5\r\nCONTENT-LENGTH: 5\r\n") + "hello",
	"a list of equal lengths":            post("Content-Length: 5, 5\r\n") + "hello",
	"a length with a sign":               post("Content-Length: +5\r\n") + "hello",
	"a length below 0":                   post("Content-Length: -0\r\n"),
	"a length in base 16":                post("Content-Length: 0x5\r\n") + "hello",
	"a length with an underscore in it":  post("Content-Length: 1_0\r\n") + "hellohello",
	"a length with a fraction":           post("Content-Length: 5.0\r\n") + "hello",
	"a length of 2^63":                   post("Content-Length: 9223372036854775808\r\n") + "hello",
	"a length of 2^64+5":                 post("Content-Length: 18446744073709551621\r\n") + "hello",
	"a length of many digits":            post("Content-Length: "+strings.Repeat("0", 100)+"5\r\n") + "hello",
	"an empty length":                    post("Content-Length:\r\n"),
	"a length that is continued":         post("Content-Length:\r\n 5\r\n") + "hello",
	"a coding that is continued":         post("Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n",
	"a continued line that hides one":    post("X: y\r\n Content-Length: 5\r\n") + "hello",
	"a line of a space":                  post("X: y\r\n \r\n"),
	"a line feed in a value":             post("X: y\nContent-Length: 5\r\n") + "hello",
	"a line feed after the request line": "POST /a HTTP/1.1\nHost: x\r\n\r\n",
	"a line feed before the request":     "\n" + post(),
	"a carriage return in a value":       post("X: y\rContent-Length: 5\r\n") + "hello",
	"a carriage return in a name":        post("X\r: y\r\n"),
	"a carriage return before a line":    post("\rX: y\r\n"),
	"a carriage return in the target":    "POST /a\rb HTTP/1.1\r\nHost: x\r\n\r\n",
	"two carriage returns at the end":    "POST /a HTTP/1.1\r\nHost: x\r\n\r\r\n",
	"a space before a colon":             post("Content-Length : 5\r\n") + "hello",
	"a tab before a colon":               post("Transfer-Encoding\t: chunked\r\n") + "0\r\n\r\n",
	"a NUL in a name":                    post("Content-Length\x00: 5\r\n") + "hello",
	"a NUL in a length":                  post("Content-Length: 5\x00\r\n") + "hello",
	"a NUL in a coding":                  post("Transfer-Encoding: chunked\x00\r\n") + "0\r\n\r\n",
	"a NUL in a value":                   post("X: a\x00b\r\n"),
	"a NUL in the target":                "POST /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n",
	"a NUL in the method":                "PO\x00ST /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"two hosts":                          "POST /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
	"a host with a comma":                "POST /a HTTP/1.1\r\nHost: x,y z\r\n\r\n",
	"two spaces in the request line":     "POST  /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"a space after the version":          "POST /a HTTP/1.1 \r\nHost: x\r\n\r\n",
	"what HTTP/2 begins with, and hosts": "PRI * HTTP/2.0\r\nHost: x\r\n\r\n" + get(),
	"what HTTP/2 begins with, chunks":    "PRI * HTTP/2.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + get(),
	"a space before the method":          " POST /a HTTP/1.1\r\nHost: x\r\n\r\n",
}

// ambiguousBodies are bodies that are read in more than one way. Their heads are good, so
// the handler gets the request. It never sees the body as a whole one, nor a second request.
var ambiguousBodies = map[string]string{
	"a size with a sign":             post(chunked) + "+2\r\nok\r\n0\r\n\r\n" + get(),
	"a size below 0":                 post(chunked) + "-2\r\nok\r\n0\r\n\r\n" + get(),
	"a size with 0x":                 post(chunked) + "0x2\r\nok\r\n0\r\n\r\n" + get(),
	"a size with an underscore":      post(chunked) + "0_2\r\nok\r\n0\r\n\r\n" + get(),
	"a size after a space":           post(chunked) + " 2\r\nok\r\n0\r\n\r\n" + get(),
	"a size of 17 digits":            post(chunked) + "10000000000000002\r\nok\r\n0\r\n\r\n" + get(),
	"no size":                        post(chunked) + "\r\nok\r\n0\r\n\r\n" + get(),
	"a size that ends with LF":       post(chunked) + "2\nok\r\n0\r\n\r\n" + get(),
	"a size that ends with CR":       post(chunked) + "2\rok\r\n0\r\n\r\n" + get(),
	"an LF in an extension":          post(chunked) + "2;a\nok\r\n0\r\n\r\n" + get(),
	"a CR in an extension":           post(chunked) + "2;a\rb\r\nok\r\n0\r\n\r\n" + get(),
	"a chunk that is longer":         post(chunked) + "2\r\nokay\r\n0\r\n\r\n" + get(),
	"a chunk that is shorter":        post(chunked) + "4\r\nok\r\n0\r\n\r\n" + get(),
	"a chunk that ends with LF":      post(chunked) + "2\r\nok\n0\r\n\r\n" + get(),
	"a chunk without an end":         post(chunked) + "2\r\nok0\r\n\r\n" + get(),
	"a last chunk that ends with LF": post(chunked) + "2\r\nok\r\n0\n\r\n" + get(),
	"trailers that end with LF":      post(chunked) + "2\r\nok\r\n0\r\n\n" + get(),
	"a trailer that ends with LF":    post(chunked) + "2\r\nok\r\n0\r\nX: y\n\r\n" + get(),
	"a trailer that is continued":    post(chunked) + "2\r\nok\r\n0\r\nX: y\r\n z\r\n\r\n" + get(),
	"a CR in a trailer":              post(chunked) + "2\r\nok\r\n0\r\nX: y\rz\r\n\r\n" + get(),
}

const chunked = "Transfer-Encoding: chunked\r\n"

// listen returns a server with the short road, with TLS or without, and a function that
// dials it. protocols are those that the client offers.
func listen(t *testing.T, overTLS bool, h http.HandlerFunc, protocols ...string) (*side, func() net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &side{addr: ln.Addr().String()}
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: RefuseMalformed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.note(r); h != nil {
			h(w, r)
		}
	})), Protocols: new(http.Protocols)}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetHTTP2(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	of := httptest.NewUnstartedServer(nil)
	if overTLS {
		of.StartTLS()
		srv.TLSConfig = &tls.Config{Certificates: of.TLS.Certificates}
	}
	t.Cleanup(of.Close)
	short := New(srv)
	t.Cleanup(func() { short.Close() })
	if !overTLS {
		go short.Serve(ln)
		return s, func() net.Conn { return dial(t, s.addr) }
	}
	go short.ServeTLS(ln)
	config := of.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName, config.NextProtos = "example.com", protocols
	return s, func() net.Conn { return tls.Client(dial(t, s.addr), config) }
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc
}

// What can be read in two ways is refused, wherever it stands on a connection, and ends it:
// no byte after it is a request.
func TestWhatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	for overTLS, sizes := range map[bool][]int{false: {1 << 20, 1}, true: {7}} {
		s, dial := listen(t, overTLS, nil)
		for before, requestsBefore := range map[string]string{
			"first": "", "second": usualRequest, "on the short road": usualRequest + usualRequest + usualRequest,
			"after a body": post("Content-Length: 2\r\n") + "ok", "after chunks": post(chunked) + "2;ext=1\r\nok\r\n0\r\nX: y\r\n\r\n",
			"after an offer of h2c": get("Connection: Upgrade\r\nUpgrade: h2c\r\n"), "after the short road": usualRequest + usualRequest + usualRequest + oddRequest,
		} {
			for _, size := range sizes {
				for name, text := range ambiguous {
					refuses(t, s, dial(), fmt.Sprintf("TLS %t, %s, in pieces of %d: %s", overTLS, before, size, name), requestsBefore, text, size, false)
				}
				for name, text := range ambiguousBodies {
					refuses(t, s, dial(), fmt.Sprintf("TLS %t, %s, in pieces of %d: %s", overTLS, before, size, name), requestsBefore, text, size, true)
				}
			}
		}
	}
}

// refuses sends text after other requests. Unless it is refused for its body, no handler
// gets a request of it; then one does, with a body that breaks.
func refuses(t *testing.T, s *side, nc net.Conn, what, before, text string, size int, forBody bool) {
	t.Helper()
	defer nc.Close()
	go func() {
		io.WriteString(nc, before)
		for piece := range slices.Chunk([]byte(text), min(size, len(text))) {
			if _, err := nc.Write(piece); err != nil {
				return
			}
		}
		nc.(interface{ CloseWrite() error }).CloseWrite()
	}()
	r, answers := bufio.NewReader(nc), []told{}
	for {
		got, more := readAnswer(r, http.MethodGet)
		if !more {
			break
		}
		answers = append(answers, got)
	}
	served := strings.Count(before, "HTTP/1.1\r\n")
	got := s.take()
	if forBody {
		served++
		if n := len(got); n != served || !strings.HasSuffix(got[n-1].Body, "(broken)") {
			t.Errorf("%s: the handlers got %+v, want %d, the last with a broken body", what, got, served)
		}
		return
	}
	if len(got) != served {
		t.Errorf("%s: the handlers got %+v, want %d", what, got, served)
	}
	if size < len(text) && len(answers) == served {
		return // an answer that refuses what is still being sent may be lost on its way
	}
	if n := len(answers); n != served+1 || answers[n-1].Status != http.StatusBadRequest || !answers[n-1].Last {
		t.Errorf("%s: got %+v, want %d and a 400 that ends the connection", what, answers, served)
	}
}

// wantSameOrRefused is wantSame, but ours may refuse what theirs takes.
func wantSameOrRefused(t testing.TB, ours, theirs *side, text string) {
	t.Helper()
	got, want := ours.exchange(t, text), theirs.exchange(t, text)
	gotRequests, wantRequests := ours.take(), theirs.take()
	if cmp.Equal(got, want) && cmp.Equal(gotRequests, wantRequests) {
		return
	}
	n := len(gotRequests)
	if n > len(wantRequests) {
		t.Fatalf("the handlers got %+v of %q, want no more than %+v", gotRequests, text, wantRequests)
	}
	broken := n > 0 && strings.HasSuffix(gotRequests[n-1].Body, "(broken)")
	if broken {
		wantRequests[n-1].Body = gotRequests[n-1].Body
	}
	if diff := cmp.Diff(wantRequests[:n], gotRequests, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the handlers got other requests of %q: -net/http +ours\n%s", text, diff)
	}
	if last := len(got) - 1; !broken && (last < n || got[last].Status != http.StatusBadRequest || !got[last].Last) {
		t.Errorf("got %+v for %q, want the answers to %d requests, and a refusal", got, text, n)
	}
}

// Only HTTP/2 itself is not looked at: what looks like its beginning, and goes on in HTTP/1,
// would turn off the looking for a whole connection.
func TestWhatHTTP2BeginsWith(t *testing.T) {
	const begin = "PRI * HTTP/2.0\r\n\r\n"
	for text, want := range map[string]bool{
		begin + "SM\r\n\r\n\x00\n": true, usualRequest + begin + "SM\r\n\r\n\n": true,
		begin + usualRequest: false, begin + begin: false, begin + "\r\nSM\r\n": false, begin + "SM \r\n": false,
	} {
		var f framing
		if n, good := f.feed([]byte(text)); good != want || good && n != len(text) {
			t.Errorf("%q: took %d bytes, good: %t; want %t", text, n, good, want)
		}
	}
}

// Who talks on after a request to change the protocol, before the answer, loses nothing,
// whatever becomes of it.
func TestWhatComesBeforeAChangeOfProtocolIsLeftAsItIs(t *testing.T) {
	const early = "\n\r\x00 early\n\r"
	_, dial := listen(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			return
		}
		nc, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer nc.Close()
		io.CopyN(nc, io.MultiReader(buffered, nc), int64(len(early)))
	})
	for _, size := range []int{1, 1 << 10} {
		nc := dial()
		go func() {
			for piece := range slices.Chunk([]byte("CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n"+early), size) {
				nc.Write(piece)
			}
		}()
		if got, err := io.ReadAll(nc); string(got) != early || err != nil {
			t.Errorf("in pieces of %d: got %q (%v) back, want %q", size, got, err, early)
		}
	}
}

// A request that comes while the one before is being answered is read as strictly, also if
// that one could have changed the protocol.
func TestWhatComesDuringAnAnswerIsReadAsStrictly(t *testing.T) {
	for name, first := range map[string]string{"an offer of h2c": "Connection: Upgrade\r\nUpgrade: h2c\r\n", "nothing": "X: y\r\n"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newWaiting()
				c := newRoad(t, &http.Server{}, h.ServeHTTP).newClient(t)
				io.WriteString(c, strings.Replace(waitRequest, "\r\n\r\n", "\r\n"+first+"\r\n", 1))
				<-h.begun
				go io.WriteString(c, "GET /wait HTTP/1.1\nHost: x\n\n")
				synctest.Wait()
				h.let <- struct{}{}
				c.reads("waited")
				if err := <-h.ended; err != nil {
					t.Errorf("the first request ended with %v", err)
				}
				if got, more := readAnswer(c.r, http.MethodGet); !more || got.Status != http.StatusBadRequest {
					t.Errorf("got %+v (an answer: %v), want 400", got, more)
				}
			})
		})
	}
}

// Who does not finish the handshake is cut when the time is over, and at the end, and
// keeps nobody else from being served.
func TestHandshakesThatDoNotEnd(t *testing.T) {
	of := httptest.NewTLSServer(nil)
	defer of.Close()
	synctest.Test(t, func(t *testing.T) {
		conns := newBack()
		s := New(&http.Server{TLSConfig: &tls.Config{Certificates: of.TLS.Certificates}, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: http.NotFoundHandler()})
		var served sync.WaitGroup
		served.Go(func() { s.ServeTLS(conns) })
		begin := time.Now()
		ends := func(after time.Duration) {
			ours, theirs := net.Pipe()
			conns.put(theirs)
			defer ours.Close()
			io.WriteString(ours, "\x16")
			io.Copy(io.Discard, ours)
			if took := time.Since(begin); took != after {
				t.Errorf("a handshake was cut after %v, want %v", took, after)
			}
		}
		ends(time.Minute)
		go func() {
			time.Sleep(time.Second)
			s.Close()
		}()
		ends(time.Minute + time.Second)
		served.Wait()
	})
}

func TestWhoForgotTLSIsTold(t *testing.T) {
	s, _ := listen(t, true, nil)
	nc := dial(t, s.addr)
	io.WriteString(nc, usualRequest)
	if got, _ := io.ReadAll(nc); !strings.Contains(string(got), "400 Bad Request") || !strings.Contains(string(got), "HTTPS server") {
		t.Errorf("got %q, want what net/http says", got)
	}
}
