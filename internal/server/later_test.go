package server

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTaskIsDroppedIfTooManyWait(t *testing.T) {
	l := newLater()
	open := make(chan struct{})
	var ran atomic.Int64
	for range laterWaiting + 10 {
		l.run(0, func(context.Context) {
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
	l := newLater()
	var end error
	l.run(0, func(ctx context.Context) {
		<-ctx.Done()
		end = ctx.Err()
	})
	l.wait(time.Millisecond)
	if !errors.Is(end, context.Canceled) {
		t.Errorf("the task ended with %v, want a canceled context", end)
	}
}

// A task that ignores its context must not either.
func TestWaitLeavesTasksThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, hang, began := newLater(), make(chan struct{}), time.Now()
		for range 2 * laterAtOnce {
			l.run(0, func(context.Context) { <-hang })
		}
		l.wait(time.Minute)
		if took := time.Since(began); took != time.Minute+laterCanceled {
			t.Errorf("wait took %s, want %s", took, time.Minute+laterCanceled)
		}
		close(hang)
	})
}

// A pause ends with the process: what waits has its last try then.
func TestTheEndEndsPauses(t *testing.T) {
	l := newLater()
	ran := false
	l.run(time.Hour, func(context.Context) { ran = true })
	l.wait(time.Minute)
	if !ran {
		t.Error("a task with a pause did not run before the end")
	}
	if l.run(0, func(context.Context) { t.Error("a task ran after the end") }) {
		t.Error("a task was taken after the end")
	}
}

func TestATaskRunsAfterItsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, began := newLater(), time.Now()
		var took time.Duration
		l.run(time.Minute, func(context.Context) { took = time.Since(began) })
		time.Sleep(time.Hour)
		l.wait(time.Minute)
		if took != time.Minute {
			t.Errorf("the task ran after %s, want a minute", took)
		}
	})
}
