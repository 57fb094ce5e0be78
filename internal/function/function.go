// Package function calls the functions of others: it sends one JSON event and
// returns one JSON answer. A function is known by its ARN, and the configuration
// says where it runs:
//
//	ARN ── Caller ──► Target ─┬─ Lambda   AWS Lambda, or a program that speaks its Invoke API
//	                          ├─ Webhook  an address that gets the event as a signed POST
//	                          └─ Command  a line of the shell, for development
//
// A call is limited: each try to [Limit], all together to [Tries], and the answer
// to [MaxAnswer]. It is tried again only after a timeout, or if the function is
// too busy. So a function may run more than once for one event.
//
// Nothing that a caller of the API says leads to an address: an ARN that no entry
// names is not called, and no redirect is followed.
package function

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/base/arn"
	"gatehouse/internal/base/fault"
)

// The limits of a call. Cognito: "Important considerations" of Lambda triggers.
const (
	Limit = 5 * time.Second // for one try
	Tries = 3

	MaxAnswer = 1 << 20 // bytes
	pause     = 200 * time.Millisecond
)

// Errors of a call. The texts of those of kind Unavailable are AWS's names of what
// went wrong, and have no detail of the network: that is in their cause.
var (
	// ErrThrown is the error of a function that ran and failed. Its text is the
	// function's own, for the person who caused the call.
	ErrThrown  = fault.New(fault.Denied, "function_threw", "")
	ErrFailed  = fault.New(fault.Unavailable, "function_failed", "ServiceException")
	ErrBusy    = fault.New(fault.Unavailable, "function_busy", "TooManyRequestsException")
	ErrTimeout = fault.New(fault.Unavailable, "function_timeout", "Socket timeout while invoking Lambda function") // Cognito: observed text
	ErrUnknown = fault.New(fault.Unavailable, "function_unknown", "ResourceNotFoundException")
)

// Entry says where the functions of one ARN run.
type Entry struct {
	ARN    string // a "*" at its end stands for any end
	Target Target
	// ClearCodes says that custom senders get their codes in clear, and not encrypted.
	ClearCodes bool
}

// Target is where a function runs. call returns the function's answer, or one
// of the errors above. It ends when ctx ends.
type Target interface {
	call(ctx context.Context, arn string, event []byte) ([]byte, error)
}

// Caller calls functions. The zero value knows none. Safe for concurrent use.
type Caller struct{ Entries []Entry }

// Resolves reports whether an entry names the ARN.
func (c *Caller) Resolves(arn string) bool { return c.find(arn) != nil }

// ClearCodes reports whether the function of an ARN gets codes in clear.
func (c *Caller) ClearCodes(arn string) bool {
	e := c.find(arn)
	return e != nil && e.ClearCodes
}

// find returns the entry that names the ARN best. nil: there is none.
func (c *Caller) find(name string) *Entry {
	e, found := arn.Best(c.Entries, func(e Entry) string { return e.ARN }, name)
	if !found {
		return nil
	}
	return &e
}

// Call sends the event to the function and returns its answer. The error is one of
// the errors above, or that of ctx.
func (c *Caller) Call(ctx context.Context, arn string, event []byte) ([]byte, error) {
	e := c.find(arn)
	if e == nil {
		return nil, ErrUnknown.Because(errors.New("no entry of the configuration names " + arn))
	}
	for try := 1; ; try++ {
		answer, err := once(ctx, e.Target, arn, event)
		if again := errors.Is(err, ErrBusy) || errors.Is(err, ErrTimeout); !again || try == Tries {
			return answer, err
		}
		if err := wait(ctx, time.Duration(try)*pause); err != nil {
			return nil, err
		}
	}
}

// once is one try.
func once(ctx context.Context, target Target, arn string, event []byte) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	answer, err := target.call(limited, arn, event)
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case limited.Err() != nil:
		return nil, ErrTimeout.Because(err)
	}
	return nil, err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
