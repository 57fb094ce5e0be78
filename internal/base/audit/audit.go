// Package audit writes who changed what, for auditors: one line of a log for each
// change, with the message "audit" and always the same attributes.
//
//	actor      what changed it: command, access-key, api-token, configuration
//	actor_id   which: the user of the machine, the id of the key, the file
//	action     what was done: "user disable", "AdminDisableUser", "DELETE identity_providers"
//	target     to whom or what; more of it stands in attributes of its own
//	outcome    done, or not-done with the error's code in code
//	node       the machine where it was done
//	request_id the id of the request, if it was one
//
// Edges call it, each at one place through which all its changes go. No secret may be
// given to it: no text of an error, nothing of a body but names.
package audit

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"gatehouse/internal/base/fault"
)

// The kinds of actors.
const (
	Command       = "command"
	AccessKey     = "access-key"
	APIToken      = "api-token"
	Configuration = "configuration"
)

// ErrPanicked is the Err of a change whose handler has not returned: nobody knows how much
// was done.
var ErrPanicked = errors.New("the handler panicked")

// Change is something that was changed, or that somebody could not change.
type Change struct {
	Actor, ActorID string
	Action         string
	Target         string      // "": the action says it, or Details do
	Details        []slog.Attr // more about the target
	RequestID      string      // "": it was no request
	Err            error       // nil: it was done
}

// Write writes a change to a log. A nil log takes nothing.
func Write(ctx context.Context, log *slog.Logger, c Change) {
	if log == nil {
		return
	}
	node, _ := os.Hostname() // "" says that the machine does not tell
	attrs := []slog.Attr{
		slog.String("actor", c.Actor), slog.String("actor_id", c.ActorID), slog.String("action", c.Action), slog.String("target", c.Target),
		slog.String("outcome", "done"), slog.String("node", node),
	}
	if c.Err != nil {
		attrs[4] = slog.String("outcome", "not-done")
		attrs = append(attrs, slog.String("code", codeOf(c.Err)))
	}
	if c.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", c.RequestID))
	}
	log.LogAttrs(ctx, slog.LevelInfo, "audit", append(attrs, c.Details...)...)
}

// codeOf returns the code of an error, whose text may name what nobody should read.
func codeOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code
	}
	return "other"
}
