// Package device has the devices by which people prove to the gateway that they use a
// machine that is known: passkeys (WebAuthn) that are bound to a person.
//
//	Offer ─▶ page ─▶ browser ─▶ Enrol   a new device is kept, and proven
//	  │                    └──▶ Prove   a kept one is proven
//	  └ the challenge travels sealed, for one session and one use
//
// What is proven is written into the session, which every node reads. Approval is
// written there too; an administrator approves a device that is kept, or makes a link
// by which a person enrols one that is approved at once. Removing a device ends the
// sessions in which it was proven, at all nodes.
//
// Who a person is, the session says: issuer and subject. A session without both cannot
// have devices. Which routes ask for devices is the policy's business, and pages are
// the front's.
package device

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/passkey"
)

// The errors of devices.
var (
	ErrNotFound = fault.New(fault.NotFound, "device_not_found", "There is no such device.")
	ErrTaken    = fault.New(fault.Conflict, "device_taken", "This device is enrolled already.")
	ErrTooMany  = fault.New(fault.Conflict, "device_too_many", "You have enrolled as many devices as you can. Remove one first.")
	ErrRefused  = fault.New(fault.Denied, "device_refused", "The device was not accepted. Please try again.")
	ErrLink     = fault.New(fault.Denied, "device_link", "This link for a device is not for you, is too old, or was used already. Ask for another one.")
	ErrPerson   = fault.New(fault.Unsupported, "device_person", "Your identity provider does not say who you are in a way to which a device can be bound.")
	ErrEnclave  = fault.New(fault.Unsupported, "device_enclave", "Devices with a key in their hardware cannot be enrolled here: this gateway cannot verify them.")
)

// PerPerson is how many devices a person can have.
const PerPerson = 20

// Device is a device that is enrolled.
type Device struct {
	ID              string // may be shown, and named by policies
	Issuer, Subject string // the person
	Email           string // of the person, at the enrolment
	Type            string
	Key             passkey.Key
	About           string // what the browser said of itself
	Created         time.Time
	Seen            time.Time // the last proof
	Approved        time.Time // zero: it is not
}

// Name returns what a person recognises the device by.
func (d *Device) Name() string {
	if d.About == "" {
		return d.Key.Name()
	}
	return d.Key.Name() + ", " + d.About
}

// proven returns what a session has of the device.
func (d *Device) proven() identity.Device {
	return identity.Device{ID: d.ID, Type: d.Type, Approved: !d.Approved.IsZero()}
}

// Store keeps devices for every node.
type Store interface {
	// CreateDevice saves a new device. ErrTaken; ErrTooMany, if the person has
	// [PerPerson] devices.
	CreateDevice(ctx context.Context, d *Device) error
	// Device returns a device. ErrNotFound.
	GatewayDevice(ctx context.Context, id string) (*Device, error)
	// PersonDevices returns the devices of a person, oldest first.
	PersonDevices(ctx context.Context, issuer, subject string) ([]*Device, error)
	// GatewayDevices returns at most limit devices, by Created and ID, after those of
	// a device. Zero values: from the first on.
	GatewayDevices(ctx context.Context, created time.Time, id string, limit int) ([]*Device, error)
	// UseDevice saves the counter and the time of a proof. ErrRefused, if the counter
	// has not gone on meanwhile; ErrNotFound.
	UseDevice(ctx context.Context, id string, counter uint32, at time.Time) error
	// ApproveDevice approves a device, and leaves the time of an earlier approval.
	// ErrNotFound.
	ApproveDevice(ctx context.Context, id string, at time.Time) error
	// RemoveDevice deletes a device. ErrNotFound.
	RemoveDevice(ctx context.Context, id string) error
	// SpendTicket is that of [session.Store].
	SpendTicket(ctx context.Context, key string, until time.Time) error
}

// Config is what an Engine needs. Now may be nil.
type Config struct {
	Store    Store
	Sessions *session.Manager
	Box      *seal.Box            // seals challenges and links
	Party    passkey.RelyingParty // one host, and one origin
	Now      func() time.Time     // nil: time.Now
}

// Engine has the rules of devices. It is safe for concurrent use.
type Engine struct {
	store    Store
	sessions *session.Manager
	box      *seal.Box
	party    passkey.RelyingParty
	now      func() time.Time
}

// New returns an engine.
func New(c Config) *Engine {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Party.Names = true
	return &Engine{store: c.Store, sessions: c.Sessions, box: c.Box, party: c.Party, now: c.Now}
}

// idOf returns the id of the device with a credential. The same credential cannot be
// enrolled twice.
func idOf(credential []byte) string {
	sum := sha256.Sum256(credential)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15]))
}

