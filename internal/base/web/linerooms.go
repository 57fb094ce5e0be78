package web

import (
	"log/slog"
	"sync"
)

// lineRooms has memory for the facts of a log line, until it is written.
var lineRooms = sync.Pool{New: func() any { return newLineRoom() }}

// usualFacts is how many facts a usual line has, at most: more get memory of their own.
const usualFacts = 24

func newLineRoom() *[]slog.Attr {
	room := make([]slog.Attr, 0, usualFacts)
	return &room
}

// forgetful is a [slog.Handler] that keeps nothing of a record once Handle has returned.
type forgetful interface{ KeepsNothing() }

// lines returns memory for a line. That of a handler of which nothing is known is used
// once: it may keep the record, or hand it to somebody.
func (o *Observer) lines() *[]slog.Attr {
	if _, ok := o.Log.Handler().(forgetful); ok {
		return lineRooms.Get().(*[]slog.Attr)
	}
	return newLineRoom()
}

// release comes after the line was written.
func (o *Observer) release(room *[]slog.Attr) {
	if _, ok := o.Log.Handler().(forgetful); !ok || cap(*room) > usualFacts {
		return
	}
	clear(*room) // of what belongs to the request
	lineRooms.Put(room)
}
