package gatetest

import (
	"net/http"
	"strings"
	"sync"
)

// Answers records which operations of the API answered with what.
type Answers struct {
	mu   sync.Mutex
	seen map[answer]bool
}

// answer is an operation and an exception; "" is success.
type answer struct{ operation, exception string }

// Has reports whether an operation answered with an exception: "" is success.
func (a *Answers) Has(operation, exception string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[answer{operation, exception}]
}

// recording returns a handler that records the answers of next.
func (a *Answers) recording(next http.Handler) http.Handler {
	a.seen = map[answer]bool{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, called := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		next.ServeHTTP(w, r)
		if called {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.seen[answer{operation, strings.TrimSuffix(w.Header().Get("x-amzn-ErrorType"), ":")}] = true
		}
	})
}
