package balance

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Policy says how requests are spread.
type Policy int

// The policies. RingHash and Maglev send the same key to the same host.
const (
	RoundRobin Policy = iota
	LeastRequest
	Random
	RingHash
	Maglev
)

// String says for people which upstream a request goes to.
func (p Policy) String() string {
	return [...]string{"one upstream after the other", "the upstream with the fewest requests", "a random upstream", "the same upstream for a session (ring hash)", "the same upstream for a session (maglev)"}[p]
}

// Config describes the upstreams of a route.
type Config struct {
	Hosts    []Target
	Policy   Policy
	Checks   []Check
	Outliers *Outliers // nil: failures have no consequence
	// Panic is the part of the hosts, in percent, that must be up for the others to
	// be left out. 0: they always are.
	Panic  int
	Limits Limits

	Now func() time.Time
	// Changed is told when a host goes away or comes back, and why. nil: nobody is.
	Changed func(t Target, up bool, why string)
	// Probe asks a host once. nil: by network, with Network.
	Probe   func(t Target, c *Check) prober
	Network Network
}

// Target is one upstream.
type Target struct {
	Name   string   // by which the next configuration knows it again
	URL    *url.URL // scheme and host
	Weight int      // 0: 1
}

// Set is the upstreams of one route in one configuration.
type Set struct {
	cfg    Config
	hosts  []*Host
	spread spread // of RingHash and Maglev
	plan   atomic.Pointer[plan]
	turn   atomic.Uint32
	mu     *sync.Mutex // what is known of hosts changes under it, and the plan with it

	requests, pending, retries atomic.Int64
}

// Host is an upstream in a set.
type Host struct {
	Target
	Index  int // in Config.Hosts
	weight int // in small numbers
	*state
}

// plan is which hosts requests may go to. It does not change.
type plan struct {
	usable []bool    // by index
	order  []*Host   // each as often as its weight says, evenly mixed
	until  time.Time // when the next ejection ends; zero: none does
}

// New returns the set of cfg. It goes on with what before, the set that it replaces,
// knows of hosts of the same name. before may be nil, and may be in use.
func New(cfg Config, before *Set) *Set {
	if before == nil {
		before = &Set{mu: &sync.Mutex{}}
	}
	s := &Set{cfg: cfg, mu: before.mu}
	weights := smallWeights(cfg.Hosts)
	for i, t := range cfg.Hosts {
		s.hosts = append(s.hosts, &Host{Target: t, Index: i, weight: weights[i], state: before.known(t.Name)})
	}
	s.spread = newSpread(cfg.Policy, s.hosts)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replan()
	return s
}

// known returns what is known of the host with a name.
func (s *Set) known(name string) *state {
	for _, h := range s.hosts {
		if h.Name == name {
			return h.state
		}
	}
	return &state{}
}

// Each calls do with every host, and whether it is up.
func (s *Set) Each(do func(t Target, up bool)) {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hosts {
		do(h.Target, s.up(h, now))
	}
}

// Keyed reports whether Pick uses its key.
func (s *Set) Keyed() bool { return s.spread != nil }

// Pick returns the host of a request, none of those in not. It returns nil if
// there is none.
func (s *Set) Pick(key uint64, not []*Host) *Host {
	p, turn := s.current(), s.turn.Add(1)
	switch {
	case s.spread != nil:
		return s.byKey(p, key, not)
	case s.cfg.Policy == LeastRequest:
		return s.leastBusy(p, turn, not)
	case s.cfg.Policy == Random:
		turn = rand.Uint32()
	}
	return firstOther(p.order, turn, not)
}

// firstOther returns the first host of order from a place on that is not in not.
func firstOther(order []*Host, from uint32, not []*Host) *Host {
	for i := range order {
		h := order[(int(from%uint32(len(order)))+i)%len(order)]
		if !slices.Contains(not, h) {
			return h
		}
	}
	return nil
}

func (s *Set) byKey(p *plan, key uint64, not []*Host) *Host {
	i := s.spread.pick(key, func(i int) bool { return p.usable[i] && !slices.Contains(not, s.hosts[i]) })
	if i < 0 {
		return nil
	}
	return s.hosts[i]
}

// leastBusy returns the host with the fewest requests on their way for its weight.
// Between equals they take turns.
func (s *Set) leastBusy(p *plan, turn uint32, not []*Host) *Host {
	var best *Host
	start := int(turn % uint32(len(s.hosts)))
	for i := range s.hosts {
		h := s.hosts[(start+i)%len(s.hosts)]
		if !p.usable[h.Index] || slices.Contains(not, h) {
			continue
		}
		if best == nil || (h.busy.Load()+1)*int64(best.weight) < (best.busy.Load()+1)*int64(h.weight) {
			best = h
		}
	}
	return best
}

// current returns the plan of now.
func (s *Set) current() *plan {
	p := s.plan.Load()
	if p.until.IsZero() || s.cfg.Now().Before(p.until) {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replan()
}

// replan makes the plan of what is known now. The caller holds s.mu.
func (s *Set) replan() *plan {
	now := s.cfg.Now()
	p := &plan{usable: make([]bool, len(s.hosts))}
	up := 0
	for i, h := range s.hosts {
		s.returns(h, now)
		if p.usable[i] = s.up(h, now); p.usable[i] {
			up++
		}
		if end := h.ejectedUntil; end.After(now) && (p.until.IsZero() || end.Before(p.until)) {
			p.until = end
		}
	}
	if up*100 < s.cfg.Panic*len(s.hosts) {
		for i := range p.usable {
			p.usable[i] = true
		}
	}
	p.order = orderOf(s.hosts, p.usable)
	s.plan.Store(p)
	return p
}

// up reports whether a host may be used. The caller holds s.mu.
func (s *Set) up(h *Host, now time.Time) bool {
	return !h.ejectedUntil.After(now) && !s.failing(h)
}

func (s *Set) tell(h *Host, up bool, why string) {
	if s.cfg.Changed != nil {
		s.cfg.Changed(h.Target, up, why)
	}
}
