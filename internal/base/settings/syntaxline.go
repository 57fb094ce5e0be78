package settings

import "bytes"

// Bounds of the search for a wrong line. A value in brackets or quotes may go over
// so many lines; in a longer file the parser's own line is good enough.
const (
	maxSearchedLines = 2000
	maxLinesOfValue  = 20
)

// wrongLine returns the first line that cannot follow the lines before it, or 0 if
// it does not find one. data is YAML that the parser refuses. The parser itself
// names the line where it gave up, or where the list around it begins: for a quote
// that is not closed, that is the end of the file.
//
// It parses the beginnings of data. The lines up to the wrong one are YAML, and no
// longer beginning is. JSON is in one pair of brackets, so no beginning of it is
// YAML, and the parser's line is the right one.
func wrongLine(data []byte) int {
	if start := bytes.TrimSpace(data); len(start) == 0 || start[0] == '{' || start[0] == '[' {
		return 0
	}
	ends := lineEnds(data)
	if len(ends) > maxSearchedLines {
		return 0
	}
	good, bad := 0, len(ends) // numbers of lines
	for bad-good > 1 {
		middle := (good + bad) / 2
		if n := nextGood(data, ends[:bad-1], middle); n > 0 {
			good = n
		} else {
			bad = middle
		}
	}
	return bad
}

// nextGood returns how many lines of data, n or a few more, are YAML: a beginning
// may end within a value. It returns 0 if there is no such number.
func nextGood(data []byte, ends []int, n int) int {
	for last := min(n+maxLinesOfValue, len(ends)); n <= last; n++ {
		if _, err := parseYAML(data[:ends[n-1]]); err == nil {
			return n
		}
	}
	return 0
}

// lineEnds returns where each line of data ends.
func lineEnds(data []byte) (ends []int) {
	for i, c := range data {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		ends = append(ends, len(data))
	}
	return ends
}
