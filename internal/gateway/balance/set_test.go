package balance

import (
	"fmt"
	"math"
	"net/url"
	"testing"
	"time"
)

// set makes a set of hosts a, b, c, … with weights.
func set(t *testing.T, change func(*Config), weights ...int) *Set {
	t.Helper()
	cfg := Config{Now: time.Now, Panic: 50}
	for i, w := range weights {
		name := string(rune('a' + i))
		cfg.Hosts = append(cfg.Hosts, Target{Name: name, URL: &url.URL{Scheme: "http", Host: name}, Weight: w})
	}
	if change != nil {
		change(&cfg)
	}
	return New(cfg, nil)
}

func policy(p Policy) func(*Config) { return func(c *Config) { c.Policy = p } }

// shares picks n times and returns how often each host came.
func shares(s *Set, n int) map[string]int {
	got := map[string]int{}
	for i := range n {
		if h := s.Pick(Hash(fmt.Sprint("session ", i)), nil); h != nil {
			got[h.Name]++
		}
	}
	return got
}

// fail makes a check of a host fail.
func fail(s *Set, host int) {
	h := s.hosts[host]
	h.of(&s.cfg.Checks[0]).failing = true
	s.replan()
}

func withCheck(p Policy) func(*Config) {
	return func(c *Config) {
		c.Policy, c.Checks, c.Panic = p, []Check{{Interval: time.Minute, Timeout: time.Second, TCP: &TCPCheck{}}}, 0
	}
}

func TestEachUpstreamGetsItsShare(t *testing.T) {
	const n = 60000
	for name, p := range map[string]Policy{"round robin": RoundRobin, "random": Random, "ring": RingHash, "maglev": Maglev} {
		off := map[string]float64{"round robin": 0, "maglev": 0.02, "random": 0.03, "ring": 0.3}[name]
		for _, weights := range [][]int{{1, 1, 1}, {1, 2, 3}, {10, 20, 30}, {100000, 200000, 300000}} {
			got, total := shares(set(t, policy(p), weights...), n), 0
			for _, w := range weights {
				total += w
			}
			for i, w := range weights {
				want := float64(n) * float64(w) / float64(total)
				if have := float64(got[string(rune('a'+i))]); math.Abs(have-want) > off*want {
					t.Errorf("%s %v: host %d got %.0f of %d requests, want %.0f", name, weights, i, have, n, want)
				}
			}
		}
	}
}

func TestRoundRobinMixesEvenly(t *testing.T) {
	s, got := set(t, nil, 2, 1), ""
	for range 6 {
		got += s.Pick(0, nil).Name
	}
	if got != "baabaa" && got != "abaaba" && got != "aabaab" {
		t.Errorf("got %s, want a twice as often as b, and b between them", got)
	}
}

func TestASessionStaysWithItsUpstream(t *testing.T) {
	for name, p := range map[string]Policy{"ring": RingHash, "maglev": Maglev} {
		one, two := set(t, policy(p), 1, 1, 2), set(t, policy(p), 1, 1, 2)
		for i := range 1000 {
			key := Hash(fmt.Sprint(i))
			if a, b, c := one.Pick(key, nil), one.Pick(key, nil), two.Pick(key, nil); a != b || a.Name != c.Name {
				t.Fatalf("%s: got %s, %s, and %s in another process, want one host", name, a.Name, b.Name, c.Name)
			}
		}
	}
}

func TestALostUpstreamMovesOnlyItsOwnShare(t *testing.T) {
	const n = 30000
	for name, p := range map[string]Policy{"ring": RingHash, "maglev": Maglev} {
		s := set(t, withCheck(p), 1, 1, 1, 1)
		before := make([]string, n)
		for i := range n {
			before[i] = s.Pick(Hash(fmt.Sprint(i)), nil).Name
		}
		fail(s, 1)
		moved := map[string]int{}
		for i := range n {
			now := s.Pick(Hash(fmt.Sprint(i)), nil).Name
			if before[i] == "b" {
				moved[now]++
			} else if now != before[i] {
				t.Fatalf("%s: a session of %s went to %s although b was lost", name, before[i], now)
			}
		}
		if moved["b"] > 0 || moved["a"] < n/30 || moved["c"] < n/30 || moved["d"] < n/30 {
			t.Errorf("%s: the sessions of b went to %v, want them spread over the others", name, moved)
		}
	}
}

