package balance

import (
	"testing"
	"time"
)

// outliers returns a set of four hosts that ejects after three failures in a row,
// and its clock.
func outliers(t *testing.T, change func(*Outliers)) (*Set, *time.Time, *[]string) {
	t.Helper()
	now, told := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), []string{}
	o := &Outliers{
		Consecutive5xx: Threshold{3, 100}, ConsecutiveGateway: Threshold{2, 0}, ConsecutiveLocal: Threshold{2, 100},
		Interval: 10 * time.Second, BaseTime: 30 * time.Second, MaxTime: 5 * time.Minute, MaxPercent: 50,
	}
	if change != nil {
		change(o)
	}
	s := set(t, func(c *Config) {
		c.Outliers, c.Panic, c.Now = o, 0, func() time.Time { return now }
		c.Changed = func(t Target, up bool, why string) {
			told = append(told, t.Name+map[bool]string{true: " up: ", false: " down: "}[up]+why)
		}
	}, 1, 1, 1, 1)
	return s, &now, &told
}

func report(s *Set, host int, statuses ...int) {
	for _, status := range statuses {
		s.Report(s.hosts[host], status)
	}
}

func serves(s *Set, host string) bool { return shares(s, 400)[host] > 0 }

func TestFailuresInARowEject(t *testing.T) {
	for _, tt := range []struct {
		name     string
		change   func(*Outliers)
		statuses []int
		out      bool
	}{
		{"enough", nil, []int{500, 503, 500}, true},
		{"no answer counts too", nil, []int{0, 0, 0}, true},
		{"one less", nil, []int{500, 500}, false},
		{"a good answer between", nil, []int{500, 500, 200, 500}, false},
		{"the client's faults", nil, []int{404, 404, 404, 404}, false},
		{"gateway failures are not enforced by default", nil, []int{503, 503}, false},
		{"gateway failures", func(o *Outliers) { o.ConsecutiveGateway.Enforcing = 100 }, []int{503, 502}, true},
		{"other failures are no gateway failures", func(o *Outliers) { o.ConsecutiveGateway.Enforcing = 100 }, []int{503, 500}, false},
		{"lost connections apart", func(o *Outliers) { o.SplitLocal = true }, []int{0, 0}, true},
		{"lost connections apart from 5xx", func(o *Outliers) { o.SplitLocal = true }, []int{0, 500, 500}, false},
		{"not enforced", func(o *Outliers) { o.Consecutive5xx.Enforcing = 0 }, []int{500, 500, 500, 500, 500, 500}, false},
		{"off", func(o *Outliers) { o.Consecutive5xx.Count = 0 }, []int{500, 500, 500, 500}, false},
	} {
		s, _, _ := outliers(t, tt.change)
		report(s, 1, tt.statuses...)
		if out := !serves(s, "b"); out != tt.out {
			t.Errorf("%s: ejected is %v, want %v", tt.name, out, tt.out)
		}
	}
}

func TestAnEjectionEndsAndLastsLongerEachTime(t *testing.T) {
	s, now, told := outliers(t, nil)
	for _, lasts := range []time.Duration{30 * time.Second, 60 * time.Second, 90 * time.Second} {
		report(s, 1, 500, 500, 500)
		*now = now.Add(lasts - time.Second)
		if serves(s, "b") {
			t.Fatalf("b is back before %v", lasts)
		}
		*now = now.Add(time.Second)
		if !serves(s, "b") {
			t.Fatalf("b is not back after %v", lasts)
		}
	}
	*now = now.Add(time.Minute) // six quiet intervals
	report(s, 1, 500, 500, 500)
	*now = now.Add(30 * time.Second)
	if !serves(s, "b") {
		t.Error("b is not back after 30s, although it was quiet for long before")
	}
	if len(*told) != 8 || (*told)[0] != "b down: 3 failures one after the other" || (*told)[1] != "b up: its ejection is over" {
		t.Errorf("got %q, want each going and coming told once", *told)
	}
}

func TestOnlyAPartIsEjected(t *testing.T) {
	s, _, _ := outliers(t, nil)
	for i := range 4 {
		report(s, i, 500, 500, 500)
	}
	if got := shares(s, 400); len(got) != 2 {
		t.Errorf("got %v, want half of the hosts to stay (max_ejection_percent)", got)
	}
	s, _, _ = outliers(t, func(o *Outliers) { o.MaxPercent = 10 })
	report(s, 0, 500, 500, 500)
	report(s, 1, 500, 500, 500)
	if got := shares(s, 400); len(got) != 3 {
		t.Errorf("got %v, want one ejected: one always may", got)
	}
}

func TestAnEjectionOutlivesAReload(t *testing.T) {
	s, _, _ := outliers(t, nil)
	report(s, 1, 500, 500, 500)
	s.hosts[0].Begin()
	next := New(s.cfg, s)
	if serves(next, "b") {
		t.Error("b is back after a reload")
	}
	if got := next.hosts[0].busy.Load(); got != 1 {
		t.Errorf("a has %d requests on their way, want 1", got)
	}
	without := s.cfg
	without.Hosts = s.cfg.Hosts[2:]
	if got := shares(New(without, next), 10); len(got) != 2 {
		t.Errorf("got %v, want the two hosts that are left", got)
	}
}
