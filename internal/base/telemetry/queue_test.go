package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/telemetry"
)

// pipe is a log pipe whose reader the test controls.
type pipe struct {
	mu     sync.Mutex
	got    bytes.Buffer
	err    error
	unread chan struct{} // not nil: writes wait until it is closed
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	unread := p.unread
	p.mu.Unlock()
	if unread != nil {
		<-unread
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	return p.got.Write(b)
}

// countingPipe counts the writes.
type countingPipe struct {
	pipe
	writes int
}

func (p *countingPipe) Write(b []byte) (int, error) {
	p.writes++
	return p.pipe.Write(b)
}

func (p *pipe) set(err error, unread chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.unread = err, unread
}

func (p *pipe) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Split(strings.TrimSpace(p.got.String()), "\n")
}

func openLog(t *testing.T, p *pipe) (*slog.Logger, *telemetry.Queue) {
	t.Helper()
	log, q, err := telemetry.OpenLog(p, "info", telemetry.Auto)
	if err != nil {
		t.Fatal(err)
	}
	return log, q
}

// metric returns the line of the metric that counts dropped lines.
func metric(q *telemetry.Queue) string {
	m := telemetry.NewMetrics()
	m.CountDropped(q)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "gatehouse_log_lines_dropped_total ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestClosingTheLogWritesEveryLineInOrder(t *testing.T) {
	p := &pipe{}
	log, q := openLog(t, p)
	for i := range 1000 {
		log.Info("line", slog.Int("number", i))
	}
	q.Close()
	got := p.lines()
	if len(got) != 1000 {
		t.Fatalf("got %d lines, want 1000", len(got))
	}
	for i, line := range got {
		if !strings.Contains(line, fmt.Sprintf(`"number":%d}`, i)) {
			t.Fatalf("line %d is %s", i, line)
		}
	}
}

// Somebody who looks for a fault can ask for more lines without a restart.
func TestTheLevelOfTheLogChanges(t *testing.T) {
	p := &pipe{}
	log, q := openLog(t, p)
	for i, level := range []string{"info", "debug", "off", "error", "INFO", "loud"} {
		if err := q.SetLevel(level); (err != nil) != (level == "loud") {
			t.Errorf("SetLevel(%s) = %v", level, err)
		}
		log.Debug("line", slog.Int("number", i))
		log.Info("line", slog.Int("number", i))
		log.Error("line", slog.Int("number", i))
	}
	q.Close()
	var got []string
	for _, line := range p.lines() {
		var l struct {
			Level  string
			Number int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, fmt.Sprint(l.Number, " ", l.Level))
	}
	want := []string{"0 INFO", "0 ERROR", "1 DEBUG", "1 INFO", "1 ERROR", "3 ERROR", "4 INFO", "4 ERROR", "5 INFO", "5 ERROR"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A pipe that nobody reads made the whole server wait for the log.
func TestALogThatNobodyReadsStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, reader := &pipe{}, make(chan struct{})
		p.set(nil, reader)
		log, q := openLog(t, p)
		const written = 10_000
		long := strings.Repeat("x", 1<<10)
		for i := range written {
			log.Info("line", slog.Int("number", i), slog.String("more", long))
		}
		synctest.Wait()
		dropped := q.Dropped()
		if dropped == 0 || dropped == written {
			t.Fatalf("%d lines of %d are dropped, want some", dropped, written)
		}
		if want := fmt.Sprintf("gatehouse_log_lines_dropped_total %d", dropped); metric(q) != want {
			t.Errorf("the metric is %q, want %q", metric(q), want)
		}
		p.set(nil, nil)
		close(reader)
		synctest.Wait()
		log.Info("back")
		q.Close()
		got := p.lines()
		if len(got) != written-int(dropped)+2 {
			t.Errorf("got %d lines, want the %d that were kept, one about the others, and the last", len(got), written-dropped)
		}
		if end := strings.Join(got[len(got)-2:], "\n"); !strings.Contains(end, fmt.Sprintf(`"msg":"log lines were dropped: nobody read the log","lines":%d}`, dropped)) || !strings.Contains(end, `"msg":"back"`) {
			t.Errorf("the last lines are:\n%s", end)
		}
	})
}

// Few large lines may not fill the memory either.
func TestALogThatNobodyReadsIsBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, reader := &pipe{}, make(chan struct{})
		p.set(nil, reader)
		log, q := openLog(t, p)
		large := strings.Repeat("x", 1<<20)
		for range 100 {
			log.Info(large)
		}
		if n := q.Dropped(); n < 90 {
			t.Errorf("%d of 100 lines of a MiB are dropped, want at least 90", n)
		}
		close(reader)
		q.Close()
	})
}

func TestALogWhoseReaderDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{}
		p.set(errors.New("broken pipe"), nil)
		log, q := openLog(t, p)
		log.Info("lost")
		log.Info("lost too")
		time.Sleep(time.Second)
		if n := q.Dropped(); n != 2 {
			t.Errorf("%d lines are dropped, want 2", n)
		}
		p.set(nil, nil)
		log.Info("back")
		q.Close()
		if got := strings.Join(p.lines(), "\n"); !strings.Contains(got, `"back"`) || !strings.Contains(got, `"lines":2`) {
			t.Errorf("got %s, want the line, and how many were lost", got)
		}
	})
}

// A busy server writes many lines at once, and soon.
func TestLinesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p countingPipe
		log, q, err := telemetry.OpenLog(&p, "info", telemetry.JSON)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("first")
		synctest.Wait()
		if got := p.lines(); len(got) != 1 || p.writes != 1 {
			t.Errorf("a line after a quiet while: %d lines in %d writes, want it written at once", len(got), p.writes)
		}
		for range 500 {
			log.Info("line")
		}
		time.Sleep(100 * time.Millisecond)
		if got := p.lines(); len(got) != 501 || p.writes != 2 {
			t.Errorf("100 ms later: %d lines in %d writes, want 501 in 2", len(got), p.writes)
		}
		q.Close()
	})
}

// The memory of a batch was made anew for each while a server was busy: a fifth of all
// memory that requests took.
func TestManyLinesDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p countingPipe
		log, q, err := telemetry.OpenLog(&p, "info", telemetry.JSON)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("first")
		synctest.Wait()
		long := strings.Repeat("x", 1<<10)
		for range 40 {
			log.Info(long)
		}
		synctest.Wait()
		if got := len(p.lines()); got != 1 {
			t.Errorf("40 KiB wait: %d lines are written, want one", got)
		}
		for range 10 {
			log.Info(long)
		}
		synctest.Wait()
		if got := len(p.lines()); got < 40 {
			t.Errorf("50 KiB came: %d lines are written, want most", got)
		}
		q.Close()
	})
}

// The end of the process does not wait for ever.
func TestClosingALogThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, reader := &pipe{}, make(chan struct{})
		p.set(nil, reader)
		log, q := openLog(t, p)
		log.Info("line")
		q.Close() // returns
		close(reader)
	})
}
