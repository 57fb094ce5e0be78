package userpool_test

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Other changes of a pool and a client leave the session configuration as it is,
// and what the clients have set comes back when tracking is turned on again.
func TestSessionConfigurationStays(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	ctx, c := t.Context(), d.MustClient(userpool.ClientSettings{})
	if _, err := d.Pools.SetClientSSO(ctx, d.Pool, c.ID, 5); !errors.Is(err, userpool.ErrSettings) {
		t.Errorf("SetClientSSO without tracking: %v, want ErrSettings", err)
	}
	if c, err := d.Pools.Client(ctx, c.ID); err != nil || c.Settings.SSOMinutes != nil {
		t.Errorf("after a refused call the client has %v, %v", c.Settings.SSOMinutes, err)
	}
	set := func(on bool) *userpool.Pool {
		t.Helper()
		p, err := d.Pools.SetUserSessions(ctx, d.Pool.ID, on, 7)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := set(true)
	if _, err := d.Pools.SetClientSSO(ctx, p, c.ID, 600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pools.SetClientSSO(ctx, p, "none", 6000); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("SetClientSSO of an unknown client: %v", err)
	}
	if err := d.Pools.ReplaceSettings(ctx, p.ID, nil, nil, userpool.Settings{}); err != nil {
		t.Fatal(err)
	}
	c, err := d.Pools.UpdateClient(ctx, p, c.ID, func(c *userpool.Client) error {
		c.Settings = userpool.ClientSettings{}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []bool{true, false, true} {
		p = set(on)
		perUser, minutes, life := 7, 600, 600.0
		if !on {
			perUser, minutes, life = 0, 60, 60
		}
		if p.SessionsPerUser() != perUser || c.SSOMinutes(p) != minutes || p.BrowserSessionLife().Minutes() != life {
			t.Errorf("tracking %v: %d sessions, %d minutes, browser sessions of %s; want %d, %d, %g minutes", on, p.SessionsPerUser(), c.SSOMinutes(p), p.BrowserSessionLife(), perUser, minutes, life)
		}
	}
}
