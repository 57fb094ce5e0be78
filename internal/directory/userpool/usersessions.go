package userpool

import (
	"cmp"
	"context"
	"time"
)

// UserSessions says whether a pool keeps track of where its users are signed in,
// so that they and their administrators can list and end single sign-ins. The zero
// value does not. Cognito: SetUserPoolSessionConfiguration.
type UserSessions struct {
	On         bool `json:",omitempty"`
	MaxPerUser int  `json:",omitempty"` // refresh tokens that a user can have at once; 0: 20
	// LongestSSO is the longest SSOMinutes that a client of the pool was ever
	// given. Browser sessions live so long.
	LongestSSO int `json:",omitempty"`
}

// What applies if the owner sets nothing. Cognito: SetUserPoolSessionConfiguration,
// SetUserPoolClientSessionConfiguration.
const (
	defaultPerUser    = 20
	defaultSSOMinutes = 60
)

// SessionsPerUser returns how many refresh tokens a user of the pool can have at
// once if the pool tracks sessions. It returns 0 if the pool does not.
func (p *Pool) SessionsPerUser() int {
	if !p.Settings.Sessions.On {
		return 0
	}
	return p.Settings.Sessions.PerUser()
}

// PerUser returns MaxPerUser, or its default.
func (s UserSessions) PerUser() int { return cmp.Or(s.MaxPerUser, defaultPerUser) }

// BrowserSessionLife returns how long a browser session of the pool lives after the
// sign-in. Use does not extend it. Cognito: the cookie of managed login lasts one
// hour, and longer if a client accepts it for longer.
func (p *Pool) BrowserSessionLife() time.Duration {
	minutes := defaultSSOMinutes
	if p.Settings.Sessions.On {
		minutes = max(minutes, p.Settings.Sessions.LongestSSO)
	}
	return time.Duration(minutes) * time.Minute
}

// SSOMinutes returns for how many minutes after a sign-in the client accepts the
// browser session instead of another sign-in. What the owner set applies only
// while the pool tracks sessions.
func (c *Client) SSOMinutes(p *Pool) int {
	if !p.Settings.Sessions.On {
		return defaultSSOMinutes
	}
	return c.Settings.SSOValidity()
}

// SSOValidity returns SSOMinutes, or its default.
func (s *ClientSettings) SSOValidity() int {
	if s.SSOMinutes == nil {
		return defaultSSOMinutes
	}
	return *s.SSOMinutes
}

// SetUserSessions turns tracking on or off and sets the number of sessions for each
// user. What the clients have set stays. ErrPoolNotFound.
func (e *Engine) SetUserSessions(ctx context.Context, id PoolID, on bool, perUser int) (*Pool, error) {
	return e.UpdatePool(ctx, id, func(p *Pool) error {
		p.Settings.Sessions.On, p.Settings.Sessions.MaxPerUser = on, perUser
		return nil
	})
}

// SetClientSSO sets for how many minutes a client accepts browser sessions. The pool
// must track sessions. ErrClientNotFound, ErrSettings.
func (e *Engine) SetClientSSO(ctx context.Context, pool *Pool, id ClientID, minutes int) (*Client, error) {
	if _, err := e.ClientOf(ctx, pool.ID, id); err != nil {
		return nil, err
	}
	_, err := e.UpdatePool(ctx, pool.ID, func(p *Pool) error {
		if !p.Settings.Sessions.On {
			return ErrSettings.Saying("User session tracking is not enabled for user pool %s.", p.ID)
		}
		p.Settings.Sessions.LongestSSO = max(p.Settings.Sessions.LongestSSO, minutes)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c, err := e.store.UpdateClient(ctx, pool.ID, id, func(c *Client) error {
		c.Settings.SSOMinutes, c.Modified = &minutes, e.now()
		return nil
	})
	return c, nameClient(err, id)
}
