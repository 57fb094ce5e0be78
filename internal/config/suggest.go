package config

import (
	"slices"
	"strings"
)

// suggest returns a hint that names the one of known that is most like text, or
// "" if none is like it.
func suggest(text string, known []string) string {
	if best := nearest(text, known); best != "" {
		return didYouMean(best)
	}
	return ""
}

func didYouMean(text string) string { return `did you mean "` + text + `"?` }

func nearest(text string, known []string) string {
	text = strings.ToLower(text)
	best, least := "", 1+max(1, min(len(text)/3, 4))
	for _, k := range slices.Sorted(slices.Values(known)) {
		d := distance(text, strings.ToLower(k))
		if len(text) > 3 && strings.HasPrefix(strings.ToLower(k), text) {
			d = 1 // the end was left out
		}
		if k != "" && d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make b of a.
func distance(a, b string) int {
	if max(len(a), len(b)) > 100 {
		return 100
	}
	var before, above, row []int
	for j := range len(b) + 1 {
		row = append(row, j)
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
