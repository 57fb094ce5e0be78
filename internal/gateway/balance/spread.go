package balance

import (
	"slices"
	"strconv"
)

// spread sends a key to a host. The same key goes to the same host, in every
// process, as long as the host is usable. The keys of a host that is not usable are
// spread over the others; no other key moves.
type spread interface {
	// pick returns the index of a host, -1 if none is usable.
	pick(key uint64, usable func(int) bool) int
}

// newSpread returns nil for a policy that has no keys.
func newSpread(p Policy, hosts []*Host) spread {
	switch p {
	case RingHash:
		return newRing(hosts)
	case Maglev:
		return newMaglev(hosts)
	}
	return nil
}

// Hash returns the key of a text: FNV-1a, mixed so that similar texts lie far apart.
func Hash(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}

// mix is the finalizer of SplitMix64.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// ring is a circle of points, of which each host has many. A key belongs to the
// host of the next point.
type ring []point

type point struct {
	at   uint64
	host int
}

// ringSize is the least number of points.
// Envoy: minimum_ring_size.
const ringSize = 1024

func newRing(hosts []*Host) ring {
	total := 0
	for _, h := range hosts {
		total += h.weight
	}
	each := (ringSize + total - 1) / total // for a unit of weight
	var r ring
	for i, h := range hosts {
		for n := range each * h.weight {
			r = append(r, point{Hash(h.Name + "_" + strconv.Itoa(n)), i})
		}
	}
	slices.SortFunc(r, func(a, b point) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return a.host - b.host
	})
	return r
}

func (r ring) pick(key uint64, usable func(int) bool) int {
	start, _ := slices.BinarySearchFunc(r, key, func(p point, key uint64) int {
		switch {
		case p.at < key:
			return -1
		case p.at > key:
			return 1
		}
		return 0
	})
	for i := range r {
		if host := r[(start+i)%len(r)].host; usable(host) {
			return host
		}
	}
	return -1
}

// maglev is a table of hosts, in which each has the share of its weight nearly
// exactly. A key whose host is not usable looks at further places.
type maglev []uint16

// maglevSize is the size of the table: a prime.
// Envoy: table_size.
const maglevSize = 65537

// newMaglev fills the table: one host after the other takes the next free place of
// its own order of places, as often as its weight says.
func newMaglev(hosts []*Host) maglev {
	const free = ^uint16(0)
	table := make(maglev, maglevSize)
	for i := range table {
		table[i] = free
	}
	all := make([]bool, len(hosts))
	offset, skip, next := make([]uint64, len(hosts)), make([]uint64, len(hosts)), make([]uint64, len(hosts))
	for i, h := range hosts {
		all[i] = true
		offset[i], skip[i] = Hash(h.Name)%maglevSize, Hash("skip "+h.Name)%(maglevSize-1)+1
	}
	order := orderOf(hosts, all)
	for filled := 0; filled < maglevSize; filled++ {
		i := order[filled%len(order)].Index
		place := uint64(0)
		for taken := true; taken; taken = table[place] != free {
			place = (offset[i] + next[i]*skip[i]) % maglevSize
			next[i]++
		}
		table[place] = uint16(i)
	}
	return table
}

func (m maglev) pick(key uint64, usable func(int) bool) int {
	for range 64 {
		if host := int(m[key%maglevSize]); usable(host) {
			return host
		}
		key = mix(key + 0x9e3779b97f4a7c15)
	}
	for i := range m { // nearly all are lost
		if host := int(m[(key+uint64(i))%maglevSize]); usable(host) {
			return host
		}
	}
	return -1
}
