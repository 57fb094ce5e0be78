package cognitoapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// Whatever error an operation returns, the caller gets an exception that the operation
// may answer with.
func TestEveryErrorHasANameForEveryOperation(t *testing.T) {
	place(t)
	errs := []error{errNoUser, errNoPool, errWrong, errSchema, errStrange, errors.New("other"), context.DeadlineExceeded, errAway}
	for _, e := range exceptions {
		errs = append(errs, e.Err, fmt.Errorf("wrapped: %w", e.Err.Because(errors.New("disk 7"))))
	}
	for _, op := range wire.Table() {
		for _, err := range errs {
			e := wireErrorOf(&op, err, "id")
			if !op.Allows(e.name) {
				t.Errorf("%s answers %v with %s, which it does not list", op.Name, err, e.name)
			}
			if strings.Contains(e.message, "disk 7") {
				t.Errorf("%s tells the caller the cause: %s", op.Name, e.message)
			}
			if internal := exceptionOf(&op, err) == ""; internal != (e.status >= 500) {
				t.Errorf("%s answers %v with status %d", op.Name, err, e.status)
			}
		}
	}
}

var errAway = fault.New(fault.Unavailable, "test_away", "The disk 7 is away.")

// A database that did not answer was an internal error, with the status 500.
func TestAnErrorThatPassesIs503(t *testing.T) {
	for _, err := range []error{errAway, fmt.Errorf("load pool: %w", errAway.Because(errors.New("disk 7"))), fmt.Errorf("wait: %w", context.DeadlineExceeded)} {
		w := httptest.NewRecorder()
		wireErrorOf(wire.Find("ListUsers"), err, "id").write(w)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("x-amzn-ErrorType") != "ServiceUnavailableException:" {
			t.Errorf("%v: got %d %v, want 503 ServiceUnavailableException with Retry-After", err, w.Code, w.Header())
		}
		if strings.Contains(w.Body.String(), "disk 7") || !strings.Contains(w.Body.String(), "Request id") {
			t.Errorf("%v: got %s", err, w.Body)
		}
	}
}

// For every kind of error and every operation there is a fallback that the operation
// may answer with.
func TestEveryKindHasAFallback(t *testing.T) {
	for kind := fault.Invalid; kind <= fault.Unsupported; kind++ {
		for _, op := range wire.Table() {
			if allowedName(&op, "NoSuchException", kind) == "" {
				t.Errorf("%s has no answer for an error of kind %v", op.Name, kind)
			}
		}
	}
}
