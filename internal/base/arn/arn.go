// Package arn finds the entry of a configuration that an ARN means. A pool names a
// function or a destination of logs by its ARN, and entries say where it is.
package arn

import "strings"

// Best returns the entry whose pattern fits the ARN best: the ARN itself, or else the
// longest beginning that has a "*" behind it. found is false if none fits.
func Best[E any](entries []E, pattern func(E) string, arn string) (best E, found bool) {
	length := -1
	for _, e := range entries {
		p := pattern(e)
		if p == arn {
			return e, true
		}
		if start, open := strings.CutSuffix(p, "*"); open && strings.HasPrefix(arn, start) && len(start) > length {
			best, found, length = e, true, len(start)
		}
	}
	return best, found
}
