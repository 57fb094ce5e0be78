package gatetest

import (
	"net/http"
	"strings"
	"sync"
)

// Answers records which operations of the API answered with what.
type Answers struct {
	// Each, if it is not nil, gets the body of each successful answer. It is set
	// before the first call, and may be called from several goroutines at once.
	Each func(operation string, body []byte)

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
		copied := &copying{ResponseWriter: w}
		next.ServeHTTP(copied, r)
		if called {
			exception := strings.TrimSuffix(w.Header().Get("x-amzn-ErrorType"), ":")
			a.note(answer{operation, exception})
			if exception == "" && a.Each != nil {
				a.Each(operation, copied.body)
			}
		}
	})
}

func (a *Answers) note(seen answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[seen] = true
}

// copying keeps a copy of the body that it writes.
type copying struct {
	http.ResponseWriter
	body []byte
}

func (c *copying) Write(b []byte) (int, error) {
	c.body = append(c.body, b...)
	return c.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
