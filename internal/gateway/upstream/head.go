package upstream

import (
	"bytes"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"gatehouse/internal/base/web"
)

// headReader reads the heads of a connection's answers that can be read in one way only,
// as most are. Every other one is left to net/http's reader, which reads the same bytes:
// it also refuses what is to be refused.
//
// It remembers the lines of the last head. An application sends most of them again with
// every answer, byte for byte: they mean the same again, and are not read again.
type headReader struct {
	status line
	lines  []line // the last head's
	read   []line // the head's that is being read

	code   int   // of the status
	length int64 // what Content-Length says; -1: there is none
}

// line is a line of a head.
type line struct {
	text  string // with CRLF
	name  string // canonical; "" for the status line
	value string // without the spaces around it; of the status line, what net/http calls Status
}

// isSame reports whether head begins with the line. No head begins with the zero line.
func (l *line) isSame(head []byte) bool {
	return len(l.text) > 0 && len(head) >= len(l.text) && string(head[:len(l.text)]) == l.text
}

// knownLines is how many lines of a head are remembered. A head with more is not usual.
const knownLines = 64

// take reads the head with which buffered begins. It returns how many bytes the head has,
// 0 if it is not usual.
func (h *headReader) take(buffered []byte) (size int) {
	if size = h.takeStatus(buffered); size == 0 {
		return 0
	}
	h.length, h.read = -1, h.read[:0]
	for next := 0; ; { // the known line that may come next
		rest := buffered[size:]
		if len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n' {
			h.lines, h.read = h.read, h.lines
			return size + 2
		}
		l, at := h.known(rest, next)
		if l.text == "" {
			l = newLine(rest)
		}
		if l.text == "" || len(h.read) == knownLines || !h.accept(l) {
			return 0
		}
		h.read = append(h.read, l)
		size += len(l.text)
		next = at
	}
}

// takeStatus reads a status line: HTTP/1.1, and a status that ends an exchange.
// RFC 9112 §4.
func (h *headReader) takeStatus(buffered []byte) (size int) {
	if h.status.isSame(buffered) {
		return len(h.status.text)
	}
	const version = "HTTP/1.1 "
	text, whole := wholeLine(buffered)
	status, ok := bytes.CutPrefix(text, []byte(version))
	if !whole || !ok || len(status) < 3 || len(status) > 3 && status[3] != ' ' {
		return 0
	}
	code := digits(status[:3])
	if code < http.StatusOK {
		return 0
	}
	l := string(buffered[:len(text)+2])
	h.code, h.status = int(code), line{text: l, value: l[len(version):len(text)]}
	return len(l)
}

// known returns the known line with which head begins, and the place after it. Lines can
// be missing that were there the last time. If there is no such line, the place stays.
func (h *headReader) known(head []byte, from int) (l line, next int) {
	for i := from; i < len(h.lines); i++ {
		if h.lines[i].isSame(head) {
			return h.lines[i], i + 1
		}
	}
	return line{}, from
}

// newLine reads the header line with which head begins. RFC 9112 §5. Without spaces before
// its name, it continues no other line. The zero line stands for one that is not usual.
func newLine(head []byte) line {
	text, whole := wholeLine(head)
	colon := bytes.IndexByte(text, ':')
	if !whole || colon < 0 {
		return line{}
	}
	l := string(head[:len(text)+2])
	name, value := l[:colon], strings.Trim(l[colon+1:len(text)], " \t")
	if !web.ValidHeader(name, []string{value}) {
		return line{}
	}
	return line{text: l, name: textproto.CanonicalMIMEHeaderKey(name), value: value}
}

// wholeLine returns the line with which head begins, without the CRLF that ends it. A line
// that ends with LF alone is none, nor is one with a CR in it.
func wholeLine(head []byte) (text []byte, whole bool) {
	end := bytes.IndexByte(head, '\r')
	if end < 0 || end+1 >= len(head) || head[end+1] != '\n' || bytes.IndexByte(head[:end], '\n') >= 0 {
		return nil, false
	}
	return head[:end], true
}

// accept reports whether a header leaves one way only to read the answer: its length is
// said once, in digits, and nothing else is said of it or of the connection.
func (h *headReader) accept(l line) bool {
	switch l.name {
	case "Content-Length":
		if h.length >= 0 {
			return false
		}
		h.length = digits([]byte(l.value))
		return h.length >= 0
	case "Connection":
		return strings.EqualFold(l.value, "keep-alive")
	case "Transfer-Encoding", "Trailer", "Pragma": // net/http makes another header of Pragma
		return false
	}
	return true
}

// digits reads a number. It returns -1 for what is no number, or a very large one.
func digits(text []byte) int64 {
	if len(text) == 0 || len(text) > 18 {
		return -1
	}
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// header adds the headers that were taken to others, or to none, and returns all. The
// caller may change everything.
func (h *headReader) header(all http.Header) http.Header {
	if all == nil {
		all = make(http.Header, len(h.lines))
	}
	values := make([]string, len(h.lines))
	for i, l := range h.lines {
		values[i] = l.value
		if others := all[l.name]; len(others) > 0 {
			all[l.name] = append(slices.Clip(others), l.value)
			continue
		}
		all[l.name] = values[i : i+1 : i+1]
	}
	return all
}

// body returns the length of the body that follows. It is 0 if the answer has none, and
// -1 if it ends with the connection. RFC 9112 §6.3.
func (h *headReader) body(method string) int64 {
	if method == http.MethodHead || h.code == http.StatusNoContent || h.code == http.StatusNotModified {
		return 0
	}
	return h.length
}

// contentLength returns what net/http calls the ContentLength of the answer.
func (h *headReader) contentLength(method string) int64 {
	if method == http.MethodHead {
		return h.length
	}
	return h.body(method)
}
