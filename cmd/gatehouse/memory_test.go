package main

import "testing"

func TestMemoryIsGivenBackWhenItIsCalm(t *testing.T) {
	const mib = 1 << 20
	for name, tt := range map[string]struct {
		looks []uint64 // the new memory so far, in MiB
		want  []bool
	}{
		"nothing happens":              {[]uint64{0, 0, 0}, []bool{false, false, false}},
		"requests, then calm":          {[]uint64{100, 500, 500, 500}, []bool{false, false, true, false}},
		"a few requests":               {[]uint64{5, 5, 10}, []bool{false, false, false}},
		"requests all the time":        {[]uint64{100, 200, 300}, []bool{false, false, false}},
		"calm, requests, calm again":   {[]uint64{100, 100, 200, 200}, []bool{false, true, false, true}},
		"it grows slowly, but it does": {[]uint64{10, 20, 20}, []bool{false, false, true}},
	} {
		c := calm{}
		for i, look := range tt.looks {
			if got := c.after(look * mib); got != tt.want[i] {
				t.Errorf("%s: look %d: got %t, want %t", name, i, got, tt.want[i])
			}
		}
	}
}
