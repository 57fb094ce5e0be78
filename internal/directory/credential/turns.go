package credential

import (
	"context"
	"fmt"
	"sync"
)

// triesAtOnce is how many tries of one guesser run at once in a process. There
// are several, so that a person's devices do not wait for each other. There are
// few, because each of them started before the others were counted.
const triesAtOnce = 4

// turns limits how many goroutines do something under one name at once. The zero
// value is ready.
type turns struct {
	mu   sync.Mutex
	open map[string]*turn // the names under which a goroutine runs or waits
}

type turn struct {
	slots chan struct{}
	users int
}

// enter waits for a turn. If err is nil, the caller must call leave.
func (t *turns) enter(ctx context.Context, name string) (leave func(), err error) {
	slot := t.join(name)
	select {
	case slot <- struct{}{}:
		return func() { <-slot; t.part(name) }, nil
	case <-ctx.Done():
		t.part(name)
		return nil, fmt.Errorf("wait for other tries: %w", context.Cause(ctx))
	}
}

func (t *turns) join(name string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[string]*turn{}
	}
	if t.open[name] == nil {
		t.open[name] = &turn{slots: make(chan struct{}, triesAtOnce)}
	}
	t.open[name].users++
	return t.open[name].slots
}

func (t *turns) part(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open[name].users--; t.open[name].users == 0 {
		delete(t.open, name)
	}
}