// handleOf returns the user handle of a person. It says nothing about them.
func handleOf(s *session.Session) string {
	sum := sha256.Sum256([]byte("gatehouse device\x00" + s.Issuer + "\x00" + s.Subject))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// OfPerson returns the devices of the person of a session, oldest first.
func (e *Engine) OfPerson(ctx context.Context, s *session.Session) ([]*Device, error) {
	if s.Issuer == "" || s.Subject == "" {
		return nil, nil
	}
	return e.store.PersonDevices(ctx, s.Issuer, s.Subject)
}

// own returns a device of the person of a session. One of somebody else is none.
func (e *Engine) own(ctx context.Context, s *session.Session, id string) (*Device, error) {
	d, err := e.store.GatewayDevice(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.Issuer == "" || s.Subject == "" || d.Issuer != s.Issuer || d.Subject != s.Subject {
		return nil, ErrNotFound
	}
	return d, nil
}

// RemoveOwn removes a device of the person of a session, as Remove does.
func (e *Engine) RemoveOwn(ctx context.Context, s *session.Session, id string) (ended int, err error) {
	d, err := e.own(ctx, s, id)
	if err != nil {
		return 0, err
	}
	return e.remove(ctx, d)
}

// Remove removes a device, and ends the sessions in which it was proven. It returns how
// many there were.
func (e *Engine) Remove(ctx context.Context, id string) (ended int, err error) {
	d, err := e.store.GatewayDevice(ctx, id)
	if err != nil {
		return 0, err
	}
	return e.remove(ctx, d)
}

// remove deletes the device between two looks for its sessions. While a session is left
// because the store fails, the device stays, so that the removal can be tried again. The
// second look finds what was proven during the first; a proof that is still under way
// looks for the device after it has written the session. See admit.
func (e *Engine) remove(ctx context.Context, d *Device) (int, error) {
	before, err := e.endProven(ctx, d)
	if err != nil {
		return before, err
	}
	if err := e.store.RemoveDevice(ctx, d.ID); err != nil && !errors.Is(err, ErrNotFound) {
		return before, err
	}
	after, err := e.endProven(ctx, d)
	return before + after, err
}

// endProven ends the sessions in which a device was proven.
func (e *Engine) endProven(ctx context.Context, d *Device) (int, error) {
	n, err := e.sessions.EndWithDevice(ctx, session.Origin{Issuer: d.Issuer, Subject: d.Subject}, d.ID)
	if err != nil {
		return n, fmt.Errorf("end the sessions of device %s: %w", d.ID, err)
	}
	return n, nil
}

// Approve approves a device. Its sessions follow when they are refused the next time.
func (e *Engine) Approve(ctx context.Context, id string) error {
	return e.store.ApproveDevice(ctx, id, e.now())
}

// listPage is how many devices one read of a list takes.
const listPage = 500

// All returns all devices, oldest first.
func (e *Engine) All(ctx context.Context) (all []*Device, err error) {
	last := &Device{}
	for {
		page, err := e.store.GatewayDevices(ctx, last.Created, last.ID, listPage)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < listPage {
			return all, nil
		}
		last = page[len(page)-1]
	}
}

// admit writes a device into a session. If the device was removed meanwhile, the
// session ends: who removed it may have come before.
func (e *Engine) admit(ctx context.Context, s *session.Session, d *Device) error {
	if err := e.sessions.AddDevice(ctx, s.ID, d.proven()); err != nil {
		return err
	}
	_, err := e.store.GatewayDevice(ctx, d.ID)
	if err == nil {
		return nil
	}
	if endErr := e.sessions.Delete(context.WithoutCancel(ctx), s.ID); endErr != nil {
		return endErr
	}
	return err
}

// Again returns a session as it is now, with the approvals that came since its devices
// were proven.
func (e *Engine) Again(ctx context.Context, s *session.Session) (*session.Session, error) {
	s, err := e.sessions.Again(ctx, s)
	if err != nil {
		return nil, err
	}
	changed := false
	for _, proven := range s.Devices {
		if proven.Approved {
			continue
		}
		d, err := e.own(ctx, s, proven.ID)
		if errors.Is(err, ErrNotFound) {
			continue // it is being removed, and the session will end
		}
		if err != nil {
			return nil, err
		}
		if !d.Approved.IsZero() {
			changed = true
			if err := e.admit(ctx, s, d); err != nil {
				return nil, err
			}
		}
	}
	if !changed {
		return s, nil
	}
	return e.sessions.Again(ctx, s)
}
