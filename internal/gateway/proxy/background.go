package proxy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Limits for tasks that run after their request was answered. A sign-out must
// not wait for a provider, and a flood of sign-outs must not pile up.
const (
	backgroundTasks   = 64
	backgroundTimeout = 20 * time.Second
)

// background runs small tasks for which a request does not wait.
type background struct {
	running sync.WaitGroup
	count   atomic.Int64
}

// run runs task in the background. The end of ctx does not cancel it. If too
// many tasks run already, it drops the task.
func (b *background) run(ctx context.Context, task func(context.Context)) {
	if b.count.Add(1) > backgroundTasks {
		b.count.Add(-1)
		return
	}
	b.running.Go(func() {
		defer b.count.Add(-1)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), backgroundTimeout)
		defer cancel()
		task(ctx)
	})
}

func (b *background) wait() { b.running.Wait() }
