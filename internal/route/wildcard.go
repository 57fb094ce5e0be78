package route

import "strings"

// wildcard matches a host with a pattern in which each * stands for any run of
// characters, dots included, also for none (Pomerium).
func wildcard(pattern, host string) bool {
	first, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == host
	}
	last := rest[strings.LastIndex(rest, "*")+1:]
	if len(host) < len(first)+len(last) || !strings.HasPrefix(host, first) || !strings.HasSuffix(host, last) {
		return false
	}
	// What lies between the first * and the last: its pieces, in order, each as
	// early as it can be.
	host = host[len(first) : len(host)-len(last)]
	middle := rest[:len(rest)-len(last)]
	for middle != "" {
		var piece string
		piece, middle, _ = strings.Cut(middle, "*")
		at := strings.Index(host, piece)
		if at < 0 {
			return false
		}
		host = host[at+len(piece):]
	}
	return true
}
