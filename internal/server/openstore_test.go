package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/store"
)

var (
	errPassing = &store.OpenError{Database: "d", Problem: "starting", Passing: true}
	errLasting = &store.OpenError{Database: "d", Problem: "wrong password"}
)

// opens returns a function that fails with each error in turn and then returns 1.
func opens(errs ...error) (open func() (int, error), calls *int) {
	calls = new(int)
	return func() (int, error) {
		*calls++
		if *calls <= len(errs) {
			return 0, errs[*calls-1]
		}
		return 1, nil
	}, calls
}

func TestStartWaitsForTheDatabase(t *testing.T) {
	tests := []struct {
		name  string
		wait  time.Duration
		errs  []error
		want  error
		calls int
		told  int
		took  time.Duration
	}{
		{"a database that answers", time.Minute, nil, nil, 1, 0, 0},
		{"one that comes", time.Minute, []error{errPassing, errPassing}, nil, 3, 1, 2 * retryEvery},
		{"one that does not come", 2*retryEvery + 1, []error{errPassing, errPassing, errPassing, errPassing}, errPassing, 3, 1, 2*retryEvery + 1},
		{"a wait shorter than the pause", 1, []error{errPassing, errPassing}, errPassing, 1, 1, 1},
		{"no wait", 0, []error{errPassing}, errPassing, 1, 0, 0},
		{"a reason that stays", time.Minute, []error{errLasting}, errLasting, 1, 0, 0},
		{"a reason that stays, later", time.Minute, []error{errPassing, errLasting}, errLasting, 2, 1, retryEvery},
		{"an error of another kind", time.Minute, []error{store.ErrURL}, store.ErrURL, 1, 0, 0},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			open, calls := opens(tt.errs...)
			told, start := 0, time.Now()
			_, err := waitFor(t.Context(), Patience{Wait: tt.wait, Waiting: func(error) { told++ }}, open)
			if !errors.Is(err, tt.want) || *calls != tt.calls || told != tt.told || time.Since(start) != tt.took {
				t.Errorf("%s: error %v after %d calls, told %d times, took %v; want %v, %d, %d, %v",
					tt.name, err, *calls, told, time.Since(start), tt.want, tt.calls, tt.told, tt.took)
			}
		})
	}
}

func TestCancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), retryEvery/2)
		defer stop()
		start := time.Now()
		open, _ := opens(errPassing, errPassing, errPassing)
		if _, err := waitFor(ctx, Patience{Wait: time.Minute}, open); !errors.Is(err, errPassing) || time.Since(start) != retryEvery/2 {
			t.Errorf("error %v after %v, want %v after %v", err, time.Since(start), errPassing, retryEvery/2)
		}
	})
}
