package relyingparty

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// slowPublisher answers a question when the test says so.
type slowPublisher struct {
	*kept[string]
	asked   int
	answers chan error // nil: the document
}

func newSlowPublisher() *slowPublisher {
	p := &slowPublisher{answers: make(chan error)}
	p.kept = newKept(func(context.Context, string) (string, error) {
		p.asked++
		return "document", <-p.answers
	}, time.Now)
	return p
}

func TestOneFetchServesAllWhoWaitForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, got := newSlowPublisher(), make(chan snapshot[string], 3)
		for range 3 {
			seen := p.look()
			go func() { got <- p.fetch(t.Context(), seen, 0) }()
		}
		synctest.Wait()
		p.answers <- nil
		for range 3 {
			if s := <-got; s.known != "document" || p.asked != 1 {
				t.Errorf("got %+v after %d questions, want the document after one", s, p.asked)
			}
		}
	})
}

func TestAFetchWaitsForItsPauseAlsoAfterAnAnswerThatTookLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, away := newSlowPublisher(), errors.New("away")
		go func() {
			time.Sleep(10 * time.Second)
			p.answers <- away
		}()
		s := p.fetch(t.Context(), p.look(), 5*time.Second)
		if again := p.fetch(t.Context(), s, 5*time.Second); p.asked != 1 || again.err != away {
			t.Errorf("asked %d times, got %v; want once, and the error of then", p.asked, again.err)
		}
		time.Sleep(5 * time.Second)
		go func() { p.answers <- nil }()
		if s = p.fetch(t.Context(), s, 5*time.Second); s.known != "document" || s.err != nil || s.failures != 0 {
			t.Errorf("after the pause: got %+v", s)
		}
	})
}

func TestWhoIsGoneDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSlowPublisher()
		go p.fetch(t.Context(), p.look(), 0)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := p.fetch(ctx, p.look(), 0); !errors.Is(got.err, context.Canceled) || got.known != "" {
			t.Errorf("got %+v, want the reason", got)
		}
		p.answers <- nil
	})
}

func TestWhoHasSomethingDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSlowPublisher()
		seen := p.look()
		go p.fetch(t.Context(), seen, 0)
		synctest.Wait()
		if got := p.fetchIfFree(t.Context(), seen, 0); got != seen || p.asked != 1 {
			t.Errorf("got %+v after %d questions, want what was known", got, p.asked)
		}
		p.look() // would wait forever
		p.answers <- nil
	})
}
