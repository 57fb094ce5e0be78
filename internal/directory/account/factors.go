package account

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// The kinds of factors that are no second factors of package user.
const (
	PasskeyFactor = "PASSKEY"
	DeviceFactor  = "DEVICE"
)

// Factor is something with which a user signs in besides the password: a passkey,
// an authenticator app, a phone number or mailbox that was turned on as a second
// factor, recovery codes, or a remembered device, which is not asked for one.
type Factor struct {
	Kind  string // PasskeyFactor, DeviceFactor or a second factor of package user
	ID    string // of this factor among those of its user; no hyphen begins it, as an option of a command
	Name  string // what a person recognises it by; may be empty
	Added time.Time
}

// Factors shows and removes the factors of users, for the operator of an
// installation: through the API most of it needs the user's own access token.
// Every field must be set.
type Factors struct {
	Pools   *userpool.Engine
	Users   *user.Engine
	Devices *device.Engine
}

// List returns the factors of a user. userpool.ErrPoolNotFound,
// user.ErrUserNotFound.
func (f *Factors) List(ctx context.Context, pool userpool.PoolID, name string) ([]Factor, error) {
	_, u, err := f.find(ctx, pool, name)
	if err != nil {
		return nil, err
	}
	devices, err := f.devices(ctx, u)
	return append(factorsOf(u), devices...), err
}

// Remove removes the factor with an id, or with "" every factor and the recovery
// codes, and ends all
// sign-ins of the user: one of them may have added it, and could add the next. It
// returns what it has removed: nothing, and nothing ends, if no factor has the id.
// userpool.ErrPoolNotFound, user.ErrUserNotFound.
func (f *Factors) Remove(ctx context.Context, pool userpool.PoolID, name, id string) (removed []Factor, err error) {
	p, u, err := f.find(ctx, pool, name)
	if err != nil {
		return nil, err
	}
	if id != "" {
		held, err := f.List(ctx, pool, name)
		if err != nil || !slices.ContainsFunc(held, func(x Factor) bool { return x.ID == id }) {
			return nil, err
		}
	}
	others := func(x Factor) bool { return id != "" && x.ID != id }
	ends := user.Ends{Tokens: true, Browsers: true, Sent: true}
	u, err = f.Users.Update(ctx, p, u.Sub, user.Change{Ends: ends, Apply: func(u *user.User) error {
		removed = slices.DeleteFunc(factorsOf(u), others)
		if id == "" {
			u.Security.PendingTOTP, u.Security.RecoveryCodes = nil, nil
		}
		for _, x := range removed {
			x.removeFrom(&u.Security)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	// Now nobody is signed in who could confirm a further device.
	devices, err := f.devices(ctx, u)
	for _, x := range slices.DeleteFunc(devices, others) {
		if err := f.Devices.Forget(ctx, u, device.Key(x.ID)); err != nil {
			return removed, err
		}
		removed = append(removed, x)
	}
	return removed, err
}

func (f *Factors) find(ctx context.Context, pool userpool.PoolID, name string) (*userpool.Pool, *user.User, error) {
	p, err := f.Pools.Pool(ctx, pool)
	if err != nil {
		return nil, nil, err
	}
	u, err := f.Users.Find(ctx, p, name)
	return p, u, err
}

// factorsOf returns the factors of a user, without devices.
func factorsOf(u *user.User) (list []Factor) {
	for _, k := range u.Security.Passkeys {
		list = append(list, Factor{Kind: PasskeyFactor, ID: hex.EncodeToString(k.ID), Name: k.Name(), Added: k.Created})
	}
	if app := u.Security.TOTP; app != nil {
		list = append(list, Factor{Kind: user.SoftwareTokenMFA, ID: user.SoftwareTokenMFA, Name: app.Name})
	}
	for _, kind := range u.Security.MFA.On() {
		if contact := user.ContactOf(kind); contact != "" {
			list = append(list, Factor{Kind: kind, ID: kind, Name: u.Attributes[contact]})
		}
	}
	if codes := u.Security.RecoveryCodes; codes != nil {
		list = append(list, Factor{Kind: user.RecoveryCode, ID: user.RecoveryCode, Added: codes.Made})
	}
	return list
}

func (x Factor) removeFrom(s *user.Security) {
	switch x.Kind {
	case PasskeyFactor:
		s.Passkeys = slices.DeleteFunc(slices.Clone(s.Passkeys), func(k passkey.Key) bool { return hex.EncodeToString(k.ID) == x.ID })
		return
	case user.RecoveryCode:
		s.RecoveryCodes = nil
		return
	case user.SoftwareTokenMFA:
		s.TOTP, s.PendingTOTP = nil, nil
	}
	s.MFA.TurnOff(x.Kind)
}

// devices returns the devices of a user, remembered or not: the user can have one
// remembered later.
func (f *Factors) devices(ctx context.Context, u *user.User) (list []Factor, err error) {
	for after, more := device.Key(""), true; more; more = after != "" {
		var page []*device.Device
		if page, after, err = f.Devices.Devices(ctx, u, after, userpool.MaxPage); err != nil {
			return nil, err
		}
		for _, d := range page {
			list = append(list, Factor{Kind: DeviceFactor, ID: string(d.Key), Name: d.Name, Added: d.Created})
		}
	}
	return list, nil
}
