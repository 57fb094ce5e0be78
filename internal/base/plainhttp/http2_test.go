package plainhttp

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frames is a client of HTTP/2 that may break its rules.
type frames struct {
	*http2.Framer
	text  bytes.Buffer
	codec *hpack.Encoder
}

func newFrames(t *testing.T, nc net.Conn) *frames {
	t.Helper()
	f := &frames{Framer: http2.NewFramer(nc, nc)}
	f.codec = hpack.NewEncoder(&f.text)
	io.WriteString(nc, http2.ClientPreface)
	if err := f.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return f
}

// head returns a block of headers. fields alternates names and values.
func (f *frames) head(fields ...string) []byte {
	f.text.Reset()
	for i := 0; i < len(fields); i += 2 {
		f.codec.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(f.text.Bytes())
}

// answer returns the status of a stream, or "reset" or "end".
func (f *frames) answer(stream uint32) string {
	for {
		frame, err := f.ReadFrame()
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			if frame.StreamID == stream {
				return frame.PseudoValue("status")
			}
		case *http2.RSTStreamFrame:
			if frame.StreamID == stream {
				return "reset"
			}
		case *http2.GoAwayFrame:
			return "end"
		}
		if err != nil && !errors.As(err, new(http2.StreamError)) {
			return "end"
		}
	}
}

var good = []string{":method", "POST", ":scheme", "https", ":authority", "x", ":path", "/a"}

func with(fields ...string) []string { return append(append([]string{}, good...), fields...) }

// Requests of HTTP/2 that would be two requests, or another one, in HTTP/1. RFC 9113 §8.2,
// §8.3, §8.1.1. No handler gets a whole one.
func TestRequestsOfHTTP2ThatMeanTwoThingsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		head, trailer []string
		body          string
		take          bool // the handler gets it, and a body that breaks off
	}{
		"Connection":                     {head: with("connection", "close")},
		"Connection: keep-alive":         {head: with("connection", "keep-alive")},
		"Proxy-Connection":               {head: with("proxy-connection", "keep-alive")},
		"Keep-Alive":                     {head: with("keep-alive", "timeout=5")},
		"Transfer-Encoding":              {head: with("transfer-encoding", "chunked"), body: "0\r\n\r\n"},
		"Upgrade":                        {head: with("upgrade", "websocket")},
		"TE":                             {head: with("te", "gzip")},
		"a line in a value":              {head: with("x", "y\r\ntransfer-encoding: chunked")},
		"a line feed in a value":         {head: with("x", "y\nz: a")},
		"a carriage return in a value":   {head: with("x", "y\rz")},
		"a NUL in a value":               {head: with("x", "y\x00z")},
		"a line in a name":               {head: with("x: y\r\nz", "a")},
		"a colon in a name":              {head: with("x:y", "a")},
		"a space in a name":              {head: with("x y", "a")},
		"capitals in a name":             {head: with("Transfer-Encoding", "chunked")},
		"an empty name":                  {head: with("", "a")},
		"a length with a sign":           {head: with("content-length", "+5"), body: "hello"},
		"a list of lengths":              {head: with("content-length", "5, 5"), body: "hello"},
		"a length above the content's":   {head: with("content-length", "6"), body: "hello", take: true},
		"a length below the content's":   {head: with("content-length", "4"), body: "hello"},
		"a length, and nothing":          {head: with("content-length", "5")},
		"two lengths":                    {head: with("content-length", "5", "content-length", "6"), body: "hello"},
		"one length twice":               {head: with("content-length", "5", "content-length", "5"), body: "hello"},
		"no method":                      {head: good[2:]},
		"no path":                        {head: good[:6]},
		"no scheme":                      {head: []string{":method", "GET", ":path", "/", ":authority", "x"}},
		"an empty path":                  {head: []string{":method", "GET", ":scheme", "https", ":path", "", ":authority", "x"}},
		"a path without a slash":         {head: []string{":method", "GET", ":scheme", "https", ":path", "a", ":authority", "x"}},
		"a whole URL as path":            {head: []string{":method", "GET", ":scheme", "https", ":path", "https://evil.example/", ":authority", "x"}},
		"a line in the path":             {head: []string{":method", "GET", ":scheme", "https", ":path", "/ HTTP/1.1\r\nHost: evil", ":authority", "x"}},
		"a line in the method":           {head: []string{":method", "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET", ":scheme", "https", ":path", "/", ":authority", "x"}},
		"a space in the method":          {head: []string{":method", "GET /admin", ":scheme", "https", ":path", "/", ":authority", "x"}},
		"a line in the host":             {head: []string{":method", "GET", ":scheme", "https", ":path", "/", ":authority", "x\r\ny: z"}},
		"a line in the scheme":           {head: []string{":method", "GET", ":scheme", "https\r\n", ":path", "/", ":authority", "x"}},
		"another scheme":                 {head: []string{":method", "GET", ":scheme", "file", ":path", "/", ":authority", "x"}},
		"two methods":                    {head: append([]string{":method", "GET"}, good...)},
		"two paths":                      {head: append([]string{":path", "/b"}, good...)},
		"two hosts":                      {head: append([]string{":authority", "y"}, good...)},
		"an unknown pseudo-header":       {head: append([]string{":evil", "y"}, good...)},
		"an answer's pseudo-header":      {head: append([]string{":status", "200"}, good...)},
		"a pseudo-header after a header": {head: append([]string{"x", "y"}, good...)},
		":protocol":                      {head: append([]string{":protocol", "websocket"}, good...)},
		"another Host":                   {head: with("host", "y")},
		"Host twice":                     {head: with("host", "x", "host", "x")},
		"a pseudo-header as a trailer":   {head: good, body: "hello", trailer: []string{":path", "/b"}},
		"a CONNECT with a path":          {head: []string{":method", "CONNECT", ":path", "/", ":authority", "x:443"}},
		"a CONNECT with a scheme":        {head: []string{":method", "CONNECT", ":scheme", "https", ":authority", "x:443"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, overTLS := range []bool{false, true} {
				s, dial := listenHTTP2(t, overTLS)
				nc := dial()
				f := newFrames(t, nc)
				f.AllowIllegalWrites = true
				f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.head(c.head...), EndHeaders: true, EndStream: c.body == ""})
				if c.body != "" {
					f.WriteData(1, c.trailer == nil, []byte(c.body))
				}
				if c.trailer != nil {
					f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.head(c.trailer...), EndHeaders: true, EndStream: true})
				}
				answer := f.answer(1)
				for _, got := range s.take() {
					if !strings.HasSuffix(got.Body, "(broken)") {
						t.Errorf("TLS %t: the handler got %+v", overTLS, got)
					}
				}
				if answer != "reset" && !c.take && answer != "end" && answer != "400" {
					t.Errorf("TLS %t: got %s, want a refusal", overTLS, answer)
				}
				nc.Close()
			}
		})
	}
}

