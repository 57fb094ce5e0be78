package store

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func identityFields(i *user.Identity) []any {
	return []any{&i.Pool, &i.Provider, &i.Type, &i.Attribute, &i.Value, &i.Sub, &i.Primary, asTime{&i.Linked}}
}

const identityRows = `SELECT i.pool_id, i.provider, p.type, i.attribute, i.value, i.sub, i.main, i.linked
	FROM user_identities i JOIN pool_providers p ON p.pool_id = i.pool_id AND p.name = i.provider `

// LinkIdentity implements [user.IdentityStore].
func (s *Store) LinkIdentity(ctx context.Context, i *user.Identity, change user.Change) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.linkedBy(i); err != nil {
			return err
		}
		if _, err := t.updateUser(i.Pool, i.Sub, change); err != nil {
			return err
		}
		held, err := queryAll(t, identityFields, identityRows+`WHERE i.pool_id = $1 AND i.sub = $2`, i.Pool, i.Sub)
		if err != nil {
			return err
		}
		if len(held) >= user.MaxIdentities {
			return user.ErrTooManyIdentities
		}
		_, err = t.exec(`INSERT INTO user_identities (pool_id, provider, attribute, value, sub, main, linked)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, i.Pool, i.Provider, i.Attribute, i.Value, i.Sub, i.Primary, i.Linked)
		if err != nil {
			return translate(err, errDuplicate, user.ErrIdentityTaken)
		}
		return t.tellUser(i.Pool, i.Sub, false) // their ID tokens name it
	})
}

// linkedBy notes with the provider by which attribute an identity is linked. The
// lock of the provider keeps it until the identity is there.
func (t *tx) linkedBy(i *user.Identity) error {
	p, err := t.lockProvider(i.Pool, i.Provider)
	if err != nil {
		return translate(err, errNoRow, userpool.ErrProviderNotFound)
	}
	switch by := p.Settings.LinkedBy; {
	case slices.Contains(by, i.Attribute):
		return nil
	case len(by) >= user.MaxIdentities:
		return user.ErrTooManyIdentities.Saying("Users may be linked to the provider by at most %d different attributes.", user.MaxIdentities)
	}
	p.Settings.LinkedBy = append(p.Settings.LinkedBy, i.Attribute)
	return t.changeOne(`UPDATE pool_providers SET settings = $3 WHERE pool_id = $1 AND name = $2`, p.Pool, p.Name, asJSON{&p.Settings})
}

// UnlinkIdentity implements [user.IdentityStore].
func (s *Store) UnlinkIdentity(ctx context.Context, i *user.Identity, change func(last bool) user.Change) error {
	return s.write(ctx, func(t *tx) error {
		held, err := t.identity(i.Pool, i.Provider, i.Attribute, i.Value)
		if err != nil {
			return err
		}
		if _, err := t.lockUser(held.Pool, held.Sub); err != nil { // before the rows are counted
			return err
		}
		if err := t.changeOne(`DELETE FROM user_identities WHERE pool_id = $1 AND provider = $2 AND attribute = $3 AND value = $4 AND sub = $5`,
			i.Pool, i.Provider, i.Attribute, i.Value, held.Sub); err != nil {
			return translate(err, errNoRow, user.ErrUserNotFound)
		}
		more, err := t.exists(`SELECT 1 FROM user_identities WHERE pool_id = $1 AND sub = $2 LIMIT 1`, held.Pool, held.Sub)
		if err != nil {
			return err
		}
		if _, err = t.updateUser(held.Pool, held.Sub, change(!more)); err != nil {
			return err
		}
		return t.tellUser(held.Pool, held.Sub, false)
	})
}

// Identity implements [user.IdentityStore].
func (s *Store) Identity(ctx context.Context, pool userpool.PoolID, provider, attribute, value string) (*user.Identity, error) {
	return load(ctx, s, nil, func(t *tx) (*user.Identity, error) { return t.identity(pool, provider, attribute, value) })
}

func (t *tx) identity(pool userpool.PoolID, provider, attribute, value string) (*user.Identity, error) {
	i, err := queryOne(t, identityFields, identityRows+`WHERE i.pool_id = $1 AND i.provider = $2 AND i.attribute = $3 AND i.value = $4`, pool, provider, attribute, value)
	if errors.Is(err, errNoRow) {
		return nil, user.ErrUserNotFound
	}
	return i, err
}

// Identities implements [user.IdentityStore].
func (s *Store) Identities(ctx context.Context, pool userpool.PoolID, subs []user.Sub) ([]*user.Identity, error) {
	args := []any{pool}
	for _, sub := range subs {
		args = append(args, sub)
	}
	return load(ctx, s, nil, func(t *tx) ([]*user.Identity, error) {
		return queryAll(t, identityFields, identityRows+`WHERE i.pool_id = $1 AND i.sub IN (`+placeholders(2, len(subs))+`) ORDER BY i.linked, i.provider, i.value`, args...)
	})
}
