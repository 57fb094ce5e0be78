package plainhttp

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// said is what the handler's headers say of how the answer is to be read, at the time of
// WriteHeader. Later changes are none.
type said struct {
	length     bool // even if it is no number
	kind       bool // Content-Type, even if it is none
	date       bool
	encoded    bool
	transfer   string
	connection []string
	trailing   bool     // there are trailers
	trailers   []string // that were announced
}

// writeHead begins the head: with what is known before the body is.
func (w *answer) writeHead() {
	w.read()
	w.writeStatus(w.status)
	w.writeHeaders(w.status != http.StatusNotModified) // RFC 9110 §15.4.5
}

// read reads the headers into said.
func (w *answer) read() {
	h, s := w.header, &w.said
	_, s.length = h["Content-Length"]
	_, s.kind = h["Content-Type"]
	_, s.date = h["Date"]
	s.encoded, s.transfer, s.connection = h.Get("Content-Encoding") != "", h.Get("Transfer-Encoding"), h["Connection"]
	if text := h.Get("Content-Length"); text != "" && (s.transfer == "" || s.transfer == "identity") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			w.length = n
		}
	}
	for name := range h {
		s.trailing = s.trailing || strings.HasPrefix(name, http.TrailerPrefix)
	}
	for _, line := range h["Trailer"] {
		s.trailing = true
		for name := range strings.SplitSeq(line, ",") {
			if name = http.CanonicalHeaderKey(strings.Trim(name, " \t")); name != "" && httpguts.ValidTrailerHeader(name) {
				s.trailers = append(s.trailers, name)
			}
		}
	}
}

// writeInterim sends an interim answer.
func (w *answer) writeInterim(status int) {
	w.writeStatus(status)
	w.writeHeaders(true)
	w.writeLines("Connection", w.header["Connection"])
	w.w.WriteString("\r\n")
	w.w.Flush()
}

func (w *answer) writeStatus(status int) {
	w.w.WriteString("HTTP/1.1 ")
	w.writeInt(int64(status), 10)
	text := http.StatusText(status)
	if text == "" {
		text = "status code " + strconv.Itoa(status)
	}
	w.w.WriteString(" ")
	w.w.WriteString(text)
	w.w.WriteString("\r\n")
}

func (w *answer) writeInt(n int64, base int) {
	w.w.Write(strconv.AppendInt(w.w.AvailableBuffer(), n, base))
}

// writeHeaders writes the headers, but those that frame writes.
func (w *answer) writeHeaders(kind bool) {
	for name, values := range w.header {
		switch name {
		case "Content-Length", "Transfer-Encoding", "Connection":
			continue
		case "Content-Type":
			if !kind {
				continue
			}
		}
		if !strings.HasPrefix(name, http.TrailerPrefix) {
			w.writeLines(name, values)
		}
	}
}

var lineBreaks = strings.NewReplacer("\n", " ", "\r", " ")

// writeLines writes a header, or leaves it out if its name is none. Nothing in a value
// begins a line of its own.
func (w *answer) writeLines(name string, values []string) {
	if !httpguts.ValidHeaderFieldName(name) {
		return
	}
	for _, v := range values {
		if strings.IndexByte(v, '\n') >= 0 || strings.IndexByte(v, '\r') >= 0 {
			v = lineBreaks.Replace(v)
		}
		w.w.WriteString(name)
		w.w.WriteString(": ")
		w.w.WriteString(strings.Trim(v, " \t"))
		w.w.WriteString("\r\n")
	}
}

// bodyAllowed reports whether an answer with the status may have a body. RFC 9110 §6.4.1.
func (w *answer) bodyAllowed() bool {
	return w.status >= http.StatusOK && w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// guesses reports whether the type is to be found out from the body.
func (w *answer) guesses() bool {
	return !w.said.kind && !w.said.encoded && w.said.transfer == ""
}

// frame ends the head with what depends on the body. begin is its beginning; all of it if
// the handler is done.
func (w *answer) frame(begin []byte, done bool) {
	w.framed = true
	if w.bodyAllowed() && len(begin) > 0 && w.guesses() {
		w.writeLines("Content-Type", []string{http.DetectContentType(begin)})
	}
	if !w.said.date {
		w.w.WriteString("Date: ")
		w.w.Write(time.Now().UTC().AppendFormat(w.w.AvailableBuffer(), http.TimeFormat))
		w.w.WriteString("\r\n")
	}
	if w.bodyAllowed() {
		w.frameBody(len(begin), done)
	}
	w.frameConnection()
	w.w.WriteString("\r\n")
}

// frameBody says where the body ends. RFC 9112 §6.
func (w *answer) frameBody(size int, done bool) {
	if done && !w.said.trailing && w.said.transfer == "" && !w.said.length && (!w.head || size > 0) {
		w.length = int64(size)
	}
	switch {
	case w.length >= 0:
		w.w.WriteString("Content-Length: ")
		w.writeInt(w.length, 10)
		w.w.WriteString("\r\n")
	case w.head:
	case w.said.transfer == "identity": // at the end of the connection
		w.last = true
	default:
		w.chunked = true
		w.w.WriteString("Transfer-Encoding: chunked\r\n")
	}
}

// frameConnection says whether the connection ends. RFC 9112 §9.6.
func (w *answer) frameConnection() {
	lines := w.said.connection
	closes := len(lines) > 0 && lines[0] == "close"
	w.last = w.last || closes || w.conn.isEnding()
	if w.last && !closes {
		lines = []string{"close"}
	}
	w.writeLines("Connection", lines)
}
