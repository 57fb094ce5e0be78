package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const deviceColumns = `pool_id, sub, key, group_key, name, salt, sealed, remembered, address, created, modified, authenticated`

func deviceFields(d *device.Device) []any {
	return []any{&d.Pool, &d.Sub, &d.Key, &d.GroupKey, &d.Name, &d.Salt, &d.Sealed, &d.Remembered, &d.Address,
		asTime{&d.Created}, asTime{&d.Modified}, asTime{&d.Authenticated}}
}

// ConfirmDevice implements [device.Store].
func (s *Store) ConfirmDevice(ctx context.Context, d *device.Device) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.lockUser(d.Pool, d.Sub); err != nil { // first of all: see ForgetDevice
			return err
		}
		_, err := t.exec(`INSERT INTO devices (`+deviceColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, deviceFields(d)...)
		if err != nil {
			return translate(err, errDuplicate, device.ErrExists)
		}
		if _, err := t.exec(`UPDATE grants SET device_confirmed = TRUE
			WHERE pool_id = $1 AND sub = $2 AND device_key = $3`, d.Pool, d.Sub, d.Key); err != nil {
			return err
		}
		return t.trimDevices(d)
	})
}

// trimDevices deletes the devices of a user of which there are too many, but not
// the new one d, and ends what signed in with them.
func (t *tx) trimDevices(d *device.Device) error {
	many, err := t.exists(`SELECT 1 FROM devices WHERE pool_id = $1 AND sub = $2 LIMIT 1 OFFSET $3`, d.Pool, d.Sub, device.MaxDevices)
	if err != nil || !many {
		return err
	}
	gone, err := queryAll(t, goneFields, `DELETE FROM devices WHERE (pool_id, sub, key) IN
		(SELECT pool_id, sub, key FROM devices WHERE pool_id = $1 AND sub = $2 AND key <> $3
			ORDER BY authenticated DESC, key DESC LIMIT $4 OFFSET $5) RETURNING key`, d.Pool, d.Sub, d.Key, trimBatch, device.MaxDevices-1)
	if err != nil {
		return err
	}
	for _, old := range gone {
		if err := t.endDevice(d.Pool, d.Sub, old.Key, d.Created); err != nil {
			return err
		}
	}
	return nil
}

func goneFields(d *device.Device) []any { return []any{&d.Key} }

// endDevice revokes the grants of a device that is gone.
func (t *tx) endDevice(pool userpool.PoolID, sub user.Sub, key device.Key, now time.Time) error {
	n, err := t.exec(`UPDATE grants SET revoked = $4
		WHERE pool_id = $1 AND sub = $2 AND device_key = $3 AND revoked = 0`, pool, sub, key, now)
	if err != nil || n == 0 {
		return err
	}
	return t.tellUser(pool, sub, false)
}

// Device implements [device.Store].
func (s *Store) Device(ctx context.Context, pool userpool.PoolID, sub user.Sub, key device.Key) (*device.Device, error) {
	return load(ctx, s, device.ErrUnknown, func(t *tx) (*device.Device, error) {
		return queryOne(t, deviceFields, `SELECT `+deviceColumns+`
			FROM devices WHERE pool_id = $1 AND sub = $2 AND key = $3`, pool, sub, key)
	})
}

// Devices implements [device.Store].
func (s *Store) Devices(ctx context.Context, pool userpool.PoolID, sub user.Sub, after device.Key, limit int) ([]*device.Device, error) {
	return load(ctx, s, nil, func(t *tx) ([]*device.Device, error) {
		return queryAll(t, deviceFields, `SELECT `+deviceColumns+`
			FROM devices WHERE pool_id = $1 AND sub = $2 AND key > $3 ORDER BY key LIMIT $4`, pool, sub, after, limit)
	})
}

// UpdateDevice implements [device.Store].
func (s *Store) UpdateDevice(ctx context.Context, pool userpool.PoolID, sub user.Sub, key device.Key, change func(*device.Device) error) error {
	err := s.write(ctx, func(t *tx) error {
		d, err := queryOne(t, deviceFields, t.lock(`SELECT `+deviceColumns+`
			FROM devices WHERE pool_id = $1 AND sub = $2 AND key = $3`), pool, sub, key)
		if err != nil {
			return err
		}
		if err := change(d); err != nil {
			return err
		}
		return t.changeOne(`UPDATE devices SET remembered = $4, address = $5, modified = $6, authenticated = $7
			WHERE pool_id = $1 AND sub = $2 AND key = $3`, pool, sub, key, d.Remembered, d.Address, d.Modified, d.Authenticated)
	})
	return translate(err, errNoRow, device.ErrUnknown)
}

// ForgetDevice implements [device.Store].
func (s *Store) ForgetDevice(ctx context.Context, pool userpool.PoolID, sub user.Sub, key device.Key, now time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		// The grants of a sign-in with the device that is under way come before or
		// after: that sign-in locks the user, too.
		if _, err := t.lockUser(pool, sub); err != nil {
			return translate(err, user.ErrUserNotFound, device.ErrUnknown)
		}
		if err := t.changeOne(`DELETE FROM devices WHERE pool_id = $1 AND sub = $2 AND key = $3`, pool, sub, key); err != nil {
			return err
		}
		return t.endDevice(pool, sub, key, now)
	})
	return translate(err, errNoRow, device.ErrUnknown)
}
