package plainhttp

import "bytes"

// lineKept is how much is kept of a line: more than any line has that framing reads.
const lineKept = 64

// line is a line of a message that comes in parts.
type line struct {
	kept [lineKept]byte // its beginning
	end  [8]byte        // its last bytes
	size int            // without its end
	cr   bool           // the last byte so far was a CR
}

// take takes p up to the end of the line, and returns how much that is, and whether the
// line is complete. If a CR or LF is in it that is not a part of its CRLF, good is false,
// and n the index of the byte at which that shows. RFC 9112 §2.2.
func (l *line) take(p []byte) (n int, whole, good bool) {
	lf := bytes.IndexByte(p, '\n')
	part := p
	if lf >= 0 {
		part = p[:lf]
	}
	if l.cr && len(part) > 0 {
		return 0, false, false
	}
	if cr := bytes.IndexByte(part, '\r'); cr >= 0 {
		if cr < len(part)-1 {
			return cr + 1, false, false
		}
		l.cr, part = true, part[:cr]
	}
	l.keep(part)
	if lf < 0 {
		return len(p), false, true
	}
	return lf + 1, true, l.cr
}

func (l *line) keep(part []byte) {
	if l.size < lineKept {
		copy(l.kept[l.size:], part)
	}
	l.size += len(part)
	if n := len(l.end); len(part) >= n {
		copy(l.end[:], part[len(part)-n:])
	} else {
		copy(l.end[:], l.end[len(part):])
		copy(l.end[n-len(part):], part)
	}
}

// text returns the beginning of the line.
func (l *line) text() []byte { return l.kept[:min(l.size, lineKept)] }

// all returns the line, or false if it is longer than what is kept.
func (l *line) all() ([]byte, bool) { return l.text(), l.size <= lineKept }

// ends reports whether the last 8 bytes of the line are these.
func (l *line) ends(with string) bool { return l.size >= len(l.end) && string(l.end[:]) == with }

func (l *line) reset() { l.size, l.cr = 0, false }
