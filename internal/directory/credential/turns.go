package credential

import (
	"context"
	"fmt"
	"sync"
)

// triesAtOnce is how many passwords of one guesser are tried at the same time
// in a process. Several, so that a person's own devices do not wait for each
// other; few, since each that runs was let in before the others were counted.
const triesAtOnce = 4

// turns lets few at a time do something under one name. The zero value is
// ready.
type turns struct {
	mu   sync.Mutex
	open map[string]*turn // of those who run or wait
}

type turn struct {
	slots chan struct{}
	users int
}

// enter waits for a turn. Who got one must leave.
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
