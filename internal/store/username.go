package store

import (
	"errors"
	"slices"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// nameRow is a name that a user answers to.
type nameRow struct {
	user.Key
	sub user.Sub
}

func nameFields(n *nameRow) []any { return []any{&n.Kind, &n.Value, &n.sub} }

func (t *tx) namesOf(pool userpool.PoolID, sub user.Sub) ([]user.Key, error) {
	rows, err := all(t, nameFields, `SELECT kind, name, sub FROM login_names
		WHERE pool_id = $1 AND sub = $2 ORDER BY kind, name`, pool, sub)
	var keys []user.Key
	for _, row := range rows {
		keys = append(keys, row.Key)
	}
	return keys, err
}

// addNames gives u the keys, which it does not have yet.
func (t *tx) addNames(u *user.User, keys []user.Key, takeAliases bool) error {
	keys = distinct(keys)
	if len(keys) == 0 {
		return nil
	}
	if slices.ContainsFunc(keys, func(k user.Key) bool { return len(k.Value) > maxIndexed }) {
		return ErrNameLength
	}
	if err := t.refuseSubs(u, keys); err != nil {
		return err
	}
	clashes, err := t.insertNames(u, keys)
	if err != nil || len(clashes) == 0 {
		return err
	}
	for _, clash := range clashes {
		if err := t.resolve(u, keys, clash, takeAliases); err != nil {
			return err
		}
	}
	clashes, err = t.insertNames(u, keys)
	if err == nil && len(clashes) > 0 {
		return errRace // somebody took the name between our two statements
	}
	return err
}

// refuseSubs keeps a user from taking the sub of another one for a name: who
// names that one by its sub would get this one.
func (t *tx) refuseSubs(u *user.User, keys []user.Key) error {
	for _, k := range keys {
		if len(k.Value) != len(u.Sub) || k.Value == string(u.Sub) {
			continue
		}
		taken, err := t.exists(`SELECT 1 FROM users WHERE pool_id = $1 AND sub = $2`, u.Pool, k.Value)
		if err != nil {
			return err
		}
		if taken && k.Kind == "username" {
			return user.ErrUsernameExists
		}
		if taken {
			return user.ErrAliasExists.Saying("An account with the given %s already exists.", k.Kind)
		}
	}
	return nil
}

// insertNames inserts what is free and returns the rows of others that are in
// the way.
func (t *tx) insertNames(u *user.User, keys []user.Key) ([]*nameRow, error) {
	var args []any
	var values = []any{u.Pool, u.Sub}
	for _, k := range keys {
		args = append(args, u.Pool, k.Value, k.Kind, u.Sub)
		values = append(values, k.Value)
	}
	n, err := t.exec(`INSERT INTO login_names (pool_id, name, kind, sub)
		VALUES `+rowList(len(keys), 4)+` ON CONFLICT (pool_id, name) DO NOTHING`, args...)
	if err != nil || int(n) == len(keys) {
		return nil, err
	}
	return all(t, nameFields, `SELECT kind, name, sub FROM login_names
		WHERE pool_id = $1 AND sub <> $2 AND name IN (`+placeholders(3, len(keys))+`)`, values...)
}

// resolve makes way for u's key where another user has it, or says by its kind
// what is in the way.
func (t *tx) resolve(u *user.User, keys []user.Key, clash *nameRow, takeAliases bool) error {
	i := slices.IndexFunc(keys, func(k user.Key) bool { return k.Value == clash.Value })
	if kind := keys[i].Kind; kind == "username" {
		return user.ErrUsernameExists
	} else if !takeAliases || clash.Kind != kind {
		return user.ErrAliasExists.Saying("An account with the given %s already exists.", kind)
	}
	return t.loseAlias(u.Pool, clash)
}

// loseAlias takes an alias from the user who has it.
func (t *tx) loseAlias(pool userpool.PoolID, alias *nameRow) error {
	other, err := t.lockUser(pool, alias.sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return errRace // deleted just now
	}
	if err != nil {
		return err
	}
	other.LoseAlias(alias.Kind)
	if err := t.saveUser(other); err != nil {
		return err
	}
	_, err = t.exec(`DELETE FROM login_names WHERE pool_id = $1 AND sub = $2 AND kind = $3`, pool, alias.sub, alias.Kind)
	return err
}

// changeNames brings the names of u from those it had to its Keys.
func (t *tx) changeNames(u *user.User, had []user.Key, takeAliases bool) error {
	want := distinct(u.Keys)
	for _, k := range had {
		if slices.Contains(want, k) {
			continue
		}
		if _, err := t.exec(`DELETE FROM login_names WHERE pool_id = $1 AND name = $2 AND sub = $3`, u.Pool, k.Value, u.Sub); err != nil {
			return err
		}
	}
	added := slices.DeleteFunc(want, func(k user.Key) bool { return slices.Contains(had, k) })
	return t.addNames(u, added, takeAliases)
}

// distinct returns a copy of keys with each value once, of its first kind: a
// preferred username may be the username.
func distinct(keys []user.Key) []user.Key {
	var out []user.Key
	for _, k := range keys {
		if !slices.ContainsFunc(out, func(o user.Key) bool { return o.Value == k.Value }) {
			out = append(out, k)
		}
	}
	return out
}
