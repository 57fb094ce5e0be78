package store

import (
	"context"

	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/userpool"
)

func termsFields(d *branding.Terms) []any {
	return []any{&d.ID, &d.Pool, &d.Client, &d.Name, asJSON{&d.Links}, asTime{&d.Created}, asTime{&d.Modified}}
}

const termsRows = `SELECT id, pool_id, client_id, name, links, created, modified FROM terms `

// CreateTerms implements [branding.TermsStore].
func (s *Store) CreateTerms(ctx context.Context, d *branding.Terms, most int) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.mayAdd(d.Pool, d.Client, `SELECT 1 WHERE (SELECT COUNT(*) FROM terms WHERE pool_id = $1) >= $2`, most); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO terms (id, pool_id, client_id, name, links, created, modified)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, termsFields(d)...)
		err = translate(err, errOrphan, userpool.ErrClientNotFound) // it was deleted meanwhile
		return translate(err, errDuplicate, branding.ErrTermsExist)
	})
}

// Terms implements [branding.TermsStore].
func (s *Store) Terms(ctx context.Context, pool userpool.PoolID, id string) (*branding.Terms, error) {
	return load(ctx, s, branding.ErrTermsNotFound, func(t *tx) (*branding.Terms, error) {
		return queryOne(t, termsFields, termsRows+`WHERE id = $1 AND pool_id = $2`, id, pool)
	})
}

// TermsOf implements [branding.TermsStore].
func (s *Store) TermsOf(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, name string) (*branding.Terms, error) {
	return load(ctx, s, branding.ErrTermsNotFound, func(t *tx) (*branding.Terms, error) {
		return queryOne(t, termsFields, termsRows+`WHERE client_id = $1 AND name = $2 AND pool_id = $3`, client, name, pool)
	})
}

// UpdateTerms implements [branding.TermsStore].
func (s *Store) UpdateTerms(ctx context.Context, pool userpool.PoolID, id string, change func(*branding.Terms) error) (*branding.Terms, error) {
	var d *branding.Terms
	err := s.write(ctx, func(t *tx) (err error) {
		if d, err = queryOne(t, termsFields, t.lock(termsRows+`WHERE id = $1 AND pool_id = $2`), id, pool); err != nil {
			return err
		}
		if err := change(d); err != nil {
			return err
		}
		err = t.changeOne(`UPDATE terms SET name = $3, links = $4, modified = $5 WHERE id = $1 AND pool_id = $2`, id, pool, d.Name, asJSON{&d.Links}, d.Modified)
		return translate(err, errDuplicate, branding.ErrTermsExist)
	})
	if err != nil {
		return nil, translate(err, errNoRow, branding.ErrTermsNotFound)
	}
	return d, nil
}

// DeleteTerms implements [branding.TermsStore].
func (s *Store) DeleteTerms(ctx context.Context, pool userpool.PoolID, id string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM terms WHERE id = $1 AND pool_id = $2`, id, pool)
	})
	return translate(err, errNoRow, branding.ErrTermsNotFound)
}

// ListTerms implements [branding.TermsStore].
func (s *Store) ListTerms(ctx context.Context, pool userpool.PoolID, after string, limit int) ([]*branding.Terms, error) {
	return load(ctx, s, nil, func(t *tx) ([]*branding.Terms, error) {
		return queryAll(t, termsFields, termsRows+`WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3`, pool, after, limit)
	})
}
