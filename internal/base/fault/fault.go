// Package fault has the type of all errors of the engines.
//
// An engine declares its errors as package variables with [New], beside the noun
// that they concern. It returns an error as it was declared, or a copy: with a
// cause for the log ([Error.Because]), or with a text that names the thing
// concerned ([Error.Saying]). The text for the caller (Message) and the cause,
// which only the log may hold, are different fields, so that an edge cannot
// confuse them.
//
// Engines do not know HTTP or the error names of a protocol. Each edge has one
// table that maps the errors to its wire form.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind is the sort of a failure. An edge uses it for errors that its table does
// not have.
type Kind int

// The kinds. Internal is the zero value: an error without a kind is a failure of
// Gatehouse.
const (
	Internal        Kind = iota // a failure of Gatehouse; the caller gets no detail
	Invalid                     // the caller's input breaks a rule
	NotFound                    // the thing named does not exist
	Conflict                    // the name is taken, or the thing was changed by another caller
	Unauthenticated             // the caller did not prove its identity
	Denied                      // the caller is known and has no right to do this
	Expired                     // a code, session or token has expired
	Throttled                   // too many attempts
	Unsupported                 // Gatehouse does not offer this
	Unavailable                 // another system that is needed does not answer
)

var kindNames = [...]string{"internal", "invalid", "not found", "conflict", "unauthenticated", "denied", "expired", "throttled", "unsupported", "unavailable"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "internal"
	}
	return kindNames[k]
}

// Error is an error of an engine. [errors.Is] takes two errors with the same Code
// as the same.
type Error struct {
	Kind    Kind
	Code    string // stable, lower case with underscores, for logs and tests
	Message string // text for the caller
	cause   error  // for the log alone
}

// New declares an error.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Because returns a copy of e with err as its cause, for the log.
func (e *Error) Because(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// Saying returns a copy of e with another text for the caller.
func (e *Error) Saying(format string, args ...any) *Error {
	c := *e
	c.Message = fmt.Sprintf(format, args...)
	return &c
}

// Error returns the text for logs, which has the cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Code + ": " + e.Message + ": " + e.cause.Error()
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is the same declared error.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// As returns the first fault in err's chain, or nil.
func As(err error) *Error {
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return nil
}

// KindOf returns the kind of the first fault in err's chain. An error without one
// is Unavailable if a deadline ended the work, else Internal.
func KindOf(err error) Kind {
	if f := As(err); f != nil {
		return f.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}
