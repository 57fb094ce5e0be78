package credential

import (
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
)

// Engine makes and checks credentials. Safe for concurrent use.
type Engine struct {
	Store  Store
	Users  *user.Engine
	Sealer *seal.Sealer
	Now    func() time.Time
	// NoHourlyLimits lifts the caps on codes and password changes an hour, for
	// development. Lockout and the guesses a code allows stay.
	NoHourlyLimits bool

	tries turns
}

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Microsecond) }
