package session

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
)

// The errors of a [Store].
var (
	ErrNotFound = fault.New(fault.NotFound, "session_not_found", "There is no such session.")
	ErrStale    = fault.New(fault.Conflict, "session_stale", "The session was changed by somebody else.")
	ErrSpent    = fault.New(fault.Expired, "session_ticket_spent", "This sign-in link was used already.")
)

// ID names a session: base64url of the SHA-256 hash of its handle. Only the
// browser has the handle, so a reader of the database can't use a session. An
// ID may be shown and logged.
type ID string

// Record is a session as it is stored.
type Record struct {
	ID      ID
	Person  string    // see PersonOf; indexed
	Sealed  []byte    // the session, encrypted and bound to the ID
	Expires time.Time // from then on the row may be deleted
	// Revision counts the changes, so that two nodes can't overwrite each
	// other's. A new record has 1.
	Revision int64
}

// Store keeps sessions for every node. It must be safe for concurrent use.
type Store interface {
	// CreateSession saves a new record.
	CreateSession(ctx context.Context, r Record) error
	// LoadSession returns a record, or ErrNotFound. It may return an expired
	// record.
	LoadSession(ctx context.Context, id ID) (Record, error)
	// UpdateSession saves r.Sealed, r.Person and r.Expires under r.Revision, if
	// the stored revision is r.Revision-1. Otherwise it returns ErrStale, or
	// ErrNotFound if there is no such session: an update never brings a deleted
	// session back.
	UpdateSession(ctx context.Context, r Record) error
	// DeleteSession deletes a session. It is no error if there is none.
	DeleteSession(ctx context.Context, id ID) error
	// DeleteSessionsOf deletes every session of a person and returns their ids.
	DeleteSessionsOf(ctx context.Context, person string) ([]ID, error)
	// DeleteExpiredSessions deletes at most limit sessions that expired before
	// now, and at most limit spent keys. It returns how many rows it deleted.
	DeleteExpiredSessions(ctx context.Context, now time.Time, limit int) (int, error)
	// SpendTicket remembers key until the given time. It returns ErrSpent if
	// the key is remembered already: of all callers on all nodes, one gets nil.
	SpendTicket(ctx context.Context, key string, until time.Time) error
}
