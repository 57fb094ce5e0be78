package credential

import (
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
)

// Config is what an [Engine] needs. Every field must be set, except where its
// comment says otherwise.
type Config struct {
	Store  Store
	Users  *user.Engine
	Sealer *seal.Sealer
	Now    func() time.Time
	// NoHourlyLimits turns off the hourly limits on codes and password changes,
	// for development. If false, the limits apply.
	NoHourlyLimits bool
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{store: c.Store, Users: c.Users, Sealer: c.Sealer, Now: c.Now, NoHourlyLimits: c.NoHourlyLimits}
}

// Engine makes and checks credentials. Safe for concurrent use. Its store is out
// of reach, so that no caller can go past the rules.
type Engine struct {
	Users  *user.Engine
	Sealer *seal.Sealer
	Now    func() time.Time
	// NoHourlyLimits lifts the caps on codes and password changes an hour, for
	// development. Lockout and the guesses a code allows stay.
	NoHourlyLimits bool

	store Store
	tries turns
}

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Microsecond) }
