package server

import (
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// followEvery is how often large files are looked at. A change counts at the second look
// that finds it the same: nobody is still writing then.
const followEvery = 10 * time.Second

// followed is what was read from files, and is read again when one of them changes.
type followed[T any] struct {
	what  string // for the log
	paths []string
	read  func() (T, error)

	value      atomic.Pointer[T]
	used, seen []fileStamp // when it was read; at the last look, if they differed
}

// fileStamp shows whether a file changed. That of a file that is not there is the zero
// value.
type fileStamp struct {
	modified time.Time
	size     int64
}

// newFollowed reads the files.
func newFollowed[T any](what string, paths []string, read func() (T, error)) (*followed[T], error) {
	f := &followed[T]{what: what, paths: paths, read: read}
	f.used = f.stamps()
	v, err := read()
	if err != nil {
		return nil, err
	}
	f.value.Store(&v)
	return f, nil
}

// now returns what was read last. Safe for concurrent use.
func (f *followed[T]) now() T { return *f.value.Load() }

// look reads the files again if they changed. What can't be read leaves the value as it
// is, and is logged once.
func (f *followed[T]) look(log *slog.Logger) {
	stamps := f.stamps()
	switch {
	case slices.Equal(stamps, f.used):
		f.seen = nil
		return
	case !slices.Equal(stamps, f.seen):
		f.seen = stamps
		return
	}
	f.used, f.seen = stamps, nil
	v, err := f.read()
	if err != nil {
		log.Error("a changed file was not read, the known content stays in use", slog.String("of", f.what), slog.String("error", err.Error()))
		return
	}
	f.value.Store(&v)
	log.Info("a changed file was read", slog.String("of", f.what))
}

func (f *followed[T]) stamps() []fileStamp {
	all := make([]fileStamp, len(f.paths))
	for i, path := range f.paths {
		if info, err := os.Stat(path); err == nil {
			all[i] = fileStamp{info.ModTime(), info.Size()}
		}
	}
	return all
}
