package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestWithinEndsWhatARequestWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		h := Within(time.Minute, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			if err := r.Context().Err(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the context ended with %v, want %v", err, context.DeadlineExceeded)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if took := time.Since(start); took != time.Minute || w.Code != http.StatusServiceUnavailable {
			t.Errorf("answered with %d after %v, want 503 after a minute", w.Code, took)
		}
	})
}