func TestALostShareIsSpreadOverTheOthers(t *testing.T) {
	s := set(t, withCheck(RoundRobin), 1, 1, 1)
	fail(s, 1)
	if got := shares(s, 600); got["a"] != 300 || got["b"] != 0 || got["c"] != 300 {
		t.Errorf("got %v, want half for a and c each", got)
	}
}

func TestTheLeastBusyUpstreamIsNext(t *testing.T) {
	s := set(t, policy(LeastRequest), 1, 1, 1)
	s.hosts[0].Begin()
	s.hosts[2].Begin()
	for range 5 {
		if got := s.Pick(0, nil).Name; got != "b" {
			t.Fatalf("got %s, want b, which has nothing to do", got)
		}
	}
	s.hosts[0].End()
	if got := shares(s, 1000); got["c"] > 0 || got["a"] == 0 || got["b"] == 0 {
		t.Errorf("got %v, want turns between a and b", got)
	}
	heavy := set(t, policy(LeastRequest), 3, 1)
	heavy.hosts[0].Begin()
	if got := heavy.Pick(0, nil).Name; got != "a" {
		t.Errorf("got %s, want a: with one request it has less to do for its weight than b would", got)
	}
}

func TestPickLeavesOutWhatWasTried(t *testing.T) {
	for _, p := range []Policy{RoundRobin, LeastRequest, Random, RingHash, Maglev} {
		s := set(t, policy(p), 1, 1)
		first := s.Pick(7, nil)
		second := s.Pick(7, []*Host{first})
		if second == nil || second == first {
			t.Errorf("policy %d: got %v after %v, want the other", p, second, first)
		}
		if third := s.Pick(7, []*Host{first, second}); third != nil {
			t.Errorf("policy %d: got %v, want none", p, third)
		}
	}
}

func TestPanic(t *testing.T) {
	for _, tt := range []struct {
		panic, lost, want int // want: how many hosts get requests
	}{{50, 1, 3}, {50, 2, 2}, {50, 3, 4}, {50, 4, 4}, {0, 4, 0}, {0, 3, 1}, {100, 1, 4}} {
		s := set(t, func(c *Config) { withCheck(RoundRobin)(c); c.Panic = tt.panic }, 1, 1, 1, 1)
		for i := range tt.lost {
			fail(s, i)
		}
		got := map[string]bool{}
		for range 20 {
			if h := s.Pick(0, nil); h != nil {
				got[h.Name] = true
			}
		}
		if len(got) != tt.want {
			t.Errorf("threshold %d, %d of 4 lost: %d hosts get requests, want %d", tt.panic, tt.lost, len(got), tt.want)
		}
	}
}

func TestNoUpstreamLeft(t *testing.T) {
	for _, p := range []Policy{RoundRobin, LeastRequest, Random, RingHash, Maglev} {
		s := set(t, withCheck(p), 1, 1)
		fail(s, 0)
		fail(s, 1)
		if h := s.Pick(1, nil); h != nil {
			t.Errorf("policy %d: got %s, want none", p, h.Name)
		}
	}
}

func TestLimits(t *testing.T) {
	two := 2
	s := set(t, func(c *Config) { c.Limits = Limits{Requests: &two, Pending: &two, Retries: &two} }, 1)
	for name, f := range map[string]struct {
		enter func() bool
		leave func()
	}{"requests": {s.Enter, s.Leave}, "pending": {s.Waits, s.Waited}, "retries": {s.Retries, s.Retried}} {
		for i, want := range []bool{true, true, false} {
			if got := f.enter(); got != want {
				t.Errorf("%s: number %d is let in: %v, want %v", name, i+1, got, want)
			}
		}
		if f.leave(); !f.enter() {
			t.Errorf("%s: want room after one ended", name)
		}
	}
	free := set(t, nil, 1)
	for range 5000 {
		if !free.Enter() || !free.Waits() || !free.Retries() {
			t.Fatal("want no limit")
		}
	}
}
