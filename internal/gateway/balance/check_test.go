package balance

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// patient is a set of two hosts whose checks answer what the test says.
type patient struct {
	*Set
	sick  [2]atomic.Pointer[error]
	asked atomic.Int64
	told  []string
	stop  func()
}

func checking(t *testing.T, c Check) *patient {
	t.Helper()
	p := &patient{}
	c.TCP = &TCPCheck{}
	p.Set = set(t, func(cfg *Config) {
		cfg.Panic, cfg.Checks = 0, []Check{c}
		cfg.Probe = func(t Target, _ *Check) prober {
			return func(context.Context) error { return p.ask(int(t.Name[0] - 'a')) }
		}
		cfg.Changed = func(t Target, up bool, _ string) {
			p.told = append(p.told, t.Name+map[bool]string{true: " up", false: " down"}[up])
		}
	}, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	p.Start(ctx, &running)
	p.stop = func() { cancel(); running.Wait() }
	synctest.Wait()
	return p
}

func (p *patient) ask(host int) error {
	p.asked.Add(1)
	if err := p.sick[host].Load(); err != nil {
		return *err
	}
	return nil
}

func (p *patient) say(host int, err error) {
	if err == nil {
		p.sick[host].Store(nil)
		return
	}
	p.sick[host].Store(&err)
}

func (p *patient) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAHostThatFailsItsChecksIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := checking(t, Check{Interval: 10 * time.Second, Timeout: time.Second, Unhealthy: 3, Healthy: 2})
		defer func() { p.stop() }()
		p.say(0, errors.New("refused"))
		for i, want := range []bool{true, true, false, false} { // after each failed check
			p.wait(10 * time.Second)
			if got := serves(p.Set, "a"); got != want {
				t.Fatalf("after %d failed checks: serves is %v, want %v", i+1, got, want)
			}
		}
		p.say(0, nil)
		for i, want := range []bool{false, true} {
			p.wait(10 * time.Second)
			if got := serves(p.Set, "a"); got != want {
				t.Fatalf("after %d passed checks: serves is %v, want %v", i+1, got, want)
			}
		}
		if want := []string{"a down", "a up"}; !slices.Equal(p.told, want) {
			t.Errorf("told %q, want %q", p.told, want)
		}
	})
}

func TestTheFirstCheckAndACertainAnswerDecideAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := checking(t, Check{Interval: 10 * time.Second, Timeout: time.Second, Unhealthy: 3, InitialJitter: time.Second})
		p.say(0, errors.New("refused")) // before the first check
		p.wait(time.Second)
		if serves(p.Set, "a") {
			t.Error("a serves after its first check failed")
		}
		p.say(1, certain{errors.New("status 503")})
		p.wait(10 * time.Second)
		if serves(p.Set, "b") {
			t.Error("b serves after a status that says enough")
		}
		p.stop()
	})
}

func TestIntervals(t *testing.T) {
	c := Check{Interval: 60 * time.Second, UnhealthyInterval: 5 * time.Second, UnhealthyEdge: time.Second, HealthyEdge: 2 * time.Second, NoTrafficInterval: 90 * time.Second}
	for _, tt := range []struct {
		failing, edge, traffic bool
		want                   time.Duration
	}{
		{false, false, true, time.Minute}, {false, false, false, 90 * time.Second}, {true, true, true, time.Second},
		{true, false, true, 5 * time.Second}, {false, true, true, 2 * time.Second},
	} {
		if got := c.wait(tt.failing, tt.edge, tt.traffic); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
	plain := Check{Interval: time.Minute, IntervalJitter: time.Second, IntervalJitterPart: 10}
	for range 100 {
		if got := plain.wait(true, true, false); got < time.Minute || got >= 67*time.Second {
			t.Fatalf("got %v, want a minute and less than 7 seconds", got)
		}
	}
}

func TestWhatChecksFoundOutlivesAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := checking(t, Check{Interval: 10 * time.Second, Timeout: time.Second})
		p.say(0, errors.New("refused"))
		p.wait(10 * time.Second)
		p.stop()
		if next := New(p.cfg, p.Set); serves(next, "a") {
			t.Error("a serves after a reload")
		}
		asked := p.asked.Load()
		if p.wait(time.Minute); p.asked.Load() != asked {
			t.Error("the hosts are asked after the end of the set")
		}
		without := p.cfg
		without.Checks = nil
		if !serves(New(without, p.Set), "a") {
			t.Error("a does not serve, although nothing checks it any more")
		}
	})
}

func TestAPassedCheckEndsAnEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := checking(t, Check{Interval: 10 * time.Second, Timeout: time.Second})
		p.cfg.Outliers = &Outliers{Consecutive5xx: Threshold{1, 100}, BaseTime: time.Hour, MaxTime: time.Hour, MaxPercent: 50}
		report(p.Set, 0, 500)
		if serves(p.Set, "a") {
			t.Fatal("a serves although it is ejected")
		}
		if p.wait(10 * time.Second); !serves(p.Set, "a") {
			t.Error("a does not serve, although it answers its check")
		}
		p.stop()
	})
}
