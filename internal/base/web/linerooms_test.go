package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/web"
)

// keeper is a handler that keeps what it gets, as one that writes later does.
type keeper struct {
	slog.Handler
	mu      sync.Mutex
	records []slog.Record
}

func (k *keeper) Handle(_ context.Context, r slog.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.records = append(k.records, r)
	return nil
}

// forgetful is a handler that writes at once.
type forgetful struct{ keeper }

func (f *forgetful) KeepsNothing() {}

func (f *forgetful) Handle(ctx context.Context, r slog.Record) error {
	written := slog.NewRecord(r.Time, r.Level, r.Message+": "+text(r), 0)
	return f.keeper.Handle(ctx, written)
}

func text(r slog.Record) (all string) {
	r.Attrs(func(a slog.Attr) bool {
		all += a.String()
		return true
	})
	return all
}

// The memory of a log line is used again, but not that of a handler that may keep it.
func TestALineIsOfItsRequestAlone(t *testing.T) {
	kept, forgot := &keeper{Handler: slog.DiscardHandler}, &forgetful{keeper{Handler: slog.DiscardHandler}}
	for name, tt := range map[string]struct {
		handler slog.Handler
		records *[]slog.Record
	}{"kept": {enabled{kept}, &kept.records}, "written at once": {enabledForgetful{enabled{forgot}}, &forgot.records}} {
		o := &web.Observer{Log: slog.New(tt.handler)}
		h := o.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			for i := range len(r.URL.Path) { // more and fewer than a usual request has
				web.Note(r.Context(), slog.String(fmt.Sprint("noted", i), r.URL.Path))
			}
		}))
		const requests = 60
		var all sync.WaitGroup
		for i := range requests {
			all.Go(func() {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", fmt.Sprintf("/%d-%s", i, strings.Repeat("x", i)), nil))
			})
		}
		all.Wait()
		for i := range requests {
			path := fmt.Sprintf("/%d-%s", i, strings.Repeat("x", i))
			found := 0
			for _, r := range *tt.records {
				if line := r.Message + text(r); strings.Contains(line, "path="+path+" ") {
					if found++; strings.Count(line, "="+path) != len(path)+1 {
						t.Errorf("%s: the line of %s is %s", name, path, line)
					}
				}
			}
			if found != 1 {
				t.Errorf("%s: %d lines of %s, want one", name, found, path)
			}
		}
	}
}

// enabled is a handler for all levels.
type enabled struct{ slog.Handler }

func (enabled) Enabled(context.Context, slog.Level) bool { return true }

type enabledForgetful struct{ enabled }

func (enabledForgetful) KeepsNothing() {}
