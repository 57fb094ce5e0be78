package store

import (
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// maxIndexed is the maximum number of bytes of a value in an index. PostgreSQL
// refuses index entries of more than 2704 bytes. Only the beginning of a longer
// value is indexed.
const maxIndexed = 1024

// indexedPart returns the part of a value that is in the index.
func indexedPart(value string) string {
	if len(value) <= maxIndexed {
		return value
	}
	return strings.ToValidUTF8(value[:maxIndexed], "")
}

// searchRow is an attribute by which lists find a user.
type searchRow struct{ attribute, value string }

func searchFields(r *searchRow) []any { return []any{&r.attribute, &r.value} }

func (t *tx) searchOf(pool userpool.PoolID, sub user.Sub) (map[string]string, error) {
	rows, err := queryAll(t, searchFields, `SELECT k.name, v.value
		FROM user_values v JOIN attribute_numbers k ON k.number = v.attribute
		WHERE v.pool = `+poolNumber+` AND v.user_id = `+userNumber, pool, sub)
	search := map[string]string{}
	for _, row := range rows {
		search[row.attribute] = row.value
	}
	return search, err
}

// addSearch adds the values, and replaces old values of the same attributes.
func (t *tx) addSearch(u *user.User, search map[string]string) error {
	if len(search) == 0 {
		return nil
	}
	var args []any
	for _, attribute := range slices.Sorted(maps.Keys(search)) {
		args = append(args, u.Pool, u.Sub, attribute, indexedPart(search[attribute]))
	}
	_, err := t.exec(`INSERT INTO user_values (`+searchValues.columns+`)
		VALUES `+searchValues.rows(len(search), 4)+`
		ON CONFLICT (pool, user_id, attribute) DO UPDATE SET value = excluded.value`, args...)
	return err
}

// changeSearch deletes and adds values, so that u has the values in u.Search.
// had holds the values before the change.
func (t *tx) changeSearch(u *user.User, had map[string]string) error {
	changed := map[string]string{}
	for attribute, value := range u.Search {
		if old, ok := had[attribute]; !ok || old != indexedPart(value) {
			changed[attribute] = value
		}
	}
	for attribute := range had {
		if _, ok := u.Search[attribute]; ok {
			continue
		}
		if _, err := t.exec(`DELETE FROM user_values
			WHERE pool = `+poolNumber+` AND user_id = `+userNumber+` AND attribute = `+numberOfAttribute(`$3`), u.Pool, u.Sub, attribute); err != nil {
			return err
		}
	}
	return t.addSearch(u, changed)
}
