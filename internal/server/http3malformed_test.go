package server_test

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// fields are lines of a head: names and values in turns.
type fields []string

// wholeHead is a whole request of HTTP/3, with more lines.
func wholeHead(more ...string) fields {
	return append(fields{":method", "GET", ":scheme", "https", ":authority", "app.example.com", ":path", "/"}, more...)
}

// wholeButFor returns wholeHead with another value of a line.
func wholeButFor(name, value string) fields {
	f := wholeHead()
	for i := 0; i < len(f); i += 2 {
		if f[i] == name {
			f[i+1] = value
		}
	}
	return f
}

// head returns the frame HEADERS (RFC 9114 §7.2.2), all lines written out (RFC 9204
// §4.5.6).
func (f fields) head() []byte {
	block := []byte{0, 0}
	for i := 0; i < len(f); i += 2 {
		block = append(append(block, prefixed(0x20, 7, len(f[i]))...), f[i]...)
		block = append(append(block, prefixed(0, 127, len(f[i+1]))...), f[i+1]...)
	}
	return append([]byte{1, 0x40 | byte(len(block)>>8), byte(len(block))}, block...)
}

// prefixed returns an integer below 128 with a prefix whose largest value is most (RFC 9204
// §4.1.1).
func prefixed(prefix byte, most, n int) []byte {
	if n < most {
		return []byte{prefix | byte(n)}
	}
	return []byte{prefix | byte(most), byte(n - most)}
}

// What cannot be read in one way only comes to no upstream (RFC 9114 §4.1.2, §4.2, §4.3).
func TestMalformedRequestsOverQUIC(t *testing.T) {
	addr := serving(t, "codec_type: http3")
	conn, err := quic.DialAddr(t.Context(), addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http3.NextProtoH3}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { conn.CloseWithError(0, "") }()
	tests := []struct {
		name   string
		head   fields
		passes bool
	}{
		{"a whole request", wholeHead("x-own", "1"), true},
		{"the host twice, and the same", wholeHead("host", "app.example.com"), true},
		{"another host", wholeHead("host", "closed.example.com"), false},
		{"two hosts", wholeHead("host", "app.example.com", "host", "app.example.com"), false},
		{"two authorities", wholeHead(":authority", "closed.example.com"), false},
		{"a method with a space", wholeButFor(":method", "GET /x"), false},
		{"no method", wholeButFor(":method", ""), false},
		{"a path without a slash", wholeButFor(":path", "x"), false},
		{"a URL as the path", wholeButFor(":path", "https://closed.example.com/"), false},
		{"a path with a line end", wholeButFor(":path", "/ HTTP/1.1\r\nHost: closed.example.com"), false},
		{"no path", wholeButFor(":path", ""), false},
		{"an authority with a line end", wholeButFor(":authority", "app.example.com\r\nX: y"), false},
		{"two lengths", wholeHead("content-length", "0", "content-length", "5"), false},
		{"a length that is no number", wholeHead("content-length", "+0"), false},
		{"a length that the content has not", wholeHead("content-length", "5"), false},
		{"Transfer-Encoding", wholeHead("transfer-encoding", "chunked"), false},
		{"Connection", wholeHead("connection", "x-own"), false},
		{"a name in capitals", wholeHead("X-Own", "1"), false},
		{"a name with a space", wholeHead("x own", "1"), false},
		{"a name with a colon", wholeHead("x:own", "1"), false},
		{"a value with a line end", wholeHead("x-own", "1\r\nx-other: 2"), false},
		{"a value with a zero", wholeHead("x-own", "1\x00"), false},
		{"a pseudo-header after a line", append(fields{"x-own", "1"}, wholeHead()...), false},
		{"an unknown pseudo-header", wholeHead(":own", "1"), false},
		{"one of answers", wholeHead(":status", "200"), false},
	}
	for _, tt := range tests {
		if conn.Context().Err() != nil { // a fault may end the whole connection
			if conn, err = quic.DialAddr(t.Context(), addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http3.NextProtoH3}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		stream, err := conn.OpenStreamSync(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		stream.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
		stream.Write(tt.head.head())
		stream.Close()
		answer, _ := io.ReadAll(stream)
		if passed := strings.Contains(string(answer), " 127.0.0.1"); passed != tt.passes { // the upstream says who asked
			t.Errorf("%s: came to the upstream %t, want %t: %q", tt.name, passed, tt.passes, answer)
		}
	}
}
