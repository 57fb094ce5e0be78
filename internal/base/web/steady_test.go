package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// limited is a response whose limits of time a test can read.
type limited struct {
	http.ResponseWriter
	read, write time.Time
}

func (l *limited) SetReadDeadline(t time.Time) error  { l.read = t; return nil }
func (l *limited) SetWriteDeadline(t time.Time) error { l.write = t; return nil }

func TestSteadyBodiesMayTakeAsLongAsTheyArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &limited{ResponseWriter: httptest.NewRecorder()}
		body := strings.NewReader("ab")
		r := httptest.NewRequest(http.MethodPut, "/", body)
		r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, &http.Server{ReadTimeout: time.Second}))
		Steady(w, r, time.Minute)
		for range 2 {
			time.Sleep(50 * time.Second)
			if _, err := io.ReadFull(r.Body, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			if read, write := time.Until(w.read), time.Until(w.write); read != time.Minute || write != 2*time.Minute {
				t.Errorf("the limits are %s and %s from now, want a minute and two", read, write)
			}
		}
	})
}
