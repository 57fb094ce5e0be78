package proxy

import (
	"bufio"
	"net"
	"net/http"
)

// answerWriter writes every answer of the gateway: its own and those of
// upstreams. It gives the names of headers the spelling that strict clients need,
// and sends a body of known length on as it comes.
type answerWriter struct {
	http.ResponseWriter
	forwarder *forwarder
	id        []string // the request's X-Request-Id
	left      int64    // of an upstream's body; 0 or less: unknown, or nothing is left
	begun     bool     // the status was written
	hijacked  bool
	exchange  exchange // in one piece of memory with the writer
}

func (f *forwarder) newAnswerWriter(w http.ResponseWriter) *answerWriter {
	return &answerWriter{ResponseWriter: w, forwarder: f, id: w.Header()["X-Request-Id"]}
}

// WriteHeader implements http.ResponseWriter. Interim answers (1xx), which
// modifyResponse does not see, lose the gateway's own cookies. After them all headers
// are cleared, those of the gateway too.
func (w *answerWriter) WriteHeader(status int) {
	h := w.ResponseWriter.Header()
	if status < http.StatusOK {
		w.forwarder.dropOwnCookies(h)
	} else {
		w.begin(h)
	}
	w.forwarder.spellings.apply(h)
	w.ResponseWriter.WriteHeader(status)
}

// begin completes the headers of an answer.
func (w *answerWriter) begin(h http.Header) {
	w.begun = true
	if w.exchange.received.closes() {
		h.Set("Connection", "close")
	}
	if w.id != nil && h["X-Request-Id"] == nil {
		h["X-Request-Id"] = w.id
	}
	if strict := w.strictTransport(h); strict != nil && h["Strict-Transport-Security"] == nil {
		h["Strict-Transport-Security"] = strict
	}
}

// isBare reports whether h, which are the headers of the answer, has nothing that begin
// would not set.
func (w *answerWriter) isBare(h http.Header) bool {
	return len(h) == 0 || len(h) == 1 && w.id != nil && h["X-Request-Id"] != nil
}

// strictTransport returns the value of Strict-Transport-Security that an answer of
// the gateway's own needs, nil if there is none. Browsers see such an answer first:
// the one that sends them to sign in.
func (w *answerWriter) strictTransport(h http.Header) []string {
	switch r := w.exchange.route; {
	case r == nil:
		return w.forwarder.strictTransport
	case h[headerIntercepted] != nil:
		return r.response["Strict-Transport-Security"]
	}
	return nil // the application's, which has the route's headers
}

// Write implements io.Writer. If more of a body is to come, what there is goes out
// at once.
func (w *answerWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	if w.left -= int64(n); w.left > 0 {
		w.flush()
	}
	return n, err
}

func (w *answerWriter) flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // a client that has gone is noticed by the next write
}

// Hijack implements http.Hijacker.
func (w *answerWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Header implements http.ResponseWriter. Who hijacked the connection writes the
// headers without WriteHeader.
func (w *answerWriter) Header() http.Header {
	h := w.ResponseWriter.Header()
	if w.hijacked {
		w.forwarder.spellings.apply(h)
	}
	return h
}

// Unwrap lets http.ResponseController reach flushing.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
