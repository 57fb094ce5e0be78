package plainhttp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/web"
)

type lifeKey int

func TestALifeHasRoomForOneValue(t *testing.T) {
	var l life
	l.Begin(context.WithValue(t.Context(), lifeKey(0), "of the server"), 0, nil)
	defer l.End(nil)
	if !l.Keep(lifeKey(1), "first") || l.Keep(lifeKey(2), "second") {
		t.Error("want room for one value")
	}
	for i, want := range []any{"of the server", "first", nil} {
		if got := l.Value(lifeKey(i)); got != want {
			t.Errorf("value %d: %v, want %v", i, got, want)
		}
	}
	if l.Value(0) != nil {
		t.Error("a key of another type has a value")
	}
}

// Who observes a request that is observed already has an id and a line of its own.
func TestALifeIsObservedTwice(t *testing.T) {
	var l life
	l.Begin(t.Context(), 0, nil)
	defer l.End(nil)
	var log strings.Builder
	o := &web.Observer{Log: slog.New(slog.NewTextHandler(&log, nil))}
	var ids []string
	seen := func(r *http.Request, name string) {
		ids = append(ids, web.RequestID(r.Context()))
		web.Note(r.Context(), slog.String("noted", name))
	}
	inner := o.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen(r, "inside") }))
	request := httptest.NewRequest("GET", "/", nil).WithContext(&l)
	o.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r != request {
			t.Error("the request was copied, although its context has room")
		}
		seen(r, "outside")
		inner.ServeHTTP(w, r)
	})).ServeHTTP(httptest.NewRecorder(), request)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(ids) != 2 || ids[0] == ids[1] || len(lines) != 2 {
		t.Fatalf("got the ids %q and the lines %q, want two of each", ids, lines)
	}
	for i, name := range []string{"inside", "outside"} {
		if !strings.Contains(lines[i], ids[1-i]) || !strings.Contains(lines[i], fmt.Sprint("noted=", name)) || strings.Count(lines[i], "noted=") != 1 {
			t.Errorf("line %d is %q, want the one of the handler %s", i, lines[i], name)
		}
	}
}
