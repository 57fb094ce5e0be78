package server

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"
)

func TestLater(t *testing.T) {
	l := newLater(slog.New(slog.DiscardHandler))
	open := make(chan struct{})
	var ran atomic.Int64
	for range laterWaiting + 10 {
		l.run(func(context.Context) {
			<-open
			ran.Add(1)
		})
	}
	close(open)
	l.wait(time.Minute)
	if got := ran.Load(); got != laterWaiting {
		t.Errorf("%d ran, want %d: no more may wait", got, laterWaiting)
	}
}

// A mail server that never answers does not keep the process from ending.
func TestLaterIsGivenUp(t *testing.T) {
	l := newLater(slog.New(slog.DiscardHandler))
	var end error
	l.run(func(ctx context.Context) {
		<-ctx.Done()
		end = ctx.Err()
	})
	l.wait(time.Millisecond)
	if !errors.Is(end, context.Canceled) {
		t.Errorf("ended with %v, want that it was given up", end)
	}
}
