package cognitoapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
)

func TestTableOfOperations(t *testing.T) {
	table := OperationTable()
	if len(table) != 140 {
		t.Errorf("%d operations, want 140", len(table))
	}
	count := map[Auth]int{}
	empty := 0
	for _, op := range table {
		count[op.Auth]++
		if !op.Output {
			empty++
		}
		if operationNamed(op.Name) == nil {
			t.Errorf("%s is not found by its name", op.Name)
		}
		for _, name := range op.Exceptions {
			if !slices.Contains(modelled, name) {
				t.Errorf("%s lists %s, which the model does not have", op.Name, name)
			}
		}
	}
	if count[AuthSignature] != 105 || count[AuthToken] != 24 || count[AuthNone] != 11 {
		t.Errorf("signed, token, neither: %d, %d, %d, want 105, 24, 11", count[AuthSignature], count[AuthToken], count[AuthNone])
	}
	if empty != 13 {
		t.Errorf("%d operations without output, want 13", empty)
	}
}

func TestUnsupportedAnswersEveryOperation(t *testing.T) {
	for _, op := range OperationTable() {
		_, err := op.call.call(t.Context(), Unsupported{}, op.call.newInput())
		if !errors.Is(err, ErrOperationNotSupported) || !strings.Contains(err.Error(), op.Name) {
			t.Errorf("%s = %v, want that it is not offered", op.Name, err)
		}
	}
}

// Whatever an operation returns, the caller gets an exception that the model
// allows there.
func TestEveryErrorHasANameForEveryOperation(t *testing.T) {
	place(t)
	errs := []error{errNoUser, errNoPool, errWrong, errSchema, errStrange, errors.New("other")}
	for _, e := range exceptions {
		errs = append(errs, e.Err, fmt.Errorf("wrapped: %w", e.Err.Because(errors.New("disk 7"))))
	}
	for _, op := range OperationTable() {
		for _, err := range errs {
			e := wireErrorOf(&op, err, "id")
			if !Allows(op.Name, e.name) {
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

// Each kind of error that can be placed has a fallback that every operation
// allows at the end.
func TestEveryKindHasAFallback(t *testing.T) {
	for kind := fault.Invalid; kind <= fault.Unsupported; kind++ {
		for _, op := range OperationTable() {
			if op.modelled("NoSuchException", kind) == "" {
				t.Errorf("%s has no answer for an error of kind %v", op.Name, kind)
			}
		}
	}
}

func TestAllows(t *testing.T) {
	tests := []struct {
		operation, exception string
		want                 bool
	}{
		{"AdminGetUser", "UserNotFoundException", true},
		{"AdminGetUser", "UsernameExistsException", false},
		{"AdminGetUser", "SerializationException", true},
		{"NoSuchOperation", "SerializationException", false},
	}
	for _, tt := range tests {
		if got := Allows(tt.operation, tt.exception); got != tt.want {
			t.Errorf("Allows(%s, %s) = %t, want %t", tt.operation, tt.exception, got, tt.want)
		}
	}
}
