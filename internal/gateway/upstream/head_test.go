package upstream

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

func TestUsualHeads(t *testing.T) {
	for name, tt := range map[string]struct {
		head string // the rest of it after the status line and a length
		want bool
	}{
		"a length alone":              {"", true},
		"many headers":                {"Date: now\r\nServer: x\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n", true},
		"names in small letters":      {"content-type: text/plain\r\n", true},
		"spaces around values":        {"X-A: \t b \t\r\nX-B:c\r\nX-C:\r\n", true},
		"other bytes than ASCII":      {"X-A: caf\xe9\r\n", true},
		"a connection that stays":     {"Connection: Keep-Alive\r\n", true},
		"a connection that ends":      {"Connection: close\r\n", false},
		"headers of the connection":   {"Connection: keep-alive, x-a\r\n", false},
		"two lengths":                 {"Content-Length: 2\r\n", false},
		"chunks":                      {"Transfer-Encoding: chunked\r\n", false},
		"trailers":                    {"Trailer: X\r\n", false},
		"a header that means another": {"Pragma: no-cache\r\n", false},
		"a continued line":            {"X-A: a\r\n b\r\n", false},
		"a line that ends with LF":    {"X-A: a\nX-B: b\r\n", false},
		"a CR in a line":              {"X-A: a\rb\r\n", false},
		"a NUL":                       {"X-A: \x00\r\n", false},
		"a name with a space":         {"X-A : a\r\n", false},
		"a name in parts":             {"X A: a\r\n", false},
		"no name":                     {": a\r\n", false},
		"no colon":                    {"X-A\r\n", false},
		"too many lines":              {strings.Repeat("X-A: a\r\n", knownLines), false},
	} {
		var h headReader
		head := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + tt.head + "\r\n"
		for range 3 { // what is known does not count
			if got := h.take([]byte(head + "ok")); got != len(head) && tt.want || got != 0 && !tt.want {
				t.Errorf("%s: %d bytes of %d were taken, want all: %t", name, got, len(head), tt.want)
			}
		}
		for n := range len(head) {
			if got := h.take([]byte(head[:n])); got != 0 {
				t.Errorf("%s: of the first %d bytes, %d were taken for a head", name, n, got)
			}
		}
	}
	for line, want := range map[string]bool{
		"HTTP/1.1 200 OK": true, "HTTP/1.1 200 ": true, "HTTP/1.1 200": true, "HTTP/1.1 999 a  b": true, "HTTP/1.1 304 Not Modified": true,
		"HTTP/1.0 200 OK": false, "HTTP/1.1 103 Early Hints": false, "HTTP/1.1 099 Low": false, "HTTP/1.1  200 OK": false, "HTTP/1.1 20 OK": false, "HTTP/1.1 2000 OK": false,
		"HTTP/1.1 +20 OK": false, "HTTP/1.1 200\tOK": false, "HTTP/1.1\t200 OK": false, "http/1.1 200 OK": false, "HTTP/1.1 200 a\rb": false, "HTTP/1.1 200 a\nb": false, " HTTP/1.1 200 OK": false, "": false,
	} {
		var h headReader
		if got := h.take([]byte(line+"\r\nContent-Length: 0\r\n\r\n")) > 0; got != want {
			t.Errorf("%q: got %t, want %t", line, got, want)
		}
	}
}

// A length that is not plainly one is net/http's to refuse.
func TestLengthsThatAreNotUsual(t *testing.T) {
	for length, want := range map[string]bool{
		"0": true, "007": true, "999999999999999999": true,
		"": false, "-1": false, "+1": false, "1 1": false, "1,1": false, "0x1": false, "1_0": false, "9999999999999999999": false, "\u0661": false,
	} {
		var h headReader
		if got := h.take([]byte("HTTP/1.1 200 OK\r\nContent-Length: "+length+"\r\n\r\n")) > 0; got != want {
			t.Errorf("%q: got %t, want %t", length, got, want)
		}
	}
}

