package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testRiskConfigurations(t *testing.T, s Store) {
	p := newPool(t, s)
	c := newClient(t, s, p.ID)
	ofPool := &risk.Configuration{Pool: p.ID, Modified: asStored(now), Settings: risk.Settings{Compromised: &risk.Compromised{Block: true, At: []risk.Occasion{risk.AtSignUp}}}}
	ofClient := &risk.Configuration{Pool: p.ID, Client: c.ID, Modified: asStored(now.Add(time.Hour)), Settings: risk.Settings{
		Takeover:   &risk.Takeover{High: &risk.Action{Do: risk.Block, Notify: true}, Notice: &risk.Notice{SourceARN: "arn", MFA: &risk.Words{Subject: "s", HTML: "h"}}},
		Exceptions: &risk.Exceptions{Blocked: []string{"192.0.2.0/24"}, Skipped: []string{"2001:db8::/32"}},
	}}
	read := func() map[userpool.ClientID]*risk.Configuration {
		all := map[userpool.ClientID]*risk.Configuration{}
		for _, x := range mustGet[[]*risk.Configuration](t)(s.RiskConfigurations(ctx(t), p.ID, c.ID)) {
			all[x.Client] = x
		}
		return all
	}
	wantEqual(t, "before", len(read()), 0)
	must(t, s.KeepRiskConfiguration(ctx(t), ofPool))
	must(t, s.KeepRiskConfiguration(ctx(t), ofClient))
	wantEqual(t, "both", read(), map[userpool.ClientID]*risk.Configuration{"": ofPool, c.ID: ofClient})
	ofPool.Settings = risk.Settings{Compromised: &risk.Compromised{}}
	must(t, s.KeepRiskConfiguration(ctx(t), ofPool))
	wantEqual(t, "replaced", read(), map[userpool.ClientID]*risk.Configuration{"": ofPool, c.ID: ofClient})
	must(t, s.DeleteRiskConfiguration(ctx(t), p.ID, ""))
	must(t, s.DeleteRiskConfiguration(ctx(t), p.ID, ""))
	wantEqual(t, "without the pool's", read(), map[userpool.ClientID]*risk.Configuration{c.ID: ofClient})
	must(t, s.DeleteClient(ctx(t), p.ID, c.ID))
	wantEqual(t, "without the client", len(read()), 0)
	wantErr(t, "of a client that is gone", s.KeepRiskConfiguration(ctx(t), ofClient), userpool.ErrClientNotFound)
	wantErr(t, "of a pool that is gone", s.KeepRiskConfiguration(ctx(t), &risk.Configuration{Pool: "us-east-1_gone"}), userpool.ErrPoolNotFound)
}

func unsavedEvent(u *user.User, at time.Time) *risk.Event {
	return &risk.Event{
		Pool: u.Pool, Sub: u.Sub, ID: ids.UUID(), Created: asStored(at), Type: risk.SignIn, Response: risk.Passed, Decision: "NoRisk", Level: risk.Low,
		Answers: []risk.Answer{{Right: true}, {MFA: true}}, Client: "client", Address: "192.0.2.1", Device: "Chrome 1, Linux", Mark: "Chrome, Linux", Timezone: "01:00",
		Told: true, Place: &risk.Place{City: "Köln", Country: "Germany", Latitude: 50.9, Longitude: 6.9}, Compromised: true,
		Feedback: &risk.Feedback{Valid: true, By: risk.ByAdmin, At: asStored(at)},
	}
}

