package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// redirectAddress is the address that redirects plain HTTP to TLS. A reload may
// open, move or close it while the server runs. The zero value is closed.
type redirectAddress struct {
	mu     sync.Mutex
	make   func() *http.Server // nil: the server does not run
	failed chan<- error
	addr   string
	srv    *http.Server // nil: no address
}

// begin serves on ln, if it is not nil. make returns a server for each address; what
// fails later goes to failed.
func (a *redirectAddress) begin(addr string, ln net.Listener, make func() *http.Server, failed chan<- error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.make, a.failed = make, failed
	a.serve(addr, ln)
}

// open opens addr if it is not the address in use. The listener is nil if there is
// nothing to open.
func (a *redirectAddress) open(addr string) (net.Listener, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.make == nil || addr == "" || addr == a.addr {
		return nil, nil
	}
	return ListenOn(addr, "http_redirect_addr")
}

// move goes over to addr, for which open returned ln.
func (a *redirectAddress) move(addr string, ln net.Listener) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.make == nil && ln != nil: // ended meanwhile
		ln.Close()
	case a.make != nil && addr != a.addr:
		a.close()
		a.serve(addr, ln)
	}
}

// end closes the address. It stays closed.
func (a *redirectAddress) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.make = nil
	a.close()
}

func (a *redirectAddress) serve(addr string, ln net.Listener) {
	a.addr, a.srv = addr, nil
	if ln == nil {
		return
	}
	srv, failed := a.make(), a.failed
	a.srv = srv
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
}

// close lets the answers under way go out: they are short.
func (a *redirectAddress) close() {
	if a.srv == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if a.srv.Shutdown(ctx) != nil {
		a.srv.Close()
	}
}
