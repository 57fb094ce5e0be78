package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/web"
)

// What goes on after a handler is observed to its end.
func TestARequestGoesOnAfterItsHandler(t *testing.T) {
	for name, tt := range map[string]struct {
		rest  func()
		after any // what the handler panics with, once it has said that it goes on
		want  []string
	}{
		"usual":                   {rest: func() {}, want: []string{"msg=request", "status=101", "duration_ms=60000"}},
		"a panic":                 {rest: func() { panic("oh") }, want: []string{"msg=panic", "panic=oh", "msg=request", "duration_ms=60000"}},
		"a panic that aborts":     {rest: func() { panic(http.ErrAbortHandler) }, want: []string{"msg=request", "duration_ms=60000"}},
		"a panic of the handler":  {rest: func() {}, after: "oh", want: []string{"msg=panic", "panic=oh", "msg=request", "duration_ms=60000"}},
		"an abort of the handler": {rest: func() {}, after: http.ErrAbortHandler, want: []string{"msg=request", "duration_ms=60000"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				measured, traced, let := 0, 0, make(chan struct{})
				o := web.Observer{
					Log:     slog.New(slog.NewTextHandler(&log, nil)),
					Measure: func(_ string, status int, _ time.Duration) { measured++ },
					Trace: func(ctx context.Context, _ string) (context.Context, func(int)) {
						return ctx, func(int) { traced++ }
					},
				}
				o.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					web.NoteStatus(r.Context(), http.StatusSwitchingProtocols)
					if !web.GoOn(r.Context(), func() {
						<-let
						tt.rest()
					}) {
						t.Error("GoOn: got false, want true")
					}
					if tt.after != nil {
						panic(tt.after)
					}
				})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
				synctest.Wait()
				if measured != 0 || traced != 0 || strings.Contains(log.String(), "msg=request") {
					t.Errorf("after the handler: measured %d times and traced %d times, with the log %q; want nothing yet", measured, traced, log.String())
				}
				time.Sleep(time.Minute)
				close(let)
				synctest.Wait()
				if measured != 1 || traced != 1 || strings.Count(log.String(), "msg=request") != 1 {
					t.Errorf("at the end: measured %d times and traced %d times, with the log %q; want one line", measured, traced, log.String())
				}
				for _, want := range tt.want {
					if !strings.Contains(log.String(), want) {
						t.Errorf("got the log %q, want %q in it", log.String(), want)
					}
				}
				if got := strings.Contains(log.String(), "msg=panic"); got != strings.Contains(strings.Join(tt.want, " "), "msg=panic") {
					t.Errorf("a panic is logged: %t (%q)", got, log.String())
				}
			})
		})
	}
}

func TestARequestThatNobodyObservesDoesNotGoOn(t *testing.T) {
	if web.GoOn(t.Context(), func() { t.Error("it was called") }) {
		t.Error("got true, want false")
	}
}
