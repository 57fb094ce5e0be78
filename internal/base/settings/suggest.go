package settings

import (
	"slices"
	"strings"
)

// Suggest returns a hint that names the word of known that is most like text:
// `did you mean "address"?`. It returns "" if no word is like text.
func Suggest(text string, known []string) string {
	if word := Nearest(text, known); word != "" {
		return DidYouMean(word)
	}
	return ""
}

// DidYouMean returns the hint that text was probably meant.
func DidYouMean(text string) string { return `did you mean "` + text + `"?` }

// Nearest returns the word of known that is most like text, or "" if no word is
// like it. Upper and lower case are the same. A third of the letters of text
// may be wrong, at least one and at most four; the end of the word may be
// missing. Of several words that are equally near, the first in alphabetical
// order is returned.
func Nearest(text string, known []string) string {
	text = strings.ToLower(text)
	best, bestDistance := "", 1+max(1, min(len(text)/3, 4))
	for _, word := range slices.Sorted(slices.Values(known)) {
		lower := strings.ToLower(word)
		d := distance(text, lower)
		if len(text) > 3 && strings.HasPrefix(lower, text) {
			d = min(d, 1)
		}
		if word != "" && d < bestDistance {
			best, bestDistance = word, d
		}
	}
	return best
}

// maxWord is the length in bytes above which distance does not compare words:
// its work grows with the product of the lengths.
const maxWord = 100

// distance counts the letters to insert, delete, replace, or swap with their
// neighbour to make b of a.
func distance(a, b string) int {
	if max(len(a), len(b)) > maxWord {
		return maxWord
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
