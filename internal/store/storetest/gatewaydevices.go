package storetest

import (
	"strconv"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/passkey"
)

// newGatewayDevice returns a device of a person that is not stored.
func newGatewayDevice(subject string, created time.Time) *device.Device {
	return &device.Device{
		ID: ids.Hex(16), Issuer: "https://id.example.com", Subject: subject, Email: "alice@example.com", Type: "any", About: "Firefox / Linux",
		Key:     passkey.Key{ID: []byte{0, 1, 255}, Public: []byte{2}, RP: "authenticate.example.com", AAGUID: []byte{3}, Attachment: "platform", Transports: []string{"internal"}, Counter: 7, Synced: true, Created: asStored(created)},
		Created: asStored(created), Seen: asStored(created.Add(time.Second)),
	}
}

func testGatewayDevices(t *testing.T, s Store) {
	subject := ids.Hex(8)
	one, two := newGatewayDevice(subject, now), newGatewayDevice(subject, now.Add(time.Second))
	other := newGatewayDevice(ids.Hex(8), now.Add(2*time.Second))
	other.Approved = asStored(now)
	for _, d := range []*device.Device{two, one, other} {
		must(t, s.CreateDevice(ctx(t), d))
		wantEqual(t, "GatewayDevice", mustGet[*device.Device](t)(s.GatewayDevice(ctx(t), d.ID)), d)
	}
	wantErr(t, "CreateDevice again", s.CreateDevice(ctx(t), one), device.ErrTaken)
	_, err := s.GatewayDevice(ctx(t), "none")
	wantErr(t, "GatewayDevice", err, device.ErrNotFound)
	wantEqual(t, "PersonDevices", mustGet[[]*device.Device](t)(s.PersonDevices(ctx(t), one.Issuer, subject)), []*device.Device{one, two})
	if none := mustGet[[]*device.Device](t)(s.PersonDevices(ctx(t), "https://other.example.com", subject)); len(none) != 0 {
		t.Errorf("devices of the same subject at another issuer: %v", none)
	}
	wantEqual(t, "GatewayDevices", mustGet[[]*device.Device](t)(s.GatewayDevices(ctx(t), one.Created, one.ID, 1)), []*device.Device{two})

	later := now.Add(time.Hour)
	must(t, s.UseDevice(ctx(t), one.ID, 8, later))
	one.Key.Counter, one.Seen = 8, asStored(later)
	for _, counter := range []uint32{8, 7, 0} {
		wantErr(t, "UseDevice "+strconv.Itoa(int(counter)), s.UseDevice(ctx(t), one.ID, counter, later.Add(time.Hour)), device.ErrRefused)
	}
	wantErr(t, "UseDevice", s.UseDevice(ctx(t), "none", 9, later), device.ErrNotFound)
	if won := race(t, 8, device.ErrRefused, func(int) error { return s.UseDevice(ctx(t), one.ID, 1<<32-1, later) }); won != 1 {
		t.Errorf("one counter was used %d times, want once", won)
	}
	one.Key.Counter = 1<<32 - 1

	must(t, s.ApproveDevice(ctx(t), one.ID, later))
	must(t, s.ApproveDevice(ctx(t), one.ID, later.Add(time.Hour)))
	one.Approved = asStored(later)
	wantErr(t, "ApproveDevice", s.ApproveDevice(ctx(t), "none", later), device.ErrNotFound)
	wantEqual(t, "GatewayDevice", mustGet[*device.Device](t)(s.GatewayDevice(ctx(t), one.ID)), one)

	must(t, s.RemoveDevice(ctx(t), two.ID))
	wantErr(t, "RemoveDevice", s.RemoveDevice(ctx(t), two.ID), device.ErrNotFound)
	wantEqual(t, "PersonDevices", mustGet[[]*device.Device](t)(s.PersonDevices(ctx(t), one.Issuer, subject)), []*device.Device{one})
	testDevicesThatDoNotCount(t, s)
	testManyGatewayDevices(t, s)
}

func testDevicesThatDoNotCount(t *testing.T, s Store) {
	d := newGatewayDevice(ids.Hex(8), now)
	d.Key.Counter = 0
	must(t, s.CreateDevice(ctx(t), d))
	must(t, s.UseDevice(ctx(t), d.ID, 0, now))
	must(t, s.UseDevice(ctx(t), d.ID, 0, now))
	must(t, s.UseDevice(ctx(t), d.ID, 1, now))
	wantErr(t, "UseDevice", s.UseDevice(ctx(t), d.ID, 0, now), device.ErrRefused)
}

func testManyGatewayDevices(t *testing.T, s Store) {
	subject := ids.Hex(8)
	for range device.PerPerson {
		must(t, s.CreateDevice(ctx(t), newGatewayDevice(subject, now)))
	}
	wantErr(t, "CreateDevice", s.CreateDevice(ctx(t), newGatewayDevice(subject, now)), device.ErrTooMany)
	must(t, s.CreateDevice(ctx(t), newGatewayDevice(ids.Hex(8), now)))
}
