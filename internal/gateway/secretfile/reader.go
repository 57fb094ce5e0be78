package secretfile

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/seal"
)

// Binding is a credential in a file.
type Binding struct {
	Name  string
	Path  string
	Field []string // where it is in a document of JSON; empty: the file is the credential

	// Grace is how long the last good value counts, from when it was read last.
	Grace time.Duration
}

// Config is what a Reader needs.
type Config struct {
	Bindings []Binding
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: nothing is logged
}

// Reader has the values of the bindings of one configuration. It is safe for several
// goroutines.
type Reader struct {
	cfg    Config
	values atomic.Pointer[map[string]seal.Secret]

	mu   sync.Mutex
	held []held // one for each binding
}

// held is what is known of a binding.
type held struct {
	value  seal.Secret // "": there is none
	read   time.Time   // when the value was read last
	failed bool        // the last look found no value
}

// New returns a reader that has looked at every file once. Of a file that cannot be read
// now, it has the value that earlier has, which may be nil.
func New(cfg Config, earlier *Reader) *Reader {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	r := &Reader{cfg: cfg, held: make([]held, len(cfg.Bindings))}
	for i, b := range cfg.Bindings {
		r.held[i] = earlier.of(b)
	}
	r.Look()
	return r
}

// of returns what is known of the value of a binding, under whatever name.
func (r *Reader) of(b Binding) held {
	if r == nil {
		return held{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, known := range r.cfg.Bindings {
		if known.Path == b.Path && slices.Equal(known.Field, b.Field) {
			return r.held[i]
		}
	}
	return held{}
}

// Values returns the credentials that there are, by the names of their bindings, all as
// of one moment. The caller does not change the map.
func (r *Reader) Values() map[string]seal.Secret { return *r.values.Load() }

// Look reads the files again.
func (r *Reader) Look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, files := r.cfg.Now(), files{}
	values := make(map[string]seal.Secret, len(r.held))
	for i, b := range r.cfg.Bindings {
		value, err := files.value(b)
		r.held[i] = r.after(b, r.held[i], value, err, now)
		if v := r.held[i].value; v != "" {
			values[b.Name] = v
		}
	}
	r.values.Store(&values)
}

// after returns what is known of a binding after a look, and logs what has changed.
func (r *Reader) after(b Binding, before held, value seal.Secret, err error, now time.Time) held {
	log := r.cfg.Log.With(slog.String("secret", b.Name), slog.String("file", b.Path))
	switch {
	case err == nil:
		if before.failed {
			log.Info("a secret can be read again")
		}
		return held{value: value, read: now}
	case before.value != "" && now.Sub(before.read) <= b.Grace:
		if !before.failed {
			log.Warn("a secret cannot be read; the last one is sent", slog.String("error", err.Error()))
		}
		return held{value: before.value, read: before.read, failed: true}
	case before.value != "" || !before.failed:
		log.Error("a secret cannot be read; requests that need it are refused", slog.String("error", err.Error()))
	}
	return held{failed: true}
}
