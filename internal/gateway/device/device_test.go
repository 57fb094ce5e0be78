package device_test

import (
	"context"
	"errors"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/authenticator"
	"gatehouse/internal/testing/gatewaytest"
)

// setting is an engine with a person who is signed in.
type setting struct {
	*gatewaytest.World
	engine  *device.Engine
	session *session.Session
	key     *authenticator.Device
}

func newSetting(t *testing.T, wrap func(device.Store) device.Store, origin session.Origin) *setting {
	t.Helper()
	w := gatewaytest.New(t)
	box, err := seal.NewBox(gatewaytest.Secret("devices"), "devices")
	if err != nil {
		t.Fatal(err)
	}
	at := gatewaytest.MustURL("https://authenticate.example.com")
	s := &setting{World: w, key: authenticator.New(t, "authenticate.example.com", "https://authenticate.example.com")}
	s.engine = device.New(device.Config{Store: wrap(w.Store), Sessions: w.Sessions, Box: box, Party: passkey.At(at), Now: w.Now})
	_, s.session, err = w.Sessions.Create(t.Context(), session.SignIn{
		Identity: identity.Identity{UserID: "u-1", Email: "alice@example.com"}, Provider: "p", Renewal: session.Renewal{Origin: origin},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func asIs(s device.Store) device.Store { return s }

var alice = session.Origin{Issuer: "https://id.example.com", Subject: "u-1"}

func (s *setting) enrol(t *testing.T, link string) (*device.Device, error) {
	t.Helper()
	offer, err := s.engine.Offer(t.Context(), s.session, policy.DeviceAny)
	if err != nil {
		t.Fatal(err)
	}
	return s.engine.Enrol(t.Context(), s.session, device.Answer{State: offer.State, Credential: string(s.key.Create([]byte(offer.Create))), Link: link})
}

// A link is for one person. What another provider calls its people may be their own
// choice: an e-mail address that is a subject there opens nothing, nor does a subject
// without its issuer.
func TestALinkIsForOnePerson(t *testing.T) {
	for person, want := range map[device.Person]error{
		{Email: "Alice@example.com"}:                       nil,
		{Issuer: "https://id.example.com", Subject: "u-1"}: nil,
		{Email: "u-1"}:             device.ErrLink,
		{Email: "bob@example.com"}: device.ErrLink,
		{Issuer: "https://elsewhere.example.com", Subject: "u-1"}: device.ErrLink,
		{Issuer: "https://id.example.com", Subject: "u-2"}:        device.ErrLink,
		{Issuer: "https://id.example.com"}:                        device.ErrLink,
		{Subject: "u-1"}:                                          device.ErrLink,
		{}:                                                        device.ErrLink,
	} {
		s := newSetting(t, asIs, alice)
		link, err := s.engine.Link(person, policy.DeviceAny)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.enrol(t, link); !errors.Is(err, want) {
			t.Errorf("a link for %+v: got %v, want %v", person, err, want)
		}
		if all, err := s.engine.All(t.Context()); err != nil || (len(all) == 1) != (want == nil) {
			t.Errorf("a link for %+v: the store has %v, %v", person, all, err)
		}
	}
}

// A session of which nobody knows whose it is has no devices: they would be anybody's.
func TestASessionOfNobodyHasNoDevices(t *testing.T) {
	for _, origin := range []session.Origin{{}, {Issuer: "https://id.example.com"}, {Subject: "u-1"}} {
		s := newSetting(t, asIs, origin)
		if _, err := s.engine.Offer(t.Context(), s.session, policy.DeviceAny); !errors.Is(err, device.ErrPerson) {
			t.Errorf("%+v: error %v, want %v", origin, err, device.ErrPerson)
		}
		if all, err := s.engine.OfPerson(t.Context(), s.session); err != nil || all != nil {
			t.Errorf("%+v: devices %v, %v", origin, all, err)
		}
	}
}

// removing removes a device as soon as it is there.
type removing struct{ device.Store }

func (r removing) CreateDevice(ctx context.Context, d *device.Device) error {
	return errors.Join(r.Store.CreateDevice(ctx, d), r.Store.RemoveDevice(ctx, d.ID))
}

// If a device is removed while it is being proven, whoever removed it found no session
// to end: the proof ends it.
func TestADeviceThatIsRemovedDuringItsProof(t *testing.T) {
	s := newSetting(t, func(st device.Store) device.Store { return removing{st} }, alice)
	if _, err := s.enrol(t, ""); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("error %v, want %v", err, device.ErrNotFound)
	}
	if _, err := s.Sessions.Lookup(t.Context(), s.session.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the session: %v, want %v", err, session.ErrNotFound)
	}
}

// forgetful does not find the sessions of a person while it fails.
type forgetful struct {
	session.Store
	fails bool
}

func (f *forgetful) PersonSessions(ctx context.Context, issuer, subject string) ([]session.Record, error) {
	if f.fails {
		return nil, errors.New("the store does not answer")
	}
	return f.Store.PersonSessions(ctx, issuer, subject)
}

// A removal that fails can be tried again: a device that was gone before its sessions
// ended would be found by nobody, and they would go on as proven.
func TestARemovalThatFailsIsTriedAgain(t *testing.T) {
	s := newSetting(t, asIs, alice)
	box, err := seal.NewBox(gatewaytest.Secret("sessions"), "sessions")
	if err != nil {
		t.Fatal(err)
	}
	store := &forgetful{Store: s.Store}
	sessions, err := session.NewManager(session.Config{Store: store, Box: box, Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sessions.Close)
	s.engine = device.New(device.Config{Store: s.Store, Sessions: sessions, Box: box, Party: passkey.At(gatewaytest.MustURL("https://authenticate.example.com")), Now: s.Now})
	if _, s.session, err = sessions.Create(t.Context(), session.SignIn{Identity: identity.Identity{UserID: "u-1"}, Provider: "p", Renewal: session.Renewal{Origin: alice}}); err != nil {
		t.Fatal(err)
	}
	d, err := s.enrol(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, remove := range []func() (int, error){
		func() (int, error) { return s.engine.Remove(t.Context(), d.ID) },
		func() (int, error) { return s.engine.RemoveOwn(t.Context(), s.session, d.ID) },
	} {
		store.fails = true
		if _, err := remove(); err == nil {
			t.Error("a removal that left a session: got no error")
		}
		if _, err := s.Store.GatewayDevice(t.Context(), d.ID); err != nil {
			t.Fatalf("after a removal that failed: %v, want the device", err)
		}
	}
	store.fails = false
	if n, err := s.engine.Remove(t.Context(), d.ID); n != 1 || err != nil {
		t.Errorf("tried again: %d sessions ended, %v; want 1", n, err)
	}
	if _, err := sessions.Lookup(t.Context(), s.session.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the session: %v, want %v", err, session.ErrNotFound)
	}
	if _, err := s.Store.GatewayDevice(t.Context(), d.ID); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("the device: %v, want %v", err, device.ErrNotFound)
	}
}

func TestAPersonHasAFewDevices(t *testing.T) {
	s := newSetting(t, asIs, alice)
	for range device.PerPerson {
		s.key = authenticator.New(t, "authenticate.example.com", "https://authenticate.example.com")
		if _, err := s.enrol(t, ""); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := s.engine.Offer(t.Context(), s.session, policy.DeviceAny)
	if err != nil || offer.Create != "" || offer.Request == "" {
		t.Errorf("offer %+v, %v; want no new device", offer, err)
	}
	if all, err := s.engine.All(t.Context()); err != nil || len(all) != device.PerPerson {
		t.Errorf("%d devices, %v", len(all), err)
	}
	if known, err := s.Sessions.Lookup(t.Context(), s.session.ID); err != nil || len(known.Devices) != 10 {
		t.Errorf("the session has %d devices, %v; want the last 10", len(known.Devices), err)
	}
}

// An approval reaches the sessions in which the device was proven already.
func TestApprovalOfAProvenDevice(t *testing.T) {
	s := newSetting(t, asIs, alice)
	d, err := s.enrol(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Approve(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again, err := s.engine.Again(t.Context(), s.session)
		if err != nil || len(again.Devices) != 1 || !again.Devices[0].Approved {
			t.Fatalf("the session is %+v, %v", again, err)
		}
	}
}