func testAuthEvents(t *testing.T, s Store) {
	p := newPool(t, s)
	put := func(t *testing.T, x *risk.Event) *risk.Event { must(t, s.PutEvent(ctx(t), x)); return x }
	list := func(t *testing.T, u *user.User, before *risk.EventKey) []*risk.Event {
		return mustGet[[]*risk.Event](t)(s.Events(ctx(t), u.Pool, u.Sub, before, 1000))
	}
	known := func(t *testing.T, u *user.User) []*risk.Event {
		return mustGet[[]*risk.Event](t)(s.KnownEvents(ctx(t), u.Pool, u.Sub, 1000))
	}
	t.Run("RoundTrip", func(t *testing.T) {
		u := newUser(t, s, p.ID, "alice-events")
		x := put(t, unsavedEvent(u, now))
		wantEqual(t, "Events", list(t, u, nil), []*risk.Event{x})
		x.Response, x.Feedback = risk.Failed, nil
		put(t, x)
		wantEqual(t, "Events after a change", list(t, u, nil), []*risk.Event{x})
		wantEqual(t, "KnownEvents", len(known(t, u)), 0)
		wantErr(t, "PutEvent of nobody", s.PutEvent(ctx(t), unsavedEvent(&user.User{Pool: p.ID, Sub: "nobody"}, now)), user.ErrUserNotFound)
		must(t, s.PretendEvent(ctx(t), now))
		must(t, s.PretendEvent(ctx(t), now))
		must(t, s.DeleteUser(ctx(t), p.ID, u.Sub))
		wantEqual(t, "Events of a deleted user", len(list(t, u, nil)), 0)
	})
	t.Run("Order", func(t *testing.T) {
		u := newUser(t, s, p.ID, "bob-events")
		var want []*risk.Event
		for i := range 3 {
			want = append([]*risk.Event{put(t, unsavedEvent(u, now.Add(time.Duration(i)*time.Second)))}, want...)
		}
		wantEqual(t, "Events", list(t, u, nil), want)
		wantEqual(t, "KnownEvents", known(t, u), want)
		wantEqual(t, "Events before the first", list(t, u, &risk.EventKey{Created: want[0].Created, ID: want[0].ID}), want[1:])
		wantEqual(t, "one", mustGet[[]*risk.Event](t)(s.Events(ctx(t), u.Pool, u.Sub, nil, 1)), want[:1])
	})
	t.Run("Feedback", func(t *testing.T) {
		u, other := newUser(t, s, p.ID, "carol-events"), newUser(t, s, p.ID, "dan-events")
		x := unsavedEvent(u, now)
		x.Response, x.Feedback = risk.Failed, nil
		put(t, x)
		say := func(u *user.User, id string, change func(*risk.Event) error) error {
			_, err := s.UpdateEvent(ctx(t), u.Pool, u.Sub, id, change)
			return err
		}
		valid := func(x *risk.Event) error {
			x.Feedback = &risk.Feedback{Valid: true, By: risk.ByUser, At: asStored(now)}
			return nil
		}
		wantErr(t, "another user's", say(other, x.ID, valid), risk.ErrEventNotFound)
		wantErr(t, "unknown", say(u, "x", valid), risk.ErrEventNotFound)
		wantErr(t, "refused", say(u, x.ID, func(x *risk.Event) error { x.Level = risk.High; return errChange }), errChange)
		wantEqual(t, "unchanged", list(t, u, nil), []*risk.Event{x})
		must(t, say(u, x.ID, valid))
		must(t, valid(x))
		wantEqual(t, "KnownEvents", known(t, u), []*risk.Event{x})
	})
	// Somebody who guesses must not push the places that the user knows out of the
	// history.
	t.Run("TooMany", func(t *testing.T) {
		u := newUser(t, s, p.ID, "eve-events")
		first := put(t, unsavedEvent(u, now))
		for i := range risk.KeptEvents + 2 {
			x := unsavedEvent(u, now.Add(time.Duration(i+1)*time.Second))
			x.Response, x.Feedback = risk.Failed, nil
			put(t, x)
		}
		wantEqual(t, "Events", len(list(t, u, nil)), risk.KeptEvents+1)
		wantEqual(t, "KnownEvents", known(t, u), []*risk.Event{first})
	})
	t.Run("Sweep", func(t *testing.T) {
		u := newUser(t, s, p.ID, "frank-events")
		put(t, unsavedEvent(u, now.Add(-risk.EventAge-time.Hour)))
		stays := put(t, unsavedEvent(u, now.Add(-risk.EventAge+time.Hour)))
		must(t, s.Sweep(ctx(t), now))
		wantEqual(t, "Events", list(t, u, nil), []*risk.Event{stays})
	})
}
