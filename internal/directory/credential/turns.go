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

// enter waits for a turn. If err is nil, the caller must call leave. alone reports
// whether nobody else ran or waited under the name.
func (t *turns) enter(ctx context.Context, name string) (leave func(), alone bool, err error) {
	slot, alone := t.join(name)
	select {
	case slot <- struct{}{}:
		return func() { <-slot; t.part(name) }, alone, nil
	case <-ctx.Done():
		t.part(name)
		return nil, false, fmt.Errorf("wait for other tries: %w", context.Cause(ctx))
	}
}

func (t *turns) join(name string) (slots chan struct{}, alone bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[string]*turn{}
	}
	if t.open[name] == nil {
		t.open[name] = &turn{slots: make(chan struct{}, triesAtOnce)}
	}
	t.open[name].users++
	return t.open[name].slots, t.open[name].users == 1
}

func (t *turns) part(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open[name].users--; t.open[name].users == 0 {
		delete(t.open, name)
	}
}
