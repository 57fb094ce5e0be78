package store

import (
	"context"
	"errors"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/session"
)

// poolColumns are the columns of poolFields.
const poolColumns = `id, name, settings, created, modified, nobody`

func poolFields(p *userpool.Pool) []any {
	return []any{&p.ID, &p.Name, asJSON{&p.Settings}, asTime{&p.Created}, asTime{&p.Modified}, &p.Nobody}
}

// knownPoolFields is poolFields for a pool that nobody changes.
func (s *Store) knownPoolFields(p *userpool.Pool) []any {
	fields := poolFields(p)
	fields[2] = s.poolSettings.column(&p.Settings)
	return fields
}

// CreatePool implements [userpool.PoolStore].
func (s *Store) CreatePool(ctx context.Context, p *userpool.Pool) error {
	return s.write(ctx, func(t *tx) error {
		made, err := t.insertPool(`id, name, settings, created, modified, nobody`, poolFields(p)...)
		if err == nil && !made {
			err = userpool.ErrPoolExists
		}
		return err
	})
}

// insertPool inserts a pool and gives it a number. It reports false if its id, which
// is the first of the columns, is taken.
func (t *tx) insertPool(columns string, values ...any) (bool, error) {
	n, err := t.exec(`INSERT INTO pools (number, `+columns+`)
		VALUES ((SELECT COALESCE(MAX(p.number), 0) + 1 FROM pools p), `+placeholders(1, len(values))+`)
		ON CONFLICT (id) DO NOTHING`, values...)
	return n == 1, translate(err, errDuplicate, errRace) // another transaction took the number
}

// Pool implements [userpool.PoolStore].
func (s *Store) Pool(ctx context.Context, id userpool.PoolID) (*userpool.Pool, error) {
	return loadAtOnce(ctx, s, userpool.ErrPoolNotFound, func(t *tx) (*userpool.Pool, error) {
		return queryOne(t, s.knownPoolFields, `SELECT `+poolColumns+`
			FROM pools WHERE id = $1 AND `+visible, id)
	})
}

// Pools implements [userpool.PoolStore].
func (s *Store) Pools(ctx context.Context, after userpool.PoolID, limit int) ([]*userpool.Pool, error) {
	return load(ctx, s, nil, func(t *tx) ([]*userpool.Pool, error) {
		return queryAll(t, poolFields, `SELECT `+poolColumns+`
			FROM pools WHERE id > $1 AND `+visible+` ORDER BY id LIMIT $2`, after, limit)
	})
}

// UpdatePool implements [userpool.PoolStore].
func (s *Store) UpdatePool(ctx context.Context, id userpool.PoolID, change func(*userpool.Pool) error) (*userpool.Pool, error) {
	var p *userpool.Pool
	err := s.write(ctx, func(t *tx) (err error) {
		if p, err = t.lockPool(id); err != nil {
			return err
		}
		if err := change(p); err != nil {
			return err
		}
		p.ID = id
		return t.changeOne(`UPDATE pools SET name = $2, settings = $3, created = $4, modified = $5, nobody = $6
			WHERE id = $1`, poolFields(p)...)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// DeletePool implements [userpool.PoolStore].
func (s *Store) DeletePool(ctx context.Context, id userpool.PoolID, may func(*userpool.Pool, []*userpool.Domain) error) error {
	err := s.write(ctx, func(t *tx) error {
		p, err := t.lockPool(id) // from here on, no domain can be added
		if err != nil {
			return err
		}
		domains, err := t.domainsOf(id)
		if err != nil {
			return err
		}
		if err := may(p, domains); err != nil {
			return err
		}
		if t.issuer != nil {
			t.tell(session.Scope{Origin: session.Origin{Issuer: t.issuer(p)}}, true)
		}
		return t.markPool(id)
	})
	if err == nil {
		s.removeSoon(ctx, poolRemoval, string(id))
	}
	return err
}

func (t *tx) lockPool(id userpool.PoolID) (*userpool.Pool, error) {
	p, err := queryOne(t, poolFields, t.lock(`SELECT `+poolColumns+`
		FROM pools WHERE id = $1 AND `+visible), id)
	if errors.Is(err, errNoRow) {
		return nil, userpool.ErrPoolNotFound
	}
	return p, err
}

// mayHold locks a pool, so that nobody else counts meanwhile, and checks that the
// query full finds nothing. ErrPoolNotFound, ErrTooManyResources.
func (t *tx) mayHold(id userpool.PoolID, full string, most int) error {
	if _, err := t.lockPool(id); err != nil {
		return err
	}
	many, err := t.exists(full, id, most)
	if err == nil && many {
		err = userpool.ErrTooManyResources
	}
	return err
}
