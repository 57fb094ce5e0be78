package plainhttp

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answers are what handlers do.
var answers = map[string]http.HandlerFunc{
	"nothing":     func(http.ResponseWriter, *http.Request) {},
	"a text":      func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") },
	"HTML":        func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>hello") },
	"small parts": func(w http.ResponseWriter, _ *http.Request) { parts(w, 10, 50) },
	"many parts":  func(w http.ResponseWriter, _ *http.Request) { parts(w, 500, 11) },
	"2048 bytes":  func(w http.ResponseWriter, _ *http.Request) { parts(w, 1, 2048) },
	"2049 bytes":  func(w http.ResponseWriter, _ *http.Request) { parts(w, 1, 2049) },
	"1 MiB":       func(w http.ResponseWriter, _ *http.Request) { parts(w, 32, 32<<10) },
	"a length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "5", "Content-Type", "text/plain")
		io.WriteString(w, "hello")
	},
	"a length without a type": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "6")
		io.WriteString(w, "<b")
		io.WriteString(w, "ody>")
	},
	"a length of 1 MiB": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", fmt.Sprint(1<<20), "Content-Type", "x/y")
		parts(w, 32, 32<<10)
	},
	"a length, and nothing": func(w http.ResponseWriter, _ *http.Request) { set(w, "Content-Length", "5") },
	"a length of 0":         func(w http.ResponseWriter, _ *http.Request) { set(w, "Content-Length", "0") },
	"less than the length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "7")
		io.WriteString(w, "hello")
	},
	"more than the length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "3")
		_, err := io.WriteString(w, "hello")
		_, err2 := io.WriteString(w, "all")
		if err == nil || err2 == nil {
			panic("what is too long was written")
		}
	},
	"a length after the head": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		set(w, "Content-Length", "1", "X-Late", "yes")
		io.WriteString(w, "hello")
	},
	"404":             func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusNotFound) },
	"a redirect":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b", http.StatusFound) },
	"status 599":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599) },
	"status 999":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(999) },
	"status 99":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(99) },
	"status 0":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) },
	"two statuses":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(202) },
	"204":             func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
	"204 with a body": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); mustFail(io.WriteString(w, "no")) },
	"204 with a length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "5", "Content-Type", "x/y", "Transfer-Encoding", "chunked")
		w.WriteHeader(204)
	},
	"304": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "5", "Content-Type", "x/y", "Etag", `"a"`)
		w.WriteHeader(304)
	},
	"304 with a body": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304); mustFail(io.WriteString(w, "no")) },
	"no type": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	},
	"no date": func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil },
	"a coding": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Encoding", "gzip")
		io.WriteString(w, "<html>")
	},
	"identity": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Transfer-Encoding", "identity")
		io.WriteString(w, "hello")
	},
	"chunked": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Transfer-Encoding", "chunked")
		io.WriteString(w, "hello")
	},
	"chunked with a length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Transfer-Encoding", "chunked", "Content-Length", "5")
		io.WriteString(w, "hello")
	},
	"a flush": func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "he")
		flush(w)
		io.WriteString(w, "llo")
	},
	"a flush at once": func(w http.ResponseWriter, _ *http.Request) {
		flush(w)
		flush(w)
		io.WriteString(w, "hello")
	},
	"a flush with a length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "5")
		flush(w)
		io.WriteString(w, "hello")
	},
	"a flush of 204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); flush(w) },
	"events": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Type", "text/event-stream")
		for range 5 {
			io.WriteString(w, "data: x\n\n")
			flush(w)
		}
	},
	"an interim answer": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Link", "</a.css>", "Content-Length", "5")
		w.WriteHeader(103)
		io.WriteString(w, "hello")
	},
	"trailers": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Trailer", "X-Sum, Content-Length,, x-other")
		io.WriteString(w, "hello")
		set(w, "X-Sum", "7", "X-Other", "8", "Content-Length", "1", "X-Unsaid", "9")
	},
	"trailers that nobody announced": func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
		flush(w)
		set(w, http.TrailerPrefix+"X-Sum", "7")
	},
	"trailers too late": func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
		set(w, http.TrailerPrefix+"X-Sum", "7")
	},
	"trailers before": func(w http.ResponseWriter, _ *http.Request) {
		set(w, http.TrailerPrefix+"X-Sum", "7")
		io.WriteString(w, "hello")
	},
	"trailers with a length": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Trailer", "X-Sum", "Content-Length", "5")
		io.WriteString(w, "hello")
		set(w, "X-Sum", "7")
	},
	"close":           func(w http.ResponseWriter, _ *http.Request) { set(w, "Connection", "close") },
	"close, and more": func(w http.ResponseWriter, _ *http.Request) { set(w, "Connection", "close, X-A", "X-A", "b") },
	"keep-alive":      func(w http.ResponseWriter, _ *http.Request) { set(w, "Connection", "keep-alive") },
	"a line break":    func(w http.ResponseWriter, _ *http.Request) { set(w, "X-A", "b\r\nSet-Cookie: c=d\n e") },
	"spaces":          func(w http.ResponseWriter, _ *http.Request) { set(w, "X-A", " \t b \r\n") },
	"a bad name": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X A"] = []string{"b"}
		w.Header()["X\r\nB"] = []string{"c"}
		w.Header()[""] = []string{"d"}
	},
	"another spelling":   func(w http.ResponseWriter, _ *http.Request) { w.Header()["ETag"] = []string{"b"} },
	"more values":        func(w http.ResponseWriter, _ *http.Request) { w.Header()["Set-Cookie"] = []string{"a=b", "c=d"} },
	"many headers":       func(w http.ResponseWriter, _ *http.Request) { many(w) },
	"a panic":            func(http.ResponseWriter, *http.Request) { panic("x") },
	"cut at once":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"cut after the head": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); panic(http.ErrAbortHandler) },
	"cut after a part": func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
		flush(w)
		panic(http.ErrAbortHandler)
	},
	"cut after a large part": func(w http.ResponseWriter, _ *http.Request) {
		set(w, "Content-Length", "100000")
		parts(w, 1, 64<<10)
		panic(http.ErrAbortHandler)
	},
	"limits": func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		if c.SetReadDeadline(time.Now().Add(time.Hour)) != nil || c.SetWriteDeadline(time.Now().Add(time.Hour)) != nil {
			panic("no limits")
		}
		io.WriteString(w, "hello")
	},
}

func set(w http.ResponseWriter, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		w.Header().Set(pairs[i], pairs[i+1])
	}
}

func parts(w io.Writer, n, size int) {
	part := []byte(strings.Repeat("x", size))
	for range n {
		w.Write(part)
	}
}

func many(w http.ResponseWriter) {
	for i := range 200 {
		set(w, fmt.Sprintf("X-Header-%d", i), strings.Repeat("y", 100))
	}
}

func flush(w http.ResponseWriter) {
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err)
	}
}

func mustFail(_ int, err error) {
	if err == nil {
		panic("it was written")
	}
}

// Whatever a handler does, its client gets what net/http would send.
func TestAnswersAreSentAsByNetHTTP(t *testing.T) {
	for name, do := range answers {
		t.Run(name, func(t *testing.T) {
			ours, theirs := newSides(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/before" {
					io.WriteString(w, "before")
					return
				}
				do(w, r)
			})
			wantSame(t, ours, theirs, get()+get())
			wantSame(t, ours, theirs, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n")
			if n := ours.takes.Load(); n != 2 {
				t.Errorf("%d connections took the short road, want 2", n)
			}
		})
	}
}
