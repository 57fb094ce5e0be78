package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"gatehouse/internal/base/fault"
)

var errGone = fault.New(fault.NotFound, "thing_gone", "The thing is gone.")

func TestCopyMatchesTheDeclaredError(t *testing.T) {
	err := fmt.Errorf("load: %w", errGone.Saying("Thing %d is gone.", 7).Because(io.EOF))
	if !errors.Is(err, errGone) {
		t.Error("errors.Is(copy, declared error) = false, want true")
	}
	if !errors.Is(err, io.EOF) {
		t.Error("errors.Is(copy, cause) = false, want true")
	}
	if got := fault.As(err).Message; got != "Thing 7 is gone." {
		t.Errorf("Message = %q", got)
	}
	if errGone.Message != "The thing is gone." || errors.Unwrap(errGone) != nil {
		t.Error("the copy changed the declared error")
	}
}

func TestKindOfAnUnknownErrorIsInternal(t *testing.T) {
	if got := fault.KindOf(io.EOF); got != fault.Internal {
		t.Errorf("KindOf(io.EOF) = %v, want internal", got)
	}
	if got := fault.KindOf(fmt.Errorf("x: %w", errGone)); got != fault.NotFound {
		t.Errorf("KindOf = %v, want not found", got)
	}
}

// A deadline that ended the work was an internal error.
func TestKindOfAnEndedDeadlineIsUnavailable(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want fault.Kind
	}{
		{fmt.Errorf("x: %w", context.DeadlineExceeded), fault.Unavailable},
		{errGone.Because(context.DeadlineExceeded), fault.NotFound},
		{context.Canceled, fault.Internal},
	} {
		if got := fault.KindOf(tt.err); got != tt.want {
			t.Errorf("KindOf(%v) = %v, want %v", tt.err, got, tt.want)
		}
	}
}
