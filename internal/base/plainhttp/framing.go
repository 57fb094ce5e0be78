package plainhttp

import (
	"bytes"
	"math"
)

// framing follows the requests of a connection, to know where each ends. It takes only
// what all servers and proxies read in the same way: a request that they could read
// differently can hide a second one from those in front of us (request smuggling).
// RFC 9112 §11.2. It is stricter than net/http in these:
//
//   - A line ends with CRLF, and has neither of them in it (§2.2). No line is continued
//     (§5.2).
//   - The length of a body is said once: by one Content-Length of digits, or by one
//     Transfer-Encoding of HTTP/1.1, which is "chunked" (§6.1, §6.3).
//   - The size of a chunk has at most 15 digits, and white space only before extensions.
//
// Everything else is left to net/http, which reads the same bytes afterwards. The zero
// value is at the beginning of a connection.
type framing struct {
	place    place
	line     line  // that is being read
	lengths  int   // lines of Content-Length in this head
	codings  int   // lines of Transfer-Encoding
	left     int64 // of the body, or of the chunk with its CRLF
	old      bool  // HTTP/1.0
	switches bool  // the request may change the protocol of the connection
	preface  bool  // it is the beginning of what HTTP/2 begins with
}

// place is where in a request the next byte is.
type place int

const (
	inRequestLine place = iota
	inHeader
	inBody // of a known length
	inChunkSize
	inChunk      // or the CRLF after it
	inTrailer    // after the last chunk
	afterRequest // that may change the protocol: nobody knows what follows
	anywhere     // what comes is not looked at
)

// inHead reports whether net/http has not seen the end of a head yet.
func (f *framing) inHead() bool { return f.place == inRequestLine || f.place == inHeader }

// feed takes the next bytes of a connection. It stops after a request that may change the
// protocol. If good is false, the byte p[n] is one that must not be read.
func (f *framing) feed(p []byte) (n int, good bool) {
	for n < len(p) {
		switch f.place {
		case afterRequest:
			return n, true
		case anywhere:
			return len(p), true
		case inBody:
			n += f.skip(len(p) - n)
			if f.left == 0 {
				f.over()
			}
		case inChunk:
			m, good := f.feedChunk(p[n:])
			if n += m; !good {
				return n, false
			}
		default:
			m, good := f.feedLine(p[n:])
			if n += m; !good {
				return n, false
			}
		}
	}
	return n, true
}

// skip takes at most n bytes of what is left, and returns how many it took.
func (f *framing) skip(n int) int {
	took := int(min(int64(n), f.left))
	f.left -= int64(took)
	return took
}

// feedChunk takes bytes of a chunk. The last two of what is left are CRLF.
func (f *framing) feedChunk(p []byte) (n int, good bool) {
	for n < len(p) {
		switch {
		case f.left > 2:
			took := int(min(int64(len(p)-n), f.left-2))
			f.left -= int64(took)
			n += took
			continue
		case p[n] != "\n\r"[f.left-1]:
			return n, false
		}
		n++
		if f.left--; f.left == 0 {
			f.place = inChunkSize
			return n, true
		}
	}
	return n, true
}

// feedLine takes bytes of a line, and acts on it when it is complete.
func (f *framing) feedLine(p []byte) (n int, good bool) {
	if (f.place == inHeader || f.place == inTrailer) && f.line.size == 0 && !f.line.cr && (p[0] == ' ' || p[0] == '\t') {
		return 0, false
	}
	n, whole, good := f.line.take(p)
	switch {
	case !good && whole:
		return n - 1, false // the LF
	case !good || !whole:
		return n, good
	case !f.act():
		return n - 1, false
	}
	f.line.reset()
	return n, true
}

// act acts on a complete line, and reports whether it is good.
func (f *framing) act() bool {
	switch f.place {
	case inRequestLine:
		return f.beginRequest()
	case inHeader:
		if f.line.size > 0 {
			return f.readField()
		}
		return f.endHead()
	case inChunkSize:
		return f.beginChunk()
	}
	if f.line.size == 0 { // of the trailers
		f.over()
	}
	return true
}

// beginRequest acts on a request line. An empty line before it is left to net/http, which
// knows when that is one (§2.2). What HTTP/2 begins with is none, if it is all there (RFC 9113
// §3.4): net/http takes its first line with headers for a request, and goes on in HTTP/1.
func (f *framing) beginRequest() bool {
	text := f.line.text()
	switch {
	case f.preface && string(text) == "SM":
		f.place = anywhere // HTTP/2, or a line that net/http refuses
		return true
	case f.preface:
		return false
	case len(text) == 0:
		return true
	}
	f.preface = string(text) == "PRI * HTTP/2.0"
	f.place = inHeader
	f.lengths, f.codings, f.left = 0, 0, 0
	f.old = f.line.ends("HTTP/1.0")
	f.switches = bytes.HasPrefix(text, []byte("CONNECT "))
	return true
}

// readField reads a line of a header.
func (f *framing) readField() bool {
	name, value, _ := bytes.Cut(f.line.text(), []byte(":"))
	switch {
	case f.preface:
		return false
	case bytes.EqualFold(name, []byte("Content-Length")):
		f.lengths++
		f.left = -1
		if _, whole := f.line.all(); whole {
			f.left = number(bytes.Trim(value, " \t"), 10)
		}
		return f.lengths == 1 && f.left >= 0
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		f.codings++
		_, whole := f.line.all()
		return f.codings == 1 && whole && !f.old && bytes.EqualFold(bytes.Trim(value, " \t"), []byte("chunked"))
	case bytes.EqualFold(name, []byte("Upgrade")):
		f.switches = true
	}
	return true
}

// endHead acts on the end of a head.
func (f *framing) endHead() bool {
	switch {
	case f.codings > 0 && f.lengths > 0:
		return false
	case f.codings > 0:
		f.place = inChunkSize
	case f.left > 0:
		f.place = inBody
	default:
		f.over()
	}
	return true
}

// beginChunk acts on the size of a chunk.
func (f *framing) beginChunk() bool {
	digits := f.line.text()
	if i := bytes.IndexAny(digits, " \t;"); i >= 0 {
		digits = digits[:i]
	}
	if f.left = number(digits, 16); f.left < 0 || len(digits) > 15 {
		return false
	}
	if f.left == 0 {
		f.place = inTrailer
		return true
	}
	f.place, f.left = inChunk, f.left+2
	return true
}

// over ends a request.
func (f *framing) over() {
	f.place = inRequestLine
	if f.switches {
		f.place = afterRequest
	}
}

// goOn says that the protocol has not changed.
func (f *framing) goOn() {
	if f.place == afterRequest {
		f.place = inRequestLine
	}
}

// number reads digits alone. It returns -1 for what is no number, or too large a one.
func number(digits []byte, base int64) int64 {
	if len(digits) == 0 {
		return -1
	}
	n := int64(0)
	for _, c := range digits {
		d := int64(digitOf(c))
		if d >= base || n > (math.MaxInt64-d)/base {
			return -1
		}
		n = n*base + d
	}
	return n
}

func digitOf(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return math.MaxUint8
}
