package device

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of devices.
var (
	ErrUnknown = fault.New(fault.NotFound, "device_unknown", "Device does not exist.")
	ErrExists  = fault.New(fault.Conflict, "device_exists", "The device is confirmed already.")
)

// Key names a device of a user: "<region>_<uuid>". It is no secret.
type Key string

// NewKey returns the key for a new device in a pool.
func NewKey(pool userpool.PoolID) Key { return Key(pool.Region() + "_" + ids.UUID()) }

// GroupKey returns the text with which the devices of a user make their verifiers.
// Cognito: DeviceGroupKey, a "-" and eight characters, no secret.
func GroupKey(pool userpool.PoolID, sub user.Sub) string {
	sum := sha256.Sum256([]byte(string(pool) + "/" + string(sub)))
	return "-" + base64.RawURLEncoding.EncodeToString(sum[:6])
}

// MaxDevices is how many devices a user can have. With one more, the one that
// signed in the longest time ago is forgotten.
const MaxDevices = 1000

// Device is a device that a user has confirmed.
type Device struct {
	Pool          userpool.PoolID
	Sub           user.Sub
	Key           Key
	GroupKey      string
	Name          string // what the user calls it; may be empty
	Salt          []byte
	Sealed        []byte // the SRP verifier of the device's password
	Remembered    bool   // it may prove itself when the user signs in
	Address       string // of its last sign-in; "": unknown
	Created       time.Time
	Modified      time.Time
	Authenticated time.Time
}

// Store keeps devices. Every method is one transaction. Devices go away with their
// user.
type Store interface {
	// ConfirmDevice saves a new device, and lets the grants that are bound to its
	// key be refreshed. Of the user's devices it keeps MaxDevices: those go first
	// that were authenticated the longest time ago. Errors: ErrExists;
	// user.ErrUserNotFound.
	ConfirmDevice(ctx context.Context, d *Device) error
	// Device returns a device, or ErrUnknown.
	Device(ctx context.Context, pool userpool.PoolID, sub user.Sub, key Key) (*Device, error)
	// Devices returns a user's devices whose keys come after one, sorted by key.
	Devices(ctx context.Context, pool userpool.PoolID, sub user.Sub, after Key, limit int) ([]*Device, error)
	// UpdateDevice loads a device and saves what change does to its Remembered,
	// Address, Modified and Authenticated. change may be called more than once. If
	// it returns an error, nothing is saved. Errors: ErrUnknown.
	UpdateDevice(ctx context.Context, pool userpool.PoolID, sub user.Sub, key Key, change func(*Device) error) error
	// ForgetDevice deletes a device, and revokes the grants that are bound to its
	// key. Errors: ErrUnknown.
	ForgetDevice(ctx context.Context, pool userpool.PoolID, sub user.Sub, key Key, now time.Time) error
}

// Config is what an [Engine] needs. Every field must be set.
type Config struct {
	Store  Store
	Sealer *seal.Sealer
	Now    func() time.Time
}

// Engine keeps the devices of users. Safe for concurrent use.
type Engine struct {
	store  Store
	sealer *seal.Sealer
	clock  func() time.Time
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine { return &Engine{store: c.Store, sealer: c.Sealer, clock: c.Now} }

// Confirmation is what a device says of itself after a sign-in.
type Confirmation struct {
	Key      Key
	Own      Key // the key that the sign-in was given; "": none
	Name     string
	Salt     string      // base64
	Verifier seal.Secret // base64
	Address  string
}

// Confirm keeps a new device of a user. It is remembered at once, unless the pool
// asks the user first. Errors: ErrUnknown for a key that is not the sign-in's own;
// ErrExists; srp.ErrInvalidVerifier. Cognito: ConfirmDevice.
func (e *Engine) Confirm(ctx context.Context, p *userpool.Pool, u *user.User, in Confirmation) error {
	if p.Settings.Devices == nil || in.Own == "" || in.Key != in.Own {
		return ErrUnknown
	}
	v, err := readVerifier(in)
	if err != nil {
		return err
	}
	now := e.now()
	d := &Device{
		Pool: p.ID, Sub: u.Sub, Key: in.Key, GroupKey: GroupKey(p.ID, u.Sub), Name: in.Name, Salt: v.Salt,
		Remembered: !p.Settings.Devices.OnlyOnPrompt, Address: in.Address, Created: now, Modified: now, Authenticated: now,
	}
	if d.Sealed, err = e.sealer.Seal(v.V, d.SealContext()); err != nil {
		return fmt.Errorf("seal the verifier of a device: %w", err)
	}
	return e.store.ConfirmDevice(ctx, d)
}

func readVerifier(in Confirmation) (srp.Verifier, error) {
	salt, err := base64.StdEncoding.DecodeString(in.Salt)
	if err != nil {
		return srp.Verifier{}, srp.ErrInvalidVerifier.Because(err)
	}
	v, err := base64.StdEncoding.DecodeString(in.Verifier.Reveal())
	if err != nil {
		return srp.Verifier{}, srp.ErrInvalidVerifier.Because(err)
	}
	return srp.ParseVerifier(salt, v)
}

// SealContext ties a verifier to its row.
func (d *Device) SealContext() string {
	return "device:" + string(d.Pool) + ":" + string(d.Sub) + ":" + string(d.Key)
}

// Verifier returns the verifier of the device's password.
func (e *Engine) Verifier(d *Device) (srp.Verifier, error) {
	v, err := e.sealer.Open(d.Sealed, d.SealContext())
	if err != nil {
		return srp.Verifier{}, fmt.Errorf("open the verifier of device %s: %w", d.Key, err)
	}
	return srp.Verifier{Salt: d.Salt, V: v}, nil
}

// Device returns a device of a user, or ErrUnknown.
func (e *Engine) Device(ctx context.Context, u *user.User, key Key) (*Device, error) {
	return e.store.Device(ctx, u.Pool, u.Sub, key)
}

// Devices returns a page of a user's devices, sorted by key, and the key after
// which the next page starts: "" after the last page.
func (e *Engine) Devices(ctx context.Context, u *user.User, after Key, size int) (devices []*Device, next Key, err error) {
	size = userpool.PageSize(size, userpool.MaxPage)
	rows, err := e.store.Devices(ctx, u.Pool, u.Sub, after, size+1)
	if err != nil {
		return nil, "", err
	}
	devices, next = userpool.CutPage(rows, size, func(d *Device) Key { return d.Key })
	return devices, next, nil
}

// SetRemembered says whether a device may prove itself when the user signs in.
// ErrUnknown.
func (e *Engine) SetRemembered(ctx context.Context, u *user.User, key Key, remembered bool) error {
	return e.store.UpdateDevice(ctx, u.Pool, u.Sub, key, func(d *Device) error {
		d.Remembered, d.Modified = remembered, e.now()
		return nil
	})
}

// NoteUse records that a device has proved itself. ErrUnknown if it was forgotten,
// or is not to be remembered, meanwhile.
func (e *Engine) NoteUse(ctx context.Context, d *Device, address string) error {
	return e.store.UpdateDevice(ctx, d.Pool, d.Sub, d.Key, func(d *Device) error {
		if !d.Remembered {
			return ErrUnknown
		}
		d.Authenticated, d.Address = e.now(), address
		return nil
	})
}

// Forget removes a device of a user, and ends the sign-ins with it. ErrUnknown.
func (e *Engine) Forget(ctx context.Context, u *user.User, key Key) error {
	return e.store.ForgetDevice(ctx, u.Pool, u.Sub, key, e.now())
}

func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }
