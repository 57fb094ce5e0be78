// Package fault is the one form that an engine's errors have.
//
// An engine declares its errors as package variables, beside the noun that
// they concern, with [New]. It returns them as they are, or with a cause for
// the log ([Error.Because]) or with a text that names the thing at hand
// ([Error.Saying]). What the caller may read (Message) and what only the log
// may read (the cause) are different fields, so that an edge can't mix them up.
//
// Engines know nothing of HTTP or of any protocol's error names: each edge has
// one table that maps these errors to its wire form.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an error is, for edges that have no name of
// their own for it.
type Kind int

// The kinds. Internal is the zero value: what nobody classified is our fault.
const (
	Internal        Kind = iota // a failure of ours; the caller learns no more
	Invalid                     // the caller's input breaks a rule
	NotFound                    // the thing named does not exist
	Conflict                    // the name is taken, or the thing changed meanwhile
	Unauthenticated             // the caller did not prove who it is
	Denied                      // the caller is known and may not
	Expired                     // a code, session or token is past its time
	Throttled                   // too many attempts
	Unsupported                 // the thing asked for is not offered
	Unavailable                 // a part we depend on is away
)

var kindNames = [...]string{"internal", "invalid", "not found", "conflict", "unauthenticated", "denied", "expired", "throttled", "unsupported", "unavailable"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "internal"
	}
	return kindNames[k]
}

// Error is an engine's error. Two errors are the same, to [errors.Is], when
// they have the same Code.
type Error struct {
	Kind    Kind
	Code    string // stable, lower case with underscores, for logs and tests
	Message string // what the caller may read
	cause   error  // what only the log may read
}

// New declares an error.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Because returns a copy of e that carries err for the log.
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

// Error is for logs: it holds the cause as well.
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

// KindOf returns the kind of the first fault in err's chain, else Internal.
func KindOf(err error) Kind {
	if f := As(err); f != nil {
		return f.Kind
	}
	return Internal
}
