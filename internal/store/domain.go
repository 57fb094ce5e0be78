package store

import (
	"context"

	"gatehouse/internal/directory/userpool"
)

func domainFields(d *userpool.Domain) []any {
	return []any{&d.Name, &d.Pool, &d.Custom, &d.CertificateARN, &d.ManagedLoginVersion, asTime{&d.Created}, &d.SecurityPolicy}
}

// CreateDomain implements [userpool.DomainStore].
func (s *Store) CreateDomain(ctx context.Context, d *userpool.Domain) error {
	err := s.write(ctx, func(t *tx) error { return t.createDomain(d) })
	err = translate(err, errOrphan, userpool.ErrPoolNotFound)
	return translate(err, errDuplicate, userpool.ErrDomainTaken) // the pool has a domain of this kind
}

func (t *tx) createDomain(d *userpool.Domain) error {
	n, err := t.exec(`INSERT INTO domains (name, pool_id, custom, certificate_arn, managed_login_version, created, security_policy)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING`, domainFields(d)...)
	if err == nil && n == 0 {
		return userpool.ErrDomainExists
	}
	return err
}

// MoveDomain implements [userpool.DomainStore].
func (s *Store) MoveDomain(ctx context.Context, d *userpool.Domain) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM domains WHERE pool_id = $1 AND custom = $2`, d.Pool, d.Custom); err != nil {
			return err
		}
		return t.createDomain(d)
	})
	err = translate(err, errOrphan, userpool.ErrPoolNotFound)
	return translate(err, errDuplicate, userpool.ErrDomainTaken) // another node was first
}

// Domain implements [userpool.DomainStore].
func (s *Store) Domain(ctx context.Context, name string) (*userpool.Domain, error) {
	return loadAtOnce(ctx, s, userpool.ErrDomainNotFound, func(t *tx) (*userpool.Domain, error) {
		return queryOne(t, domainFields, `SELECT name, pool_id, custom, certificate_arn, managed_login_version, created, security_policy
			FROM domains WHERE name = $1`+ofVisiblePool, name)
	})
}

// ofVisiblePool leaves out the domains of pools that nobody finds: their hosts are
// nobody's.
const ofVisiblePool = ` AND EXISTS (SELECT 1 FROM pools p WHERE p.id = domains.pool_id AND p.importing = '' AND NOT p.deleted)`

// DomainsOf implements [userpool.DomainStore].
func (s *Store) DomainsOf(ctx context.Context, pool userpool.PoolID) ([]*userpool.Domain, error) {
	return load(ctx, s, nil, func(t *tx) ([]*userpool.Domain, error) { return t.domainsOf(pool) })
}

func (t *tx) domainsOf(pool userpool.PoolID) ([]*userpool.Domain, error) {
	return queryAll(t, domainFields, `SELECT name, pool_id, custom, certificate_arn, managed_login_version, created, security_policy
		FROM domains WHERE pool_id = $1 ORDER BY name`, pool)
}

// Domains implements [userpool.DomainStore].
func (s *Store) Domains(ctx context.Context, after string, limit int) ([]*userpool.Domain, error) {
	return load(ctx, s, nil, func(t *tx) ([]*userpool.Domain, error) {
		return queryAll(t, domainFields, `SELECT name, pool_id, custom, certificate_arn, managed_login_version, created, security_policy
			FROM domains WHERE name > $1`+ofVisiblePool+` ORDER BY name LIMIT $2`, after, limit)
	})
}

// UpdateDomain implements [userpool.DomainStore].
func (s *Store) UpdateDomain(ctx context.Context, pool userpool.PoolID, name string, change func(*userpool.Domain) error) (*userpool.Domain, error) {
	var d *userpool.Domain
	err := s.write(ctx, func(t *tx) (err error) {
		if d, err = queryOne(t, domainFields, t.lock(`SELECT name, pool_id, custom, certificate_arn, managed_login_version, created, security_policy
			FROM domains WHERE name = $1 AND pool_id = $2`), name, pool); err != nil {
			return err
		}
		if err := change(d); err != nil {
			return err
		}
		d.Name, d.Pool = name, pool
		return t.changeOne(`UPDATE domains SET custom = $3, certificate_arn = $4, managed_login_version = $5, created = $6, security_policy = $7
			WHERE name = $1 AND pool_id = $2`, domainFields(d)...)
	})
	if err != nil {
		return nil, translate(err, errNoRow, userpool.ErrDomainNotFound)
	}
	return d, nil
}

// DeleteDomain implements [userpool.DomainStore].
func (s *Store) DeleteDomain(ctx context.Context, pool userpool.PoolID, name string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM domains WHERE name = $1 AND pool_id = $2`, name, pool)
	})
	return translate(err, errNoRow, userpool.ErrDomainNotFound)
}