// Lines that come again are not read again, whichever others come anew or are missing.
func TestKnownLines(t *testing.T) {
	const a, b, c = "Server: x\r\n", "Content-Type: text/html\r\n", "X-Frame-Options: DENY\r\n"
	for lines, fresh := range map[string]int{
		a + b + c: 0, a + c: 0, b: 0, a + "X-New: 1\r\n" + b + c: 1, "X-New: 1\r\n" + c: 1, a + "Content-Type: text/plain\r\n" + c: 1, c + a: 1,
	} {
		var h headReader
		h.take([]byte("HTTP/1.1 200 OK\r\n" + a + b + c + "Content-Length: 0\r\n\r\n"))
		before := map[*byte]bool{}
		for _, l := range h.lines {
			before[unsafe.StringData(l.text)] = true
		}
		if head := "HTTP/1.1 200 OK\r\n" + lines + "Content-Length: 0\r\n\r\n"; h.take([]byte(head)) != len(head) {
			t.Errorf("%q is not usual", head)
		}
		got := 0
		for _, l := range h.lines {
			if !before[unsafe.StringData(l.text)] {
				got++
			}
		}
		if got != fresh {
			t.Errorf("%q: %d lines were read, want %d", lines, got, fresh)
		}
	}
}

// parsed is what comes of a head and what follows it.
type parsed struct {
	Code    int
	Status  string
	Header  http.Header
	Length  int64
	Body    string
	Missing bool // of the body
	Rest    string
}

func ours(h *headReader, text []byte, method string) (got parsed, usual bool) {
	size := h.take(text)
	if size == 0 || h.body(method) < 0 {
		return parsed{}, false
	}
	got = parsed{Code: h.code, Status: h.status.value, Header: h.header(nil), Length: h.contentLength(method)}
	body := text[size:]
	n := min(h.body(method), int64(len(body)))
	got.Body, got.Missing, got.Rest = string(body[:n]), n < h.body(method), string(body[n:])
	return got, true
}

func theirs(t *testing.T, text []byte, method string) parsed {
	r := bufio.NewReaderSize(bytes.NewReader(text), len(text)+16)
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: net/http refuses it: %v", text, err)
	}
	if resp.Close || resp.Trailer != nil || resp.TransferEncoding != nil || resp.Proto != "HTTP/1.1" || resp.ProtoMajor != 1 || resp.ProtoMinor != 1 || resp.Uncompressed {
		t.Fatalf("%q: net/http sees more in it: %+v", text, resp)
	}
	body, err := io.ReadAll(resp.Body)
	rest, _ := io.ReadAll(r)
	return parsed{Code: resp.StatusCode, Status: resp.Status, Header: resp.Header, Length: resp.ContentLength, Body: string(body), Missing: err != nil, Rest: string(rest)}
}

// FuzzHeads compares the heads that are usual with what net/http makes of them, on a
// connection on which others came before.
func FuzzHeads(f *testing.F) {
	for _, a := range answers {
		for _, b := range answers {
			f.Add([]byte(a), []byte(b), false)
		}
	}
	const many = "HTTP/1.1 200 OK\r\nServer: x\r\nDate: now\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\nConnection: keep-alive\r\nContent-Length: 2\r\nX-A:\t b \r\n\r\nok"
	f.Add([]byte(many), []byte(strings.Replace(many, "now", "later", 1)), true)
	f.Add([]byte(many), []byte(strings.Replace(many, "\r\nSet", "\r\n Set", 1)), false)
	f.Fuzz(func(t *testing.T, a, b []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		var h headReader
		for _, text := range [][]byte{a, b, a, b, b} {
			if got, usual := ours(&h, text, method); usual {
				if diff := cmp.Diff(theirs(t, text, method), got); diff != "" {
					t.Errorf("%q after %q: -net/http +ours:\n%s", text, a, diff)
				}
			}
		}
	})
}
