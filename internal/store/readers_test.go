package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A call that waits for a connection ends with its context, and the connections are
// there again afterwards.
func TestReadersAreWaitedFor(t *testing.T) {
	s := openAt(t, "sqlite::memory:", Options{Readers: 1})
	r := s.engine.(*sqliteEngine).readers
	one := func(*tx) error { return nil }
	noError(t, r.read(t.Context(), callLimit, func(*tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.read(ctx, callLimit, one); !errors.Is(err, context.Canceled) {
			t.Errorf("a call that was cancelled while it waited: %v", err)
		}
		return nil
	}))
	if !panics(func() { _ = r.read(t.Context(), callLimit, func(*tx) error { panic("in a call") }) }) {
		t.Error("the panic was swallowed")
	}
	for range 3 {
		noError(t, r.read(t.Context(), callLimit, one))
	}
	if len(r.free) != 1 {
		t.Errorf("%d connections are free, want 1", len(r.free))
	}
}

// Closing waits for the calls that read, and later ones are refused at once.
func TestReadersAreClosedAfterTheirCalls(t *testing.T) {
	path := t.TempDir() + "/gatehouse.db"
	synctest.Test(t, func(t *testing.T) {
		r, err := openReaders(path, 1)
		noError(t, err)
		noError(t, r.enter(t.Context()))
		closed := false
		go func() { r.close(); closed = true }()
		synctest.Wait()
		if closed {
			t.Error("closed while a call reads")
		}
		r.leave()
		synctest.Wait()
		if !closed {
			t.Error("not closed after the call")
		}
		if err := r.enter(t.Context()); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a call after the end: %v, want %v", err, ErrUnavailable)
		}
	})
}

// A call that gets no turn waits as long as it may, and no longer.
func TestAReaderWaitsForItsTurnWithinTheLimit(t *testing.T) {
	path := t.TempDir() + "/gatehouse.db"
	synctest.Test(t, func(t *testing.T) {
		r, err := openReaders(path, 1)
		noError(t, err)
		defer r.close()
		noError(t, r.enter(t.Context()))
		start := time.Now()
		if err := r.read(t.Context(), time.Second, func(*tx) error { return nil }); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a call without a turn: %v, want %v", err, ErrUnavailable)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it waited for %v", took)
		}
		go func() { time.Sleep(time.Second / 2); r.leave() }()
		noError(t, r.read(t.Context(), time.Second, func(*tx) error { return nil }))
	})
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
