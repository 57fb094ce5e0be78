package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// The limits of tasks: how many run at once, how many wait, and how long one may
// take. The requests that started them have ended, so nothing else slows a flood
// of them down.
const (
	laterAtOnce  = 16
	laterWaiting = 1024
	laterTimeout = 30 * time.Second
	// laterAtEnd is how long the tasks under way may take at the end.
	laterAtEnd = 20 * time.Second
	// laterCanceled is how long they may take after that, once they are canceled.
	laterCanceled = 3 * time.Second
)

// later runs tasks for which no request waits, such as sending mail.
type later struct {
	running sync.WaitGroup
	count   atomic.Int64
	slots   chan struct{}
	ctx     context.Context // of all tasks
	giveUp  context.CancelFunc
	ending  context.Context // ends when no task may be added any more
	end     context.CancelFunc
}

func newLater() *later {
	l := &later{slots: make(chan struct{}, laterAtOnce)}
	l.ctx, l.giveUp = context.WithCancel(context.Background())
	l.ending, l.end = context.WithCancel(context.Background())
	return l
}

// run runs task after a pause, or at the end if that comes first. It returns false,
// and does not run the task, if too many wait or if it is the end.
func (l *later) run(pause time.Duration, task func(context.Context)) bool {
	if l.ending.Err() != nil {
		return false
	}
	if l.count.Add(1) > laterWaiting {
		l.count.Add(-1)
		return false
	}
	l.running.Go(func() {
		defer l.count.Add(-1)
		l.pause(pause)
		l.slots <- struct{}{}
		defer func() { <-l.slots }()
		ctx, cancel := context.WithTimeout(l.ctx, laterTimeout)
		defer cancel()
		task(ctx)
	})
	return true
}

func (l *later) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.ending.Done():
	}
}

// wait returns when all tasks have ended. It ends their pauses, and after patience
// it cancels those that still run. One that does not end even so is left alone, so
// that the process can end.
func (l *later) wait(patience time.Duration) {
	defer l.giveUp()
	l.end()
	ended := make(chan struct{})
	go func() {
		l.running.Wait()
		close(ended)
	}()
	if within(ended, patience) {
		return
	}
	l.giveUp()
	within(ended, laterCanceled)
}

func within(ended <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}
