// Package mmdb makes small files of places in the format of MaxMind (.mmdb), for
// tests. It is written from the specification of the format, version 2.0.
package mmdb

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
)

// Place is what a file says of a network.
type Place struct {
	City, Country       string
	Latitude, Longitude float64 // both 0: the file does not say it
}

// File returns a file with the places of IPv4 networks, which must not overlap.
func File(places map[string]Place) []byte {
	t := &tree{nodes: [][2]int{{}}}
	var data []byte
	for network, p := range places {
		t.add(netip.MustParsePrefix(network), len(data))
		data = append(data, p.encode()...)
	}
	file := append(t.encode(), make([]byte, 16)...)
	file = append(append(file, data...), "\xab\xcd\xefMaxMind.com"...)
	return append(file, dict(
		"node_count", number(6, uint64(len(t.nodes))), "record_size", number(5, 24), "ip_version", number(5, 4),
		"database_type", text("Test-City"), "languages", append(head(11, 1), text("en")...),
		"binary_format_major_version", number(5, 2), "binary_format_minor_version", number(5, 0),
		"build_epoch", number(9, 1), "description", dict(),
	)...)
}

// tree is the search tree. The two records of a node are for the bits 0 and 1. A
// record is 0 for nothing, positive for a node, and negative for data: -1-offset.
type tree struct{ nodes [][2]int }

func (t *tree) add(p netip.Prefix, offset int) {
	address, at := p.Addr().As4(), 0
	for i := range p.Bits() {
		bit := address[i/8] >> (7 - i%8) & 1
		if i == p.Bits()-1 {
			t.nodes[at][bit] = -1 - offset
			return
		}
		if t.nodes[at][bit] == 0 {
			t.nodes = append(t.nodes, [2]int{})
			t.nodes[at][bit] = len(t.nodes) - 1
		}
		at = t.nodes[at][bit]
	}
}

func (t *tree) encode() (out []byte) {
	for _, node := range t.nodes {
		for _, r := range node {
			switch {
			case r == 0:
				r = len(t.nodes)
			case r < 0:
				r = len(t.nodes) + 16 + (-1 - r)
			}
			out = append(out, byte(r>>16), byte(r>>8), byte(r))
		}
	}
	return out
}

func (p Place) encode() []byte {
	name := func(s string) []byte { return dict("names", dict("en", text(s))) }
	location := dict()
	if p.Latitude != 0 || p.Longitude != 0 {
		location = dict("latitude", double(p.Latitude), "longitude", double(p.Longitude))
	}
	return dict("city", name(p.City), "country", name(p.Country), "location", location)
}

// head begins a value of at most 28 bytes or entries.
func head(kind, size int) []byte {
	if kind > 7 {
		return []byte{byte(size), byte(kind - 7)}
	}
	return []byte{byte(kind<<5 | size)}
}

// text begins a text of up to 284 bytes.
func text(s string) []byte {
	if len(s) < 29 {
		return append(head(2, len(s)), s...)
	}
	return append([]byte{2<<5 | 29, byte(len(s) - 29)}, s...)
}

func number(kind int, n uint64) []byte {
	digits := binary.BigEndian.AppendUint64(nil, n)
	digits = digits[slices.IndexFunc(append(digits, 1), func(b byte) bool { return b != 0 }):]
	return append(head(kind, len(digits)), digits...)
}

func double(f float64) []byte {
	return binary.BigEndian.AppendUint64(head(3, 8), math.Float64bits(f))
}

// dict takes alternating names and encoded values.
func dict(pairs ...any) []byte {
	out := head(7, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		out = append(append(out, text(pairs[i].(string))...), pairs[i+1].([]byte)...)
	}
	return out
}
