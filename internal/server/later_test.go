package server

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"
)

func TestTaskIsDroppedIfTooManyWait(t *testing.T) {
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
		t.Errorf("%d tasks ran, want %d: the others are dropped", got, laterWaiting)
	}
}

// A mail server that never answers must not prevent the process from ending.
func TestWaitCancelsTasksAfterTheTimeout(t *testing.T) {
	l := newLater(slog.New(slog.DiscardHandler))
	var end error
	l.run(func(ctx context.Context) {
		<-ctx.Done()
		end = ctx.Err()
	})
	l.wait(time.Millisecond)
	if !errors.Is(end, context.Canceled) {
		t.Errorf("the task ended with %v, want a canceled context", end)
	}
}
