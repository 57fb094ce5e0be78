package plainhttp

import (
	"bytes"
	"hash/maphash"
	"net/http"
	"net/url"
	"slices"
)

// known is what net/http made of the header lines of a connection's requests, if the same
// lines came twice in a row. Programs send the same ones with every request, byte for
// byte: only the first line is another. They mean the same again, and are not read again.
type known struct {
	sum     uint64 // of the lines that came last
	lines   string // all after the first, with the empty one; "": none came twice
	headers []knownHeader
	values  int // of all headers
	host    string
}

type knownHeader struct {
	name   string
	values []string
}

var sums = maphash.MakeSeed()

// linesOf returns the first line of a head, and the others.
func linesOf(head []byte) (first, others []byte) {
	first, others, _ = bytes.Cut(head, emptyLine[:2])
	return first, others
}

// learn remembers what net/http made of a usual head.
func (k *known) learn(head []byte, r *http.Request) {
	_, lines := linesOf(head)
	before := k.sum
	if k.sum = maphash.Bytes(sums, lines); k.sum != before { // another request may never come
		k.lines, k.headers = "", nil
		return
	}
	k.lines, k.host, k.headers, k.values = string(lines), r.Host, make([]knownHeader, 0, len(r.Header)), 0
	for name, values := range r.Header {
		k.headers = append(k.headers, knownHeader{name, slices.Clone(values)})
		k.values += len(values)
	}
}

// read makes r the request of a head whose header lines are known, and reports whether
// they are.
func (k *known) read(head []byte, r *http.Request) bool {
	first, lines := linesOf(head)
	if k.lines == "" || string(lines) != k.lines {
		return false
	}
	method, target := plainLine(first)
	if method == "" {
		return false
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return false
	}
	*r = http.Request{
		Method: method, URL: u, RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: k.header(), Host: k.host, Body: http.NoBody,
	}
	return true
}

// header returns the headers, of which the caller may change everything.
func (k *known) header() http.Header {
	h, room := make(http.Header, len(k.headers)), make([]string, 0, k.values)
	for _, known := range k.headers {
		from := len(room)
		room = append(room, known.values...)
		h[known.name] = room[from:len(room):len(room)]
	}
	return h
}

// plainLine returns the method and the target of a first line that can be read in one way
// only: GET or HEAD of a path in printable ASCII, by HTTP/1.1. The method of another is
// "".
func plainLine(line []byte) (method, target string) {
	rest, ok := bytes.CutPrefix(line, []byte("GET "))
	if method = http.MethodGet; !ok {
		rest, ok = bytes.CutPrefix(line, []byte("HEAD "))
		method = http.MethodHead
	}
	path, plain := bytes.CutSuffix(rest, []byte(" HTTP/1.1"))
	if !ok || !plain || len(path) == 0 || path[0] != '/' || slices.ContainsFunc(path, unprintable) {
		return "", ""
	}
	return method, string(path)
}

func unprintable(b byte) bool { return b <= ' ' || b >= 0x7f }
