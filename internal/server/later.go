package server

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// How much may wait to be sent, and how long one send may take: the requests
// that asked for them are over, and a flood of them must not pile up.
const (
	laterAtOnce  = 16
	laterWaiting = 1024
	laterTimeout = 30 * time.Second
)

// later runs what no request waits for, until its owner waits.
type later struct {
	log     *slog.Logger
	running sync.WaitGroup
	count   atomic.Int64
	slots   chan struct{}
	ctx     context.Context // of every task
	giveUp  context.CancelFunc
}

func newLater(log *slog.Logger) *later {
	l := &later{log: log, slots: make(chan struct{}, laterAtOnce)}
	l.ctx, l.giveUp = context.WithCancel(context.Background())
	return l
}

// run runs task soon, unless too much waits already.
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

// wait returns when all tasks have ended, which are given up after a while. No
// other may come.
func (l *later) wait(patience time.Duration) {
	timer := time.AfterFunc(patience, l.giveUp)
	defer timer.Stop()
	l.running.Wait()
	l.giveUp()
}
