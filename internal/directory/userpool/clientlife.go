package userpool

import "time"

// AuthSession returns how long a user may take to answer a challenge.
func (c *Client) AuthSession() time.Duration {
	if c.Settings.AuthSessionMinutes == 0 {
		return 3 * time.Minute
	}
	return time.Duration(c.Settings.AuthSessionMinutes) * time.Minute
}

// AccessTokenLife returns the lifetime of an access token. Cognito: one hour if
// none is set; a number without a unit counts hours.
func (c *Client) AccessTokenLife() time.Duration {
	return c.life(c.Settings.AccessTokenValidity, "AccessToken", "hours", time.Hour)
}

// IDTokenLife returns the lifetime of an ID token. Cognito: as for access
// tokens.
func (c *Client) IDTokenLife() time.Duration {
	return c.life(c.Settings.IDTokenValidity, "IdToken", "hours", time.Hour)
}

// RefreshTokenLife returns the lifetime of a refresh token, from sign-in on.
// Cognito: thirty days if none is set; a number without a unit counts days.
func (c *Client) RefreshTokenLife() time.Duration {
	return c.life(c.Settings.RefreshTokenValidity, "RefreshToken", "days", 30*24*time.Hour)
}

// RefreshGrace returns how long a refresh token may still be used after it was
// replaced.
func (c *Client) RefreshGrace() time.Duration {
	if c.Settings.RefreshRotation == nil {
		return 0
	}
	return time.Duration(c.Settings.RefreshRotation.GraceSeconds) * time.Second
}

var unitOf = map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

func (c *Client) life(n int, unit, standard string, whenZero time.Duration) time.Duration {
	if n == 0 {
		return whenZero
	}
	name := c.Settings.Units[unit]
	if name == "" {
		name = standard
	}
	return time.Duration(min(n, int(maxLife/unitOf[name]))) * unitOf[name]
}

// maxLife is longer than any lifetime that the rules allow. It keeps the product
// in life from overflowing a Duration.
const maxLife = 20_000 * 24 * time.Hour
