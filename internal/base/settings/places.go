package settings

import "sync"

// places are where the values of a document stand. Most documents have no fault, and
// nobody asks for a place: so a place is found by its path only once somebody has asked.
type places struct {
	marked []marked

	mu     sync.Mutex
	byPath map[string]Place // of those that were marked until the last question
	known  int              // how many these are
}

type marked struct {
	path string
	at   Place
}

// mark remembers the place of the value at path, in place of an earlier one.
func (p *places) mark(path string, at Place) {
	if p != nil {
		p.marked = append(p.marked, marked{path, at})
	}
}

// of returns the place of the value at path. Any number of goroutines may ask once
// everything is marked.
func (p *places) of(path string) (Place, bool) {
	if p == nil {
		return Place{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byPath == nil {
		p.byPath = make(map[string]Place, len(p.marked))
	}
	for ; p.known < len(p.marked); p.known++ {
		m := &p.marked[p.known]
		p.byPath[m.path] = m.at
	}
	at, ok := p.byPath[path]
	return at, ok
}

// paths calls yield with each path. One that was marked twice comes twice.
func (p *places) paths(yield func(path string) bool) {
	if p == nil {
		return
	}
	for i := range p.marked {
		if !yield(p.marked[i].path) {
			return
		}
	}
}
