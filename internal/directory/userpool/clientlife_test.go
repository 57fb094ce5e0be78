package userpool_test

import (
	"testing"
	"time"

	"gatehouse/internal/directory/userpool"
)

func TestLifetimes(t *testing.T) {
	tests := []struct {
		s                   userpool.ClientSettings
		access, id, refresh time.Duration
		session             time.Duration
	}{
		{userpool.ClientSettings{}, time.Hour, time.Hour, 30 * 24 * time.Hour, 3 * time.Minute},
		{userpool.ClientSettings{AccessTokenValidity: 2, IDTokenValidity: 3, RefreshTokenValidity: 4, AuthSessionMinutes: 15}, 2 * time.Hour, 3 * time.Hour, 4 * 24 * time.Hour, 15 * time.Minute},
		{userpool.ClientSettings{AccessTokenValidity: 10, Units: map[string]string{"AccessToken": "minutes"}}, 10 * time.Minute, time.Hour, 30 * 24 * time.Hour, 3 * time.Minute},
		{userpool.ClientSettings{RefreshTokenValidity: 3600, Units: map[string]string{"RefreshToken": "seconds"}}, time.Hour, time.Hour, time.Hour, 3 * time.Minute},
	}
	for _, test := range tests {
		c := &userpool.Client{Settings: test.s}
		if c.AccessTokenLife() != test.access || c.IDTokenLife() != test.id || c.RefreshTokenLife() != test.refresh || c.AuthSession() != test.session {
			t.Errorf("%+v: %s, %s, %s, %s; want %s, %s, %s, %s", test.s, c.AccessTokenLife(), c.IDTokenLife(), c.RefreshTokenLife(), c.AuthSession(), test.access, test.id, test.refresh, test.session)
		}
	}
}
