package branding

import "time"

// Store keeps styles, customizations and terms. Every method is one transaction. A
// change function may be called more than once; if it returns an error, nothing is
// saved and that error is returned.
type Store interface {
	StyleStore
	CustomizationStore
	TermsStore
}

// Config is what an [Engine] needs. Every field must be set.
type Config struct {
	Store Store
	Now   func() time.Time
}

// Engine answers questions about the looks of pools and changes them. Safe for
// concurrent use.
type Engine struct {
	store Store
	clock func() time.Time
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine { return &Engine{store: c.Store, clock: c.Now} }

// now returns the time of one operation, in the precision that the store keeps.
func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }
