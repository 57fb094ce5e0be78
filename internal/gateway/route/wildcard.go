package route

import "strings"

// pattern is a host with wildcards. Each * matches any number of characters, dots
// included (Pomerium). The texts around and between the wildcards are split once,
// so that most hosts are refused by their end.
type pattern struct {
	first, last string   // before the first *, after the last
	middle      []string // between them, in order
	exact       bool     // there is no *; first is the host
}

func newPattern(host string) pattern {
	parts := strings.Split(host, "*")
	end := len(parts) - 1
	if end == 0 {
		return pattern{first: host, exact: true}
	}
	return pattern{first: parts[0], last: parts[end], middle: parts[1:end]}
}

func (p *pattern) matches(host string) bool {
	if p.exact {
		return host == p.first
	}
	if len(host) < len(p.first)+len(p.last) || !strings.HasSuffix(host, p.last) || !strings.HasPrefix(host, p.first) {
		return false
	}
	// The pieces between, each as early as it can be.
	host = host[len(p.first) : len(host)-len(p.last)]
	for _, piece := range p.middle {
		at := strings.Index(host, piece)
		if at < 0 {
			return false
		}
		host = host[at+len(piece):]
	}
	return true
}
