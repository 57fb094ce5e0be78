package cognitoapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// Whatever error an operation returns, the caller gets an exception that the operation
// may answer with.
func TestEveryErrorHasANameForEveryOperation(t *testing.T) {
	place(t)
	errs := []error{errNoUser, errNoPool, errWrong, errSchema, errStrange, errors.New("other")}
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
			if internal := exceptionOf(&op, err) == ""; internal != (e.status == 500) {
				t.Errorf("%s answers %v with status %d", op.Name, err, e.status)
			}
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
