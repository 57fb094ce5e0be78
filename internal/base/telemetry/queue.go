package telemetry

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// queueBytes is what a [Queue] holds at most.
	queueBytes = 8 << 20
	// flushEvery is how long a line waits for others, so that a busy server writes
	// many at once. After a quiet while a line is written at once.
	flushEvery = 50 * time.Millisecond
	// flushTime is how long Close waits for the reader.
	flushTime = 2 * time.Second
	// fullBatch is how many bytes do not wait: the memory of a batch would grow, and be
	// made anew for each.
	fullBatch = 48 << 10
	// keptBatch is the memory that is kept for the next batch.
	keptBatch = 64 << 10
)

// Queue is a writer for log lines that never makes its callers wait: nothing
// that reads a log may stop the server. Each Write is one line. While nobody
// reads, the queue fills up, and further lines are dropped and counted. A writer
// that fails loses the lines of that write, too, and is tried again with the next.
type Queue struct {
	out io.Writer

	mu      sync.Mutex
	waiting []byte // whole lines
	lines   int64  // in waiting
	writing int    // bytes that are being written
	spare   []byte // the memory of an earlier batch

	dropped atomic.Int64  // since the start
	told    int64         // of them, what recovered was called with
	wake    chan struct{} // the first line waits
	full    chan struct{} // fullBatch bytes wait
	closing sync.Once
	stopped chan struct{} // by Close
	done    chan struct{} // the last line is written

	recovered func(dropped int64)
	level     slog.LevelVar // of the logger that writes here
}

// OpenLog returns a logger as NewLogger does, of a level by its name, and the queue
// through which it writes to w. When lines were dropped and the reader is back, a line
// says how many. Close the queue when done.
func OpenLog(w io.Writer, level string, format Format) (*slog.Logger, *Queue, error) {
	q := &Queue{out: w, wake: make(chan struct{}, 1), full: make(chan struct{}, 1), stopped: make(chan struct{}), done: make(chan struct{})}
	if err := q.SetLevel(level); err != nil {
		return nil, nil, err
	}
	log, err := NewLogger(q, &q.level, format.of(w))
	if err != nil {
		return nil, nil, err
	}
	q.recovered = func(n int64) {
		log.Warn("log lines were dropped: nobody read the log", slog.Int64("lines", n))
	}
	go q.run()
	return log, q, nil
}

// SetLevel changes which lines the logger of OpenLog writes: those of the level and
// above, by its name.
func (q *Queue) SetLevel(name string) error {
	level, err := ParseLevel(name)
	if err == nil {
		q.level.Set(level)
	}
	return err
}

// Write implements [io.Writer]. It never fails.
func (q *Queue) Write(line []byte) (int, error) {
	q.mu.Lock()
	before := len(q.waiting)
	room := before+q.writing+len(line) <= queueBytes
	if room {
		q.waiting = append(q.waiting, line...)
		q.lines++
	}
	after := len(q.waiting)
	q.mu.Unlock()
	switch {
	case !room:
		q.dropped.Add(1)
	case before == 0:
		notify(q.wake)
	case before < fullBatch && after >= fullBatch:
		notify(q.full)
	}
	return len(line), nil
}

// notify wakes the reader of a channel with room for one.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}

// Dropped returns how many lines were dropped.
func (q *Queue) Dropped() int64 { return q.dropped.Load() }

// Close writes what waits, for a few seconds at most. Lines that come later may be
// dropped.
func (q *Queue) Close() error {
	q.closing.Do(func() { close(q.stopped) })
	select {
	case <-q.done:
	case <-time.After(flushTime):
	}
	return nil
}

func (q *Queue) run() {
	defer close(q.done)
	defer q.flushAll()
	for {
		select {
		case <-q.wake:
		case <-q.stopped:
			return
		}
		q.flush()
		select {
		case <-time.After(flushEvery):
		case <-q.full:
		case <-q.stopped:
			return
		}
	}
}

// flushAll writes what waits, until nothing does.
func (q *Queue) flushAll() {
	for q.flush() {
	}
}

// flush writes what waits, and reports whether it did. Lines that come meanwhile wait for
// others.
func (q *Queue) flush() bool {
	batch, lines := q.take()
	if lines == 0 {
		return false
	}
	_, err := q.out.Write(batch)
	q.give(batch)
	if err != nil {
		q.dropped.Add(lines)
		return false
	}
	if n := q.dropped.Load(); n > q.told {
		lost := n - q.told
		q.told = n
		q.recovered(lost)
	}
	return true
}

// take takes all lines that wait.
func (q *Queue) take() (batch []byte, lines int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch, lines = q.waiting, q.lines
	q.waiting, q.lines, q.writing, q.spare = q.spare[:0], 0, len(batch), nil
	return batch, lines
}

// give gives the memory of a batch back.
func (q *Queue) give(batch []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = 0
	if cap(batch) <= keptBatch {
		q.spare = batch
	}
}
