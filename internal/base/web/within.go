package web

import (
	"context"
	"net/http"
	"time"
)

// Within returns a handler that calls next and ends the context of the request
// after limit: what the request waits for then fails, and next answers with its
// own error. It is not for requests that are passed on to an application, which
// may take as long as they like.
func Within(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
