package main

import (
	"fmt"
	"io"
	"time"

	"gatehouse/internal/directory/transfer"
)

// progressPause is the least time between two lines of progress.
const progressPause = 2 * time.Second

// newProgress returns what shows on out how far a command has come, from the second
// line on that takes long.
func newProgress(out io.Writer, did string) transfer.Progress {
	last := time.Now()
	return func(kind string, rows int) {
		if time.Since(last) < progressPause {
			return
		}
		last = time.Now()
		fmt.Fprintf(out, "gatehouse: %s %s so far, now those of the kind %s\n", did, count(rows, "row"), kind)
	}
}
