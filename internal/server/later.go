package server

import (
	"context"
	"log/slog"
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
)

// later runs tasks for which no request waits, such as sending mail.
type later struct {
	log     *slog.Logger
	running sync.WaitGroup
	count   atomic.Int64
	slots   chan struct{}
	ctx     context.Context // of all tasks
	giveUp  context.CancelFunc
}

func newLater(log *slog.Logger) *later {
	l := &later{log: log, slots: make(chan struct{}, laterAtOnce)}
	l.ctx, l.giveUp = context.WithCancel(context.Background())
	return l
}

// run runs task soon. It drops the task if too many wait.
func (l *later) run(task func(context.Context)) {
	if l.count.Add(1) > laterWaiting {
		l.count.Add(-1)
		l.log.Warn("a message was dropped: too many wait to be sent")
		return
	}
	l.running.Go(func() {
		defer l.count.Add(-1)
		l.slots <- struct{}{}
		defer func() { <-l.slots }()
		ctx, cancel := context.WithTimeout(l.ctx, laterTimeout)
		defer cancel()
		task(ctx)
	})
}

// wait returns when all tasks have ended. After patience it cancels those that
// still run. No task may be added any more.
func (l *later) wait(patience time.Duration) {
	timer := time.AfterFunc(patience, l.giveUp)
	defer timer.Stop()
	l.running.Wait()
	l.giveUp()
}
