package server_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"gatehouse/internal/server"
)

// A round tripper returns an answer or an error. net/http complains about both.
func TestNobodyGetsTheAnswerOfACallThatWasGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "https://id.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := func() (*http.Response, error) {
		return server.Inside(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), r)
	}
	if resp, err := answer(); err != nil || resp.StatusCode != http.StatusTeapot {
		t.Errorf("got %v, %v, want the answer", resp, err)
	}
	cancel()
	if resp, err := answer(); resp != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want no answer and that the call was given up", resp, err)
	}
}
