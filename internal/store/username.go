package store

import (
	"errors"
	"slices"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// nameRow is a name with which a user can sign in.
type nameRow struct {
	user.Key
	sub user.Sub
}

func nameFields(n *nameRow) []any { return []any{&n.Kind, &n.Value, &n.sub} }

// nameRows selects nameFields.
const nameRows = `SELECT k.name, n.name, o.sub FROM user_names n
	JOIN users o ON o.pool = n.pool AND o.id = n.user_id JOIN attribute_numbers k ON k.number = n.kind`

func (t *tx) namesOf(pool userpool.PoolID, sub user.Sub) ([]user.Key, error) {
	rows, err := queryAll(t, nameFields, nameRows+`
		WHERE n.pool = `+poolNumber+` AND n.user_id = `+userNumber+` ORDER BY k.name, n.name`, pool, sub)
	var keys []user.Key
	for _, row := range rows {
		keys = append(keys, row.Key)
	}
	return keys, err
}

// addNames adds keys that u does not have yet. If takeAliases is true, it takes
// aliases from other users who have them.
func (t *tx) addNames(u *user.User, keys []user.Key, takeAliases bool) error {
	keys = distinct(keys)
	if len(keys) == 0 {
		return nil
	}
	if slices.ContainsFunc(keys, func(k user.Key) bool { return len(k.Value) > maxIndexed }) {
		return ErrNameLength
	}
	if err := t.refuseSubsOfOthers(u, keys); err != nil {
		return err
	}
	clashes, err := t.insertNames(u, keys)
	if err != nil || len(clashes) == 0 {
		return err
	}
	for _, clash := range clashes {
		if err := t.resolveClash(u, keys, clash, takeAliases); err != nil {
			return err
		}
	}
	clashes, err = t.insertNames(u, keys)
	if err == nil && len(clashes) > 0 {
		return errRace // another transaction added the name meanwhile
	}
	return err
}

// refuseSubsOfOthers returns an error if a key is the sub of another user. A
// lookup by that sub would otherwise find u instead of the other user.
func (t *tx) refuseSubsOfOthers(u *user.User, keys []user.Key) error {
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

// insertNames inserts the keys that are free. It returns the rows of other users
// who have one of the keys.
func (t *tx) insertNames(u *user.User, keys []user.Key) ([]*nameRow, error) {
	var args []any
	var values = []any{u.Pool, u.Sub}
	for _, k := range keys {
		args = append(args, u.Pool, k.Value, k.Kind, u.Sub)
		values = append(values, k.Value)
	}
	n, err := t.exec(`INSERT INTO user_names (`+nameValues.columns+`)
		VALUES `+nameValues.rows(len(keys), 4)+` ON CONFLICT (pool, name) DO NOTHING`, args...)
	if err != nil || int(n) == len(keys) {
		return nil, err
	}
	return queryAll(t, nameFields, nameRows+`
		WHERE n.pool = `+poolNumber+` AND o.sub <> $2 AND n.name IN (`+placeholders(3, len(keys))+`)`, values...)
}

// resolveClash takes an alias from the user who has it, if u may take it.
// Otherwise it returns an error that fits the kind of the key.
func (t *tx) resolveClash(u *user.User, keys []user.Key, clash *nameRow, takeAliases bool) error {
	i := slices.IndexFunc(keys, func(k user.Key) bool { return k.Value == clash.Value })
	if kind := keys[i].Kind; kind == "username" {
		return user.ErrUsernameExists
	} else if !takeAliases || clash.Kind != kind {
		return user.ErrAliasExists.Saying("An account with the given %s already exists.", kind)
	}
	return t.takeAlias(u.Pool, clash)
}

// takeAlias removes an alias from the user who has it.
func (t *tx) takeAlias(pool userpool.PoolID, alias *nameRow) error {
	other, err := t.lockUser(pool, alias.sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return errRace // the user has just been deleted
	}
	if err != nil {
		return err
	}
	other.LoseAlias(alias.Kind)
	if err := t.saveUser(other); err != nil {
		return err
	}
	if err := t.tellUser(pool, alias.sub, false); err != nil {
		return err
	}
	_, err = t.exec(`DELETE FROM user_names WHERE pool = `+poolNumber+` AND user_id = `+userNumber+` AND kind = `+numberOfAttribute(`$3`), pool, alias.sub, alias.Kind)
	return err
}

// changeNames deletes and adds names, so that u has the names in u.Keys. had
// holds the names before the change.
func (t *tx) changeNames(u *user.User, had []user.Key, takeAliases bool) error {
	want := distinct(u.Keys)
	for _, k := range had {
		if slices.Contains(want, k) {
			continue
		}
		if _, err := t.exec(`DELETE FROM user_names WHERE pool = `+poolNumber+` AND user_id = `+userNumber+` AND name = $3`, u.Pool, u.Sub, k.Value); err != nil {
			return err
		}
	}
	added := slices.DeleteFunc(want, func(k user.Key) bool { return slices.Contains(had, k) })
	return t.addNames(u, added, takeAliases)
}

// distinct returns a copy of keys without repeated values. The first key with a
// value is kept. Values repeat when the preferred username is the username.
func distinct(keys []user.Key) []user.Key {
	var out []user.Key
	for _, k := range keys {
		if !slices.ContainsFunc(out, func(o user.Key) bool { return o.Value == k.Value }) {
			out = append(out, k)
		}
	}
	return out
}
