package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/userpool"
)

func styleFields(s *branding.Style) []any {
	return []any{&s.ID, &s.Pool, &s.Client, &s.Provided, asDocument{&s.Settings}, asJSON{&s.Assets}, asTime{&s.Created}, asTime{&s.Modified}}
}

// asDocument stores a JSON document as its text. Nil is stored as an empty text.
type asDocument struct{ text *json.RawMessage }

// Value implements [driver.Valuer].
func (a asDocument) Value() (driver.Value, error) { return string(*a.text), nil }

// Scan implements [sql.Scanner].
func (a asDocument) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("want text in a column of documents, got a %T", src)
	}
	if *a.text = nil; text != "" {
		*a.text = json.RawMessage(text)
	}
	return nil
}

const styleRows = `SELECT id, pool_id, client_id, provided, settings, assets, created, modified FROM login_styles `

// CreateStyle implements [branding.StyleStore].
func (s *Store) CreateStyle(ctx context.Context, style *branding.Style, most int) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.mayAdd(style.Pool, style.Client, `SELECT 1 WHERE (SELECT COUNT(*) FROM login_styles WHERE pool_id = $1) >= $2`, most); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO login_styles (id, pool_id, client_id, provided, settings, assets, created, modified)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, styleFields(style)...)
		err = translate(err, errOrphan, userpool.ErrClientNotFound) // it was deleted meanwhile
		return translate(err, errDuplicate, branding.ErrStyleExists)
	})
}

// mayAdd locks a pool, so that nobody else counts meanwhile, and checks that the
// client is the pool's and that the query full finds nothing.
func (t *tx) mayAdd(pool userpool.PoolID, client userpool.ClientID, full string, most int) error {
	if _, err := t.lockPool(pool); err != nil {
		return err
	}
	known, err := t.exists(`SELECT 1 FROM clients WHERE id = $1 AND pool_id = $2 AND NOT deleted`, client, pool)
	if err != nil {
		return err
	}
	if !known {
		return userpool.ErrClientNotFound
	}
	many, err := t.exists(full, pool, most)
	if err == nil && many {
		err = branding.ErrTooMany
	}
	return err
}

// Style implements [branding.StyleStore].
func (s *Store) Style(ctx context.Context, pool userpool.PoolID, id string) (*branding.Style, error) {
	return load(ctx, s, branding.ErrStyleNotFound, func(t *tx) (*branding.Style, error) {
		return queryOne(t, styleFields, styleRows+`WHERE id = $1 AND pool_id = $2`, id, pool)
	})
}

// StyleOf implements [branding.StyleStore].
func (s *Store) StyleOf(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) (*branding.Style, error) {
	return load(ctx, s, branding.ErrStyleNotFound, func(t *tx) (*branding.Style, error) {
		return queryOne(t, styleFields, styleRows+`WHERE client_id = $1 AND pool_id = $2`, client, pool)
	})
}

// UpdateStyle implements [branding.StyleStore].
func (s *Store) UpdateStyle(ctx context.Context, pool userpool.PoolID, id string, change func(*branding.Style) error) (*branding.Style, error) {
	var style *branding.Style
	err := s.write(ctx, func(t *tx) (err error) {
		if style, err = queryOne(t, styleFields, t.lock(styleRows+`WHERE id = $1 AND pool_id = $2`), id, pool); err != nil {
			return err
		}
		if err := change(style); err != nil {
			return err
		}
		return t.changeOne(`UPDATE login_styles SET provided = $3, settings = $4, assets = $5, modified = $6 WHERE id = $1 AND pool_id = $2`,
			id, pool, style.Provided, asDocument{&style.Settings}, asJSON{&style.Assets}, style.Modified)
	})
	if err != nil {
		return nil, translate(err, errNoRow, branding.ErrStyleNotFound)
	}
	return style, nil
}

// DeleteStyle implements [branding.StyleStore].
func (s *Store) DeleteStyle(ctx context.Context, pool userpool.PoolID, id string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM login_styles WHERE id = $1 AND pool_id = $2`, id, pool)
	})
	return translate(err, errNoRow, branding.ErrStyleNotFound)
}
