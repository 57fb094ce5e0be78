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
	// ErrTooFarBehind says that changes are missing between a mark and now.
	ErrTooFarBehind = fault.New(fault.Internal, "session_changes_missing", "The changes of sessions since then are not known any more.")
)

// ID names a session: base64url of the SHA-256 hash of its handle. Only the
// browser has the handle, so a reader of the database can't use a session. An
// ID may be shown and logged.
type ID string

// Record is a session as it is stored.
type Record struct {
	ID     ID
	Origin // never changes

	Sealed  []byte    // the session, encrypted and bound to the ID
	Created time.Time // the sign-in; never changes
	Expires time.Time // from then on the row may be deleted
	// Revision counts the updates, so that two nodes can't overwrite each
	// other's. A new record has 1.
	Revision int64
	// Changed is the mark of the last change of what the provider says about the
	// person. An identity that was read before must be read again. 0: none.
	Changed Mark
	// Seen is the last use that the store knows of. Zero: none since the sign-in. A new
	// record has none, and an update leaves it.
	Seen time.Time
}

// Mark is a place in the sequence of changes. Each change has the next mark, in
// the order in which the changes were committed.
type Mark int64

// Change is something that happened to sessions. Each node must forget what it
// has of them in memory.
type Change struct {
	Mark  Mark
	Scope Scope
	Ended bool // the sessions ended; false: what the provider says about the person changed
}

// PerPerson is how many sessions one person can have. A new one ends the oldest.
const PerPerson = 100

// Store keeps sessions for every node. It must be safe for concurrent use.
//
// The store of an installation with user pools also ends and changes sessions by
// itself, in the transactions that change users: see package store.
type Store interface {
	// CreateSession saves a new record, unless a change after the mark since
	// ended the sessions of its person: then it returns ErrExpired. After a
	// change of another kind it sets Changed. since is the last mark of a time
	// before the provider was asked about the person. Only the newest
	// [PerPerson] sessions of the person stay.
	CreateSession(ctx context.Context, r Record, since Mark) error
	// LoadSession returns a record, or ErrNotFound. It may return an expired
	// record.
	LoadSession(ctx context.Context, id ID) (Record, error)
	// UpdateSession saves r.Sealed and r.Expires under r.Revision, if the stored
	// revision is r.Revision-1. Otherwise it returns ErrStale, or ErrNotFound if
	// there is no such session: an update never brings a deleted session back.
	UpdateSession(ctx context.Context, r Record) error
	// SeeSessions saves the last uses of sessions. An earlier one than is stored changes
	// nothing, and neither does one of a session that there is not.
	SeeSessions(ctx context.Context, seen map[ID]time.Time) error
	// Sessions returns at most limit records, by Created and ID, after those of
	// a record. Zero values: from the first on.
	Sessions(ctx context.Context, created time.Time, id ID, limit int) ([]Record, error)
	// PersonSessions returns the records of a person, at most [PerPerson], oldest
	// first.
	PersonSessions(ctx context.Context, issuer, subject string) ([]Record, error)
	// EndSessions deletes the sessions of a scope and returns how many there
	// were. It records the change, also if there were none. An empty scope ends
	// nothing, and is no change.
	EndSessions(ctx context.Context, scope Scope) (int, error)
	// EndSessionsOnce is EndSessions that also spends key, as SpendTicket does.
	// Either both are saved or neither is.
	EndSessionsOnce(ctx context.Context, scope Scope, key string, until time.Time) (int, error)
	// LastMark returns the mark of the last change.
	LastMark(ctx context.Context) (Mark, error)
	// Changes returns all changes after a mark, oldest first. It returns
	// ErrTooFarBehind if some are not known any more, or if they are too many.
	Changes(ctx context.Context, after Mark) ([]Change, error)
	// SpendTicket remembers key until the given time. It returns ErrSpent if
	// the key is remembered already: of all callers on all nodes, one gets nil.
	SpendTicket(ctx context.Context, key string, until time.Time) error
}
