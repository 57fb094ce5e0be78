// Command peers is what the gateway is measured beside: an application, or a bare
// reverse proxy before it. `make bench-peers` starts both as processes of their own.
//
//	peers application ADDRESS
//	peers proxy ADDRESS URL
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
)

func main() {
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "application":
		log.Fatal(http.ListenAndServe(args[1], http.HandlerFunc(application)))
	case len(args) == 3 && args[0] == "proxy":
		target, err := url.Parse(args[2])
		if err != nil {
			log.Fatal(err)
		}
		log.Fatal(http.ListenAndServe(args[1], proxy(target)))
	}
	fmt.Fprintln(os.Stderr, "usage: peers application ADDRESS | peers proxy ADDRESS URL")
	os.Exit(2)
}

// application answers every request with a short text. A connection that is to become a
// websocket stays open until the client ends it.
func application(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		socket(w)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "hello")
}

func socket(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	io.Copy(io.Discard, conn)
}

// proxy is net/http's reverse proxy with what makes it fast: buffers that are used
// again, and connections that stay open.
func proxy(target *url.URL) http.Handler {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.DisableCompression = nil, true
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 4096, 512
	return &httputil.ReverseProxy{
		Transport: transport, BufferPool: &buffers{sync.Pool{New: func() any { p := make([]byte, 32<<10); return &p }}},
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(target)
			pr.SetXForwarded()
		},
	}
}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte  { return *b.pool.Get().(*[]byte) }
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
