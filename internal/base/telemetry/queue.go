package telemetry

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// What a [Queue] holds at most, and how long its Close waits for the reader.
const (
	queueLines = 8192
	queueBytes = 8 << 20
	flushTime  = 2 * time.Second
)

// Queue is a writer for log lines that never makes its callers wait: nothing
// that reads a log may stop the server. Each Write is one line. While nobody
// reads, the queue fills up, and further lines are dropped and counted. A writer
// that fails loses the line, too, and is tried again with the next.
type Queue struct {
	out     io.Writer
	lines   chan []byte
	size    atomic.Int64 // bytes in lines
	dropped atomic.Int64 // since the start
	told    int64        // of them, what recovered was called with
	closing sync.Once
	stopped chan struct{} // by Close
	done    chan struct{} // the last line is written

	recovered func(dropped int64)
}

// OpenLog returns a logger as NewLogger does, and the queue through which it
// writes to w. When lines were dropped and the reader is back, a line says how
// many. Close the queue when done.
func OpenLog(w io.Writer, level string, format Format) (*slog.Logger, *Queue, error) {
	q := &Queue{out: w, lines: make(chan []byte, queueLines), stopped: make(chan struct{}), done: make(chan struct{})}
	log, err := NewLogger(q, level, format.of(w))
	if err != nil {
		return nil, nil, err
	}
	q.recovered = func(n int64) {
		log.Warn("log lines were dropped: nobody read the log", slog.Int64("lines", n))
	}
	go q.run()
	return log, q, nil
}

// Write implements [io.Writer]. It never fails.
func (q *Queue) Write(line []byte) (int, error) {
	n := int64(len(line))
	if q.size.Add(n) > queueBytes {
		q.size.Add(-n)
		q.dropped.Add(1)
		return len(line), nil
	}
	select {
	case q.lines <- append([]byte(nil), line...):
	default:
		q.size.Add(-n)
		q.dropped.Add(1)
	}
	return len(line), nil
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
	for {
		select {
		case line := <-q.lines:
			q.write(line)
		case <-q.stopped:
			q.flush()
			return
		}
	}
}

// flush writes what waits.
func (q *Queue) flush() {
	for {
		select {
		case line := <-q.lines:
			q.write(line)
		default:
			return
		}
	}
}

func (q *Queue) write(line []byte) {
	q.size.Add(-int64(len(line)))
	if _, err := q.out.Write(line); err != nil {
		q.dropped.Add(1)
		return
	}
	if n := q.dropped.Load(); n > q.told && len(q.lines) == 0 {
		lost := n - q.told
		q.told = n
		q.recovered(lost)
	}
}
