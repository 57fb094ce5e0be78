package server

import (
	"net/netip"
	"slices"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
)

// Person is somebody whose access [Diff] compares.
type Person struct {
	Name   string
	Claims map[string]any // nil: nobody is signed in
}

// Difference is what a change of a configuration does to access.
type Difference struct {
	Access    []AccessChange
	Rules     []RuleChange
	Addresses int // how many were asked about
}

// AccessChange is an address at which people gain or lose access.
type AccessChange struct {
	Address    string // with the method, if it is not GET
	Gain, Lose []string
}

// RuleChange is a route of which other people may use it, in words. Before or After
// is empty for a route that only one of the files has.
type RuleChange struct{ Route, Before, After string }

// Diff compares who may open the addresses that two configurations name, with the
// functions that real requests go through. Requests come from an address, the zero value
// for no known network, and now.
func Diff(before, after *config.Config, people []Person, from netip.Addr) (*Difference, error) {
	old, err := rulesOf(before)
	if err != nil {
		return nil, err
	}
	new, err := rulesOf(after)
	if err != nil {
		return nil, err
	}
	d := &Difference{Rules: ruleChanges(old, new)}
	for _, group := range addressesOf(before, after) {
		d.Addresses += len(group)
		d.Access = append(d.Access, changesAt(group, old, new, people, from)...)
	}
	return d, nil
}

// changesAt compares the paths of one host and method. If the same people gain or lose
// access at all of them, one line says so.
func changesAt(group []address, old, new *rules, people []Person, from netip.Addr) []AccessChange {
	var all []AccessChange
	same := true
	for i, a := range group {
		all = append(all, a.compare(old, new, people, from))
		same = same && slices.Equal(all[i].Gain, all[0].Gain) && slices.Equal(all[i].Lose, all[0].Lose)
	}
	if same {
		all, all[0].Address = all[:1], group[0].everyPath()
	}
	return slices.DeleteFunc(all, func(c AccessChange) bool { return len(c.Gain)+len(c.Lose) == 0 })
}

// compare asks both rules about an address, for each of the people.
func (a address) compare(old, new *rules, people []Person, from netip.Addr) AccessChange {
	change := AccessChange{Address: a.String()}
	for _, p := range people {
		q := Question{Method: a.method, URL: a.url(), Claims: p.Claims, SourceIP: from}
		switch before, after := old.lets(q), new.lets(q); {
		case after && !before:
			change.Gain = append(change.Gain, p.Name)
		case before && !after:
			change.Lose = append(change.Lose, p.Name)
		}
	}
	return change
}

// lets reports whether a request is let through. A path that is refused is not.
func (r *rules) lets(q Question) bool {
	answer, err := r.answer(q)
	return err == nil && answer.Route != nil && answer.Decision.Outcome == policy.Allow
}

// ruleChanges compares what the routes say in words, in the order of the new file.
func ruleChanges(old, new *rules) []RuleChange {
	names, after := new.entrants()
	oldNames, before := old.entrants()
	var all []RuleChange
	for _, name := range append(names, oldNames...) {
		if after[name] != before[name] {
			all = append(all, RuleChange{name, before[name], after[name]})
		}
		before[name] = after[name] // once is enough
	}
	return all
}

// entrants says in words who may use each route, in the order of the file. Of two
// routes for the same requests, the first one counts.
func (r *rules) entrants() (names []string, said map[string]string) {
	said = map[string]string{}
	for _, one := range r.order {
		if name := one.Pattern(); said[name] == "" {
			names, said[name] = append(names, name), sayEntrants(one.Policy.Entrants())
		}
	}
	return names, said
}

func sayEntrants(e policy.Entrants) string {
	text := "nobody"
	if len(e.Allowed) > 0 {
		text = strings.Join(e.Allowed, "; ")
	}
	if len(e.Denied) > 0 {
		text += "; never: " + strings.Join(e.Denied, "; ")
	}
	return text
}
