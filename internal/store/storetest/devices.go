package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
)

func unsavedDevice(u *user.User) *device.Device {
	return &device.Device{
		Pool: u.Pool, Sub: u.Sub, Key: device.NewKey(u.Pool), GroupKey: "-v7w9UcY6", Name: "phone", Salt: []byte{1}, Sealed: []byte{2}, Remembered: true,
		Address: "192.0.2.1", Created: asStored(now), Modified: asStored(now), Authenticated: asStored(now),
	}
}

func testDevices(t *testing.T, s Store) {
	p := newPool(t, s)
	c, u, other := newClient(t, s, p.ID), newUser(t, s, p.ID, "alice"), newUser(t, s, p.ID, "bob")
	get := func(d *device.Device) (*device.Device, error) { return s.Device(ctx(t), d.Pool, d.Sub, d.Key) }
	newDevice := func(t *testing.T, u *user.User) *device.Device {
		d := unsavedDevice(u)
		must(t, s.ConfirmDevice(ctx(t), d))
		return d
	}
	bound := func(d *device.Device) *token.Grant {
		g := unsavedGrant(c, &user.User{Sub: d.Sub})
		g.DeviceKey = d.Key
		return g
	}
	t.Run("RoundTrip", func(t *testing.T) {
		d := newDevice(t, u)
		wantEqual(t, "Device", mustGet[*device.Device](t)(get(d)), d)
		wantErr(t, "ConfirmDevice again", s.ConfirmDevice(ctx(t), d), device.ErrExists)
		ghost := unsavedDevice(&user.User{Pool: p.ID, Sub: "nobody"})
		wantErr(t, "ConfirmDevice of an unknown user", s.ConfirmDevice(ctx(t), ghost), user.ErrUserNotFound)
		d.Sub = other.Sub
		_, err := get(d)
		wantErr(t, "Device of another user", err, device.ErrUnknown)
	})
	t.Run("Update", func(t *testing.T) {
		d := newDevice(t, u)
		change := func(change func(*device.Device) error) error {
			return s.UpdateDevice(ctx(t), d.Pool, d.Sub, d.Key, change)
		}
		wantErr(t, "UpdateDevice that fails", change(func(d *device.Device) error { d.Remembered = false; return errChange }), errChange)
		wantEqual(t, "Device", mustGet[*device.Device](t)(get(d)), d)
		d.Remembered, d.Address, d.Modified, d.Authenticated = false, "", asStored(now.Add(time.Minute)), asStored(now.Add(time.Hour))
		must(t, change(func(got *device.Device) error { *got = *d; return nil }))
		wantEqual(t, "Device", mustGet[*device.Device](t)(get(d)), d)
		wantErr(t, "UpdateDevice", s.UpdateDevice(ctx(t), d.Pool, other.Sub, d.Key, func(*device.Device) error { return nil }), device.ErrUnknown)
	})
	t.Run("List", func(t *testing.T) {
		u := newUser(t, s, p.ID, "lister")
		for range 3 {
			newDevice(t, u)
		}
		all := mustGet[[]*device.Device](t)(s.Devices(ctx(t), u.Pool, u.Sub, "", 9))
		if len(all) != 3 || all[0].Key >= all[1].Key || all[1].Key >= all[2].Key {
			t.Fatalf("%d devices, want 3 sorted by key", len(all))
		}
		wantEqual(t, "Devices after the first", mustGet[[]*device.Device](t)(s.Devices(ctx(t), u.Pool, u.Sub, all[0].Key, 1)), all[1:2])
	})
	t.Run("Grants", func(t *testing.T) {
		d := unsavedDevice(u)
		g, free := bound(d), newGrant(t, s, c, u)
		confirmed := func(g *token.Grant) bool {
			return mustGet[*token.Grant](t)(s.Grant(ctx(t), g.Pool, g.ID)).DeviceConfirmed
		}
		must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
		if confirmed(g) {
			t.Error("a grant is confirmed before its device")
		}
		must(t, s.ConfirmDevice(ctx(t), d))
		late := bound(d)
		must(t, s.CreateGrant(ctx(t), late, 0, token.Completion{Check: anybody}))
		if !confirmed(g) || !confirmed(late) || confirmed(free) {
			t.Errorf("confirmed: %v, %v, and without a device %v; want true, true, false", confirmed(g), confirmed(late), confirmed(free))
		}
		wantErr(t, "ForgetDevice of another user", s.ForgetDevice(ctx(t), d.Pool, other.Sub, d.Key, now), device.ErrUnknown)
		wantErr(t, "ForgetDevice of an unknown user", s.ForgetDevice(ctx(t), d.Pool, "nobody", d.Key, now), device.ErrUnknown)
		wantRevoked(t, s, g, time.Time{})
		must(t, s.ForgetDevice(ctx(t), d.Pool, d.Sub, d.Key, now))
		wantRevoked(t, s, g, now)
		wantRevoked(t, s, late, now)
		wantRevoked(t, s, free, time.Time{})
		_, err := get(d)
		wantErr(t, "Device that was forgotten", err, device.ErrUnknown)
		wantErr(t, "ForgetDevice again", s.ForgetDevice(ctx(t), d.Pool, d.Sub, d.Key, now), device.ErrUnknown)
		under := bound(d) // a sign-in that was under way
		must(t, s.CreateGrant(ctx(t), under, 0, token.Completion{Check: anybody}))
		if confirmed(under) {
			t.Error("a grant is confirmed after its device was forgotten")
		}
	})
	t.Run("OneCallerConfirms", func(t *testing.T) {
		d := unsavedDevice(u)
		if won := race(t, 20, device.ErrExists, func(int) error { return s.ConfirmDevice(ctx(t), d) }); won != 1 {
			t.Errorf("%d callers confirmed the device, want 1", won)
		}
	})
	t.Run("OneUserHasNoMoreThan", func(t *testing.T) {
		u := newUser(t, s, p.ID, "collector")
		devices := make([]*device.Device, device.MaxDevices+1)
		grants := make([]*token.Grant, len(devices))
		for i := range devices {
			devices[i] = unsavedDevice(u)
			devices[i].Authenticated = asStored(now.Add(time.Duration(i) * time.Second))
			devices[i].Created = devices[i].Authenticated
			grants[i] = bound(devices[i])
			must(t, s.CreateGrant(ctx(t), grants[i], 0, token.Completion{Check: anybody}))
			must(t, s.ConfirmDevice(ctx(t), devices[i]))
		}
		wantRevoked(t, s, grants[0], devices[device.MaxDevices].Created)
		wantRevoked(t, s, grants[1], time.Time{})
		wantRevoked(t, s, grants[device.MaxDevices], time.Time{})
		for i, want := range map[int]error{0: device.ErrUnknown, 1: nil, device.MaxDevices: nil} {
			_, err := get(devices[i])
			wantErr(t, "Device", err, want)
		}
	})
	t.Run("GoesWithItsUser", func(t *testing.T) {
		gone := newUser(t, s, p.ID, "leaver")
		d := newDevice(t, gone)
		must(t, s.DeleteUser(ctx(t), gone.Pool, gone.Sub))
		_, err := get(d)
		wantErr(t, "Device of a deleted user", err, device.ErrUnknown)
	})
}
