package balance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Outliers says which failures in a row eject a host, and for how long.
// Envoy: OutlierDetection.
type Outliers struct {
	Consecutive5xx     Threshold
	ConsecutiveGateway Threshold // 502, 503 and 504
	ConsecutiveLocal   Threshold // no connection, no answer; only with SplitLocal
	SplitLocal         bool      // such failures do not count as 5xx and gateway failures
	Interval           time.Duration
	BaseTime           time.Duration // of the first ejection; the second lasts twice as long
	MaxTime            time.Duration
	MaxPercent         int // of the hosts; one may always be ejected
}

// Threshold is how many failures in a row eject, and in how many percent of cases.
type Threshold struct{ Count, Enforcing int }

// String says for people what leaves a host out.
func (o *Outliers) String() string {
	var limits []string
	for _, l := range []struct {
		Threshold
		what string
	}{{o.Consecutive5xx, "failures"}, {o.ConsecutiveGateway, "gateway failures"}, {o.ConsecutiveLocal, "failures to connect"}} {
		if l.Count > 0 && l.Enforcing > 0 && (o.SplitLocal || l.what != "failures to connect") {
			limits = append(limits, fmt.Sprintf("%d %s", l.Count, l.what))
		}
	}
	if len(limits) == 0 {
		return "failures leave no upstream out"
	}
	return "left out after " + strings.Join(limits, " or ") + " in a row"
}

// failures counts failures in a row.
type failures struct{ server, gateway, local int }

// Report says what came of a request to h: the status of the answer, or 0 if there
// was none.
func (s *Set) Report(h *Host, status int) {
	o := s.cfg.Outliers
	if o == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h.row.add(status, o.SplitLocal)
	if why := o.exceeded(&h.row); why != "" {
		s.eject(h, why)
	}
}

// add counts an answer, or with status 0 that there was none.
func (f *failures) add(status int, splitLocal bool) {
	switch local := status == 0; {
	case local && splitLocal:
		f.local++
	case local, status == 502, status == 503, status == 504:
		f.server, f.gateway = f.server+1, f.gateway+1
	case status >= 500:
		f.server, f.gateway, f.local = f.server+1, 0, 0
	default:
		*f = failures{}
	}
}

// exceeded returns why a host is to be ejected, "" if it is not. A count that was
// reached begins again.
func (o *Outliers) exceeded(f *failures) string {
	for _, c := range []struct {
		count *int
		limit Threshold
		what  string
	}{{&f.server, o.Consecutive5xx, "failures"}, {&f.gateway, o.ConsecutiveGateway, "gateway failures"}, {&f.local, o.ConsecutiveLocal, "failures to connect"}} {
		if c.limit.Count == 0 || *c.count < c.limit.Count {
			continue
		}
		*c.count = 0
		if rand.IntN(100) < c.limit.Enforcing {
			return fmt.Sprintf("%d %s one after the other", c.limit.Count, c.what)
		}
	}
	return ""
}

// eject takes a host out for some time, unless too many are out. The caller holds
// s.mu.
func (s *Set) eject(h *Host, why string) {
	o, now := s.cfg.Outliers, s.cfg.Now()
	out := 0
	for _, other := range s.hosts {
		if other.ejectedUntil.After(now) {
			out++
		}
	}
	if h.ejectedUntil.After(now) || out > 0 && out*100 >= o.MaxPercent*len(s.hosts) {
		return
	}
	if o.Interval > 0 && !h.ejectedUntil.IsZero() {
		h.ejections = max(0, h.ejections-int(now.Sub(h.ejectedUntil)/o.Interval))
	}
	h.ejections++
	h.ejectedUntil = now.Add(min(o.BaseTime*time.Duration(h.ejections), max(o.MaxTime, o.BaseTime)))
	h.ejected = true
	s.replan()
	s.tell(h, false, why)
}

// returns tells that the ejection of a host is over. The caller holds s.mu.
func (s *Set) returns(h *Host, now time.Time) {
	if !h.ejected || h.ejectedUntil.After(now) {
		return
	}
	h.ejected, h.row = false, failures{}
	if !s.failing(h) {
		s.tell(h, true, "its ejection is over")
	}
}
