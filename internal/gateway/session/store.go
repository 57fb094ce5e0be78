package session

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
)

// What a [Store] reports, and what it means to the caller of the engine.
var (
	ErrNotFound = fault.New(fault.NotFound, "session_not_found", "There is no such session.")
	ErrStale    = fault.New(fault.Conflict, "session_stale", "The session was changed by somebody else.")
	ErrSpent    = fault.New(fault.Expired, "session_ticket_spent", "This sign-in link was used already.")
)

// ID names a session: base64url of the SHA-256 hash of its handle. The handle
// itself is nowhere but with the browser, so that who reads the database can
// be nobody's session; an ID may be shown and logged.
type ID string

// Record is a session as it is stored.
type Record struct {
	ID      ID
	Person  string    // whose session it is: lower-case e-mail, else the user id; indexed
	Sealed  []byte    // the session itself, encrypted; the ID is bound to it
	Expires time.Time // the row is dead from then on and may be deleted
	// Revision counts the changes. It is 1 when created, and keeps two nodes
	// from overwriting each other.
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
	// ErrNotFound when there is no such session: a deleted session never
	// comes back.
	UpdateSession(ctx context.Context, r Record) error
	// DeleteSession deletes a session. Deleting none is no error.
	DeleteSession(ctx context.Context, id ID) error
	// DeleteSessionsOf deletes every session of a person and returns their ids.
	DeleteSessionsOf(ctx context.Context, person string) ([]ID, error)
	// DeleteExpiredSessions deletes at most limit sessions that expired before
	// now, and forgets as many spent keys, and returns how many rows went away.
	DeleteExpiredSessions(ctx context.Context, now time.Time, limit int) (int, error)
	// SpendTicket remembers key until the given time. It returns ErrSpent when
	// the key is remembered already: of all callers on all nodes one gets nil.
	SpendTicket(ctx context.Context, key string, until time.Time) error
}
