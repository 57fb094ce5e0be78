package store

import (
	"context"
	"time"

	"gatehouse/internal/gateway/device"
)

func gatewayDeviceFields(d *device.Device) []any {
	return []any{&d.ID, &d.Issuer, &d.Subject, &d.Email, &d.Type, asJSON{&d.Key}, &d.Key.Counter, &d.About, asTime{&d.Created}, asTime{&d.Seen}, asTime{&d.Approved}}
}

// CreateDevice implements [device.Store].
func (s *Store) CreateDevice(ctx context.Context, d *device.Device) error {
	err := s.write(ctx, func(t *tx) error {
		full, err := t.exists(`SELECT 1 FROM gateway_devices WHERE issuer = $1 AND subject = $2
			LIMIT 1 OFFSET $3`, d.Issuer, d.Subject, device.PerPerson-1)
		if err != nil {
			return err
		}
		if full {
			return device.ErrTooMany
		}
		_, err = t.exec(`INSERT INTO gateway_devices (id, issuer, subject, email, type, key, counter, about, created, seen, approved)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, gatewayDeviceFields(d)...)
		return err
	})
	return translate(err, errDuplicate, device.ErrTaken)
}

// GatewayDevice implements [device.Store].
func (s *Store) GatewayDevice(ctx context.Context, id string) (*device.Device, error) {
	return load(ctx, s, device.ErrNotFound, func(t *tx) (*device.Device, error) {
		return queryOne(t, gatewayDeviceFields, `SELECT id, issuer, subject, email, type, key, counter, about, created, seen, approved
			FROM gateway_devices WHERE id = $1`, id)
	})
}

// PersonDevices implements [device.Store].
func (s *Store) PersonDevices(ctx context.Context, issuer, subject string) ([]*device.Device, error) {
	return load(ctx, s, nil, func(t *tx) ([]*device.Device, error) {
		return queryAll(t, gatewayDeviceFields, `SELECT id, issuer, subject, email, type, key, counter, about, created, seen, approved
			FROM gateway_devices WHERE issuer = $1 AND subject = $2 ORDER BY created, id`, issuer, subject)
	})
}

// GatewayDevices implements [device.Store].
func (s *Store) GatewayDevices(ctx context.Context, created time.Time, id string, limit int) ([]*device.Device, error) {
	return load(ctx, s, nil, func(t *tx) ([]*device.Device, error) {
		return queryAll(t, gatewayDeviceFields, `SELECT id, issuer, subject, email, type, key, counter, about, created, seen, approved
			FROM gateway_devices WHERE (created, id) > ($1, $2) ORDER BY created, id LIMIT $3`, created, id, limit)
	})
}

// UseDevice implements [device.Store]. A counter goes on, or stays at 0 if the device
// does not count.
func (s *Store) UseDevice(ctx context.Context, id string, counter uint32, at time.Time) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE gateway_devices SET counter = $2, seen = $3
			WHERE id = $1 AND (counter < $2 OR counter = 0 AND $2 = 0)`, id, counter, at)
		if err != nil || n > 0 {
			return err
		}
		there, err := t.exists(`SELECT 1 FROM gateway_devices WHERE id = $1`, id)
		if err == nil && there {
			return device.ErrRefused
		}
		if err != nil {
			return err
		}
		return device.ErrNotFound
	})
}

// ApproveDevice implements [device.Store].
func (s *Store) ApproveDevice(ctx context.Context, id string, at time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`UPDATE gateway_devices SET approved = CASE WHEN approved = 0 THEN $2 ELSE approved END
			WHERE id = $1`, id, at)
	})
	return translate(err, errNoRow, device.ErrNotFound)
}

// RemoveDevice implements [device.Store].
func (s *Store) RemoveDevice(ctx context.Context, id string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM gateway_devices WHERE id = $1`, id)
	})
	return translate(err, errNoRow, device.ErrNotFound)
}
