package userpool_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestAClientThatDoesNotExist(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c := d.MustClient(userpool.ClientSettings{})
	keep := func(*userpool.Client) error { return nil }
	tests := map[string]struct {
		id userpool.ClientID
		do func() error
	}{
		"find":         {"none", func() error { _, err := d.Pools.Client(t.Context(), "none"); return err }},
		"update":       {"none", func() error { _, err := d.Pools.UpdateClient(t.Context(), d.Pool, "none", keep); return err }},
		"delete":       {"none", func() error { return d.Pools.DeleteClient(t.Context(), d.Pool.ID, "none") }},
		"another pool": {c.ID, func() error { _, err := d.Pools.ClientOf(t.Context(), "us-east-1_Other0001", c.ID); return err }},
		"delete there": {c.ID, func() error { return d.Pools.DeleteClient(t.Context(), "us-east-1_Other0001", c.ID) }},
	}
	for what, test := range tests {
		err := test.do()
		if want := "User pool client " + string(test.id) + " does not exist."; !errors.Is(err, userpool.ErrClientNotFound) || fault.As(err).Message != want {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	if _, err := d.Pools.Client(t.Context(), c.ID); err != nil {
		t.Errorf("the client that exists: %v", err)
	}
}

func TestListClients(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for _, id := range []userpool.ClientID{"c3", "c1", "c2"} {
		d.MustNewClient(userpool.NewClient{ID: id, Name: "app"})
	}
	first, next, err := d.Pools.ListClients(t.Context(), d.Pool.ID, "", 2)
	if err != nil || len(first) != 2 || first[0].ID != "c1" || next != "c2" {
		t.Errorf("first page: %v, next %q, %v", first, next, err)
	}
	second, next, err := d.Pools.ListClients(t.Context(), d.Pool.ID, next, 2)
	if err != nil || len(second) != 1 || second[0].ID != "c3" || next != "" {
		t.Errorf("second page: %v, next %q, %v", second, next, err)
	}
}

func TestUpdateClient(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c := d.MustClient(userpool.ClientSettings{})
	d.Advance(time.Minute)
	got, err := d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error { c.Name = "new"; return nil })
	if err != nil || got.Name != "new" || !got.Modified.Equal(d.Now()) || !got.Created.Equal(c.Created) {
		t.Errorf("UpdateClient = %+v, %v", got, err)
	}
	_, err = d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error { c.Settings.RefreshTokenValidity = 4000; return nil })
	if !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("a change that breaks a rule: %v", err)
	}
	_, err = d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error {
		c.Settings.WriteAttributes = []string{"custom:x"}
		return nil
	})
	if got := fault.As(err).Message; got != "Invalid write attributes specified while updating a client" {
		t.Errorf("message %q", got)
	}
	other := &userpool.Pool{ID: "us-east-1_Other"}
	if _, err := d.Pools.UpdateClient(t.Context(), other, c.ID, func(*userpool.Client) error { return nil }); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("as a client of another pool: %v", err)
	}
}

// A change that is refused is seen by nobody, not even if it wrote into a list or a map
// in place: what the store gives to readers is shared among them.
func TestARefusedChangeIsNoOnes(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{AutoVerified: []string{"email"}, Tags: map[string]string{"team": "ours"}, SMS: role})
	minutes := 5
	c, err := d.Pools.CreateClient(t.Context(), d.Pool, userpool.NewClient{Name: "web", Settings: userpool.ClientSettings{
		OAuth: true, Grants: []string{userpool.GrantCode}, Scopes: []string{"openid", "email", "phone"}, CallbackURLs: []string{"https://ours.example.com/"},
		Units: map[string]string{"AccessToken": "minutes"}, RefreshRotation: &userpool.RefreshRotation{}, SSOMinutes: &minutes,
	}})
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	read := func() string {
		c, p, err := d.Pools.ClientAndPool(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal([]any{c.Settings, p.Settings})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for what, change := range map[string]func() error{
		"client": func() error {
			_, err := d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error {
				s := &c.Settings
				s.CallbackURLs[0], s.Units["AccessToken"], s.RefreshRotation.On, *s.SSOMinutes = "https://evil.example.net/", "days", true, 600
				s.Scopes = append(s.Scopes[:1], userpool.ScopeRegister)
				return refused
			})
			return err
		},
		"pool": func() error {
			_, err := d.Pools.UpdatePool(t.Context(), d.Pool.ID, func(p *userpool.Pool) error {
				p.Settings.AutoVerified[0], p.Settings.Tags["team"], p.Settings.SMS.Region = "phone_number", "theirs", "eu-west-1"
				return refused
			})
			return err
		},
	} {
		before := read()
		if err := change(); !errors.Is(err, refused) {
			t.Errorf("%s: %v", what, err)
		}
		if after := read(); after != before {
			t.Errorf("a refused change of a %s: read\n%s\nwant\n%s", what, after, before)
		}
	}
}
