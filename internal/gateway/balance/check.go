package balance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Check is how hosts are asked whether they can serve. Exactly one of HTTP, TCP and
// GRPC is set.
// Envoy: HealthCheck.
type Check struct {
	Timeout, Interval  time.Duration
	UnhealthyInterval  time.Duration // while the host fails; 0: Interval
	UnhealthyEdge      time.Duration // right after it began to fail; 0: UnhealthyInterval
	HealthyEdge        time.Duration // right after it came back; 0: Interval
	NoTrafficInterval  time.Duration // before the first request of the route; 0: Interval
	InitialJitter      time.Duration
	IntervalJitter     time.Duration
	IntervalJitterPart int // percent of the interval
	Unhealthy, Healthy int // how many in a row; 0: 1

	HTTP *HTTPCheck
	TCP  *TCPCheck
	GRPC *GRPCCheck
}

// String says for people how a host is asked.
func (c *Check) String() string {
	how := "by a connection"
	switch {
	case c.HTTP != nil:
		how = "at " + cmp.Or(c.HTTP.Path, "/")
	case c.GRPC != nil:
		how = "by gRPC"
	}
	return "asked " + how + " every " + c.Interval.String()
}

// HTTPCheck asks by a request.
type HTTPCheck struct {
	Host, Path, Method string // empty: the upstream's, "/", GET
	Expected           []Range
	Retriable          []Range // that fail like a lost connection; others fail at once
	Receive            [][]byte
	Room               int // bytes of the answer that are searched for Receive; 0: 1024
	Set                http.Header
	Remove             []string
	HTTP2              bool
}

// Range is the numbers from Start to End, without End.
type Range struct{ Start, End int }

// TCPCheck asks by a connection.
type TCPCheck struct {
	Send    []byte
	Receive [][]byte // in this order, perhaps with others between
}

// GRPCCheck asks by the service grpc.health.v1.Health.
type GRPCCheck struct {
	Service, Authority string
	Metadata           http.Header
}

// prober asks a host once.
type prober func(ctx context.Context) error

// checked is what one check found of a host.
type checked struct {
	known, failing bool
	passes, fails  int // in a row
}

// certain is an error after which no second check is awaited.
type certain struct{ error }

// key tells a check from others, also in the next configuration.
func (c *Check) key() string { return fmt.Sprintf("%+v %+v %+v", c.HTTP, c.TCP, c.GRPC) }

// Start asks the hosts until ctx ends.
func (s *Set) Start(ctx context.Context, running *sync.WaitGroup) {
	for i := range s.cfg.Checks {
		c := &s.cfg.Checks[i]
		for _, h := range s.hosts {
			probe := s.prober(h.Target, c)
			running.Go(func() { s.watch(ctx, h, c, probe) })
		}
	}
}

func (s *Set) prober(t Target, c *Check) prober {
	if s.cfg.Probe != nil {
		return s.cfg.Probe(t, c)
	}
	return s.cfg.Network.prober(t, c)
}

func (s *Set) watch(ctx context.Context, h *Host, c *Check, probe prober) {
	wait := jitter(c.InitialJitter)
	for pause(ctx, wait) {
		err := s.ask(ctx, c, probe)
		if ctx.Err() != nil {
			return
		}
		failing, edge := s.record(h, c, err)
		wait = c.wait(failing, edge, s.turn.Load() > 0)
	}
}

func (s *Set) ask(ctx context.Context, c *Check, probe prober) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return probe(ctx)
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// wait returns the time to the next check of a host.
func (c *Check) wait(failing, edge, traffic bool) time.Duration {
	d := c.Interval
	switch {
	case failing && edge && c.UnhealthyEdge > 0:
		d = c.UnhealthyEdge
	case failing && c.UnhealthyInterval > 0:
		d = c.UnhealthyInterval
	case !failing && edge && c.HealthyEdge > 0:
		d = c.HealthyEdge
	case !failing && !traffic && c.NoTrafficInterval > 0:
		d = c.NoTrafficInterval
	}
	return d + jitter(c.IntervalJitter) + jitter(c.Interval*time.Duration(c.IntervalJitterPart)/100)
}

func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}

// record takes the result of a check. It reports whether the host fails by it now,
// and whether that has just changed.
func (s *Set) record(h *Host, c *Check, err error) (failing, edge bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := h.of(c)
	before := of.failing
	of.add(c, err)
	if edge = of.failing != before; edge {
		s.changed(h, err)
	}
	if err == nil && h.ejected { // Envoy: successful_active_health_check_uneject_host
		h.ejectedUntil = s.cfg.Now()
		s.replan()
	}
	return of.failing, edge
}

// of returns what a check found so far.
func (s *state) of(c *Check) *checked {
	if s.checks == nil {
		s.checks = map[string]*checked{}
	}
	if s.checks[c.key()] == nil {
		s.checks[c.key()] = &checked{}
	}
	return s.checks[c.key()]
}

// changed follows a change of what a check finds. The caller holds s.mu.
func (s *Set) changed(h *Host, err error) {
	s.replan()
	if err != nil {
		s.tell(h, false, err.Error())
	} else if s.up(h, s.cfg.Now()) {
		s.tell(h, true, "it answers the health check")
	}
}

// add counts a result. The first one decides at once.
func (k *checked) add(c *Check, err error) {
	first := !k.known
	k.known = true
	if err == nil {
		k.passes, k.fails = k.passes+1, 0
		if k.failing && k.passes >= max(c.Healthy, 1) {
			k.failing = false
		}
		return
	}
	k.passes, k.fails = 0, k.fails+1
	if _, sure := errors.AsType[certain](err); first || sure || k.fails >= max(c.Unhealthy, 1) {
		k.failing = true
	}
}

// failing reports whether a host fails by a check of this set. The caller holds s.mu.
func (s *Set) failing(h *Host) bool {
	for i := range s.cfg.Checks {
		if of := h.checks[s.cfg.Checks[i].key()]; of != nil && of.failing {
			return true
		}
	}
	return false
}
