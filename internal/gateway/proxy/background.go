package proxy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// How much may run after its request was answered: a sign-out must not wait
// for a provider, and a flood of them must not pile up.
const (
	backgroundTasks   = 64
	backgroundTimeout = 20 * time.Second
)

// background runs small tasks whose request does not wait for them.
type background struct {
	running sync.WaitGroup
	count   atomic.Int64
}

// run runs task, unless too many run already, with the values but not the end
// of ctx.
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
