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
	// Former asks the former pools of users about passwords. nil: no password is
	// proved in this way.
	Former Former
	// NoHourlyLimits turns off the hourly limits on codes and password changes,
	// for development. If false, the limits apply.
	NoHourlyLimits bool
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{store: c.Store, Users: c.Users, Sealer: c.Sealer, Now: c.Now, NoHourlyLimits: c.NoHourlyLimits, former: c.Former, hashing: newHashing()}
}

// Engine makes and checks credentials. Safe for concurrent use. It keeps its
// store to itself, so that no caller can avoid the rules.
type Engine struct {
	Users  *user.Engine
	Sealer *seal.Sealer
	Now    func() time.Time
	// NoHourlyLimits turns off the hourly limits on codes and password changes,
	// for development. Lockout, and the number of guesses for each code, stay.
	NoHourlyLimits bool

	store   Store
	former  Former
	tries   turns
	hashing hashing
}

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Microsecond) }