// listenHTTP2 is listen for HTTP/2.
func listenHTTP2(t *testing.T, overTLS bool) (*side, func() net.Conn) {
	t.Helper()
	s, dial := listen(t, overTLS, nil, "h2")
	return s, func() net.Conn {
		nc := dial()
		if over, ok := nc.(*tls.Conn); ok {
			if err := over.Handshake(); err != nil {
				t.Fatal(err)
			}
		}
		return nc
	}
}

// What browsers and programs send passes.
func TestRequestsOfHTTP2ThatAreWellFormedPass(t *testing.T) {
	s, dial := listenHTTP2(t, true)
	f := newFrames(t, dial())
	for i, c := range []struct {
		head []string
		body string
	}{
		{good, "hello"}, {with("content-length", "5"), "hello"}, {with("content-length", "0"), ""}, {with("host", "x"), ""}, {with("host", "X"), ""}, {with("te", "trailers"), ""},
		{[]string{":method", "GET", ":scheme", "https", ":path", "/a?b=https://c/", "host", "x"}, ""},
		{[]string{":method", "CONNECT", ":authority", "x:443"}, ""},
	} {
		stream := uint32(2*i + 1)
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.head(c.head...), EndHeaders: true, EndStream: c.body == ""})
		if c.body != "" {
			f.WriteData(stream, true, []byte(c.body))
		}
		if got, requests := f.answer(stream), s.take(); got != "200" || len(requests) != 1 || requests[0].Body != c.body {
			t.Errorf("%q: got %s, and the handler %+v", c.head, got, requests)
		}
	}
}
