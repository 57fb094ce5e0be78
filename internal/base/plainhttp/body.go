package plainhttp

import (
	"net/http"
	"strings"
)

// hold keeps a part of a body, and sends what is more than heldSize.
func (w *answer) hold(p []byte) (n int, err error) {
	for len(p)-n > heldSize-len(w.held) {
		if w.framed && len(w.held) == 0 { // large enough for a chunk
			m, err := w.send(p[n:])
			return n + m, err
		}
		m := heldSize - len(w.held)
		w.held = append(w.held, p[n:n+m]...)
		n += m
		if err := w.letGo(false); err != nil {
			return n, err
		}
	}
	w.held = append(w.held, p[n:]...)
	return len(p), nil
}

// letGo sends what is held, after the head. done says that it is the end of the body.
func (w *answer) letGo(done bool) error {
	if !w.framed {
		w.frame(w.held, done)
	}
	_, err := w.send(w.held)
	w.held = w.held[:0]
	return err
}

// send sends a part of the body.
func (w *answer) send(p []byte) (n int, err error) {
	switch {
	case w.head || len(p) == 0: // a chunk of nothing would be the last
		return len(p), nil
	case !w.chunked:
		return w.w.Write(p)
	}
	w.writeInt(int64(len(p)), 16)
	w.w.WriteString("\r\n")
	n, _ = w.w.Write(p)
	_, err = w.w.WriteString("\r\n") // the writer remembers its first error
	return n, err
}

// endChunks ends a body of chunks, with the trailers.
func (w *answer) endChunks() {
	w.w.WriteString("0\r\n")
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			w.writeLines(name, values)
		}
	}
	for _, name := range w.said.trailers {
		w.writeLines(name, w.header[name])
	}
	w.w.WriteString("\r\n")
}
