package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// listing is the SQL query for one page of users, without its columns. Each query walks one index,
// starting where the last page ended. It reads no user that it does not return. The
// pool is compared and ordered with the rest, as a row: "pool = … ORDER BY id" would
// let the database walk the users of all pools by id, if it believes most to be of
// this one.
type listing struct {
	query string
	args  []any
	// orderedBy returns the value of a user by which the page is ordered. nil
	// means that the page is ordered by the number alone: old users come first.
	orderedBy func(*user.User) string
}

// listedUser is a user with its number.
type listedUser struct {
	number int64
	userRow
}

func listedFields(l *listedUser) []any { return append([]any{&l.number}, userFields(&l.userRow)...) }

// shownFields are those of a query without passwords. SQLite takes a third less for
// such a page.
func shownFields(l *listedUser) []any {
	return []any{&l.number, &l.Sub, &l.Username, &l.Status, &l.Enabled, asAttributes{&l.Attributes},
		asSecurity{&l.Security}, asTime{&l.Created}, asTime{&l.Modified}}
}

const (
	listedColumns = `u.id, ` + userColumns
	shownColumns  = `u.id, u.sub, u.username, u.status, u.enabled, u.attributes, u.security, u.created, u.modified`
)

// Users implements [user.UserStore].
func (s *Store) Users(ctx context.Context, pool userpool.PoolID, q user.Query) ([]*user.User, string, error) {
	l, columns, fields := newListing(pool, q), listedColumns, listedFields
	if q.WithoutPasswords {
		columns, fields = shownColumns, shownFields
	}
	rows, err := load(ctx, s, nil, func(t *tx) ([]*listedUser, error) {
		return queryAll(t, fields, `SELECT `+columns+` `+l.query, l.args...)
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = pageEnd(rows[q.Limit-1], l.orderedBy)
	}
	users := make([]*user.User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
		users[i].Pool = pool
	}
	return dropMismatches(users, q), next, nil
}

// dropMismatches removes the users who match only in the part of the value that
// the index holds.
func dropMismatches(users []*user.User, q user.Query) []*user.User {
	if len(q.Value) <= maxIndexed {
		return users
	}
	return slices.DeleteFunc(users, func(u *user.User) bool {
		value := user.FoldSearch(u.Attribute(q.Attribute))
		return !strings.HasPrefix(value, q.Value) || !q.Prefix && value != q.Value
	})
}

func newListing(pool userpool.PoolID, q user.Query) *listing {
	switch q.Attribute {
	case "":
		return listAll(pool, q)
	case "sub":
		return filterBySub(pool, q)
	case "username":
		return filterByUsername(pool, q)
	case "status":
		return filterByEnabled(pool, q)
	case "cognito:user_status":
		return filterByStatus(pool, q)
	}
	return filterBySearch(pool, q)
}

func listAll(pool userpool.PoolID, q user.Query) *listing {
	_, after := pageStart(q)
	return &listing{`FROM users u
		WHERE (u.pool, u.id) > (` + poolNumber + `, $2) AND u.pool <= ` + poolNumber + `
		ORDER BY u.pool, u.id LIMIT $3`, []any{pool, after, q.Limit + 1}, nil}
}

func filterBySub(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`FROM users u
			WHERE u.pool_id = $1 AND u.sub = $2`, []any{pool, q.Value}, nil}
	}
	from, after := pageStart(q)
	if after > 0 {
		from += "\x01" // the smallest text after that sub
	}
	return &listing{`FROM users u
		WHERE u.pool_id = $1 AND u.sub >= $2 AND u.sub < $3
		ORDER BY u.sub LIMIT $4`, []any{pool, from, prefixEnd(q.Value), q.Limit + 1},
		func(u *user.User) string { return string(u.Sub) }}
}

func filterByUsername(pool userpool.PoolID, q user.Query) *listing {
	return filterByColumn("username", pool, q, func(u *user.User) string { return u.Username })
}

func filterByStatus(pool userpool.PoolID, q user.Query) *listing {
	return filterByColumn("status", pool, q, func(u *user.User) string { return string(u.Status) })
}

// filterByColumn filters by a text column of users that has an index.
func filterByColumn(column string, pool userpool.PoolID, q user.Query, orderedBy func(*user.User) string) *listing {
	value, after := pageStart(q)
	index := `u.pool, u.` + column
	end, last := lastOf(q)
	return &listing{`FROM users u
		WHERE (` + index + `, u.id) > (` + poolNumber + `, $2, $3) AND (` + index + `) ` + end + ` (` + poolNumber + `, $4)
		ORDER BY ` + index + `, u.id LIMIT $5`, []any{pool, value, after, last, q.Limit + 1}, orderedBy}
}

func filterByEnabled(pool userpool.PoolID, q user.Query) *listing {
	_, after := pageStart(q)
	return &listing{`FROM users u
		WHERE (u.pool, u.enabled, u.id) > (` + poolNumber + `, $2, $3) AND (u.pool, u.enabled) <= (` + poolNumber + `, $2)
		ORDER BY u.pool, u.enabled, u.id LIMIT $4`, []any{pool, strings.EqualFold(q.Value, "enabled"), after, q.Limit + 1}, nil}
}

func filterBySearch(pool userpool.PoolID, q user.Query) *listing {
	q.Value = indexedPart(q.Value)
	value, after := pageStart(q)
	end, last := lastOf(q)
	values := poolNumber + `, +` + numberOfAttribute(`$2`) // without +, SQLite uses the index for the first column alone
	return &listing{`FROM user_values v JOIN users u ON u.pool = v.pool AND u.id = v.user_id
		WHERE (v.pool, v.attribute, v.value, v.user_id) > (` + values + `, $3, $4) AND (v.pool, v.attribute, v.value) ` + end + ` (` + values + `, $5)
		ORDER BY v.pool, v.attribute, v.value, v.user_id LIMIT $6`, []any{pool, q.Attribute, value, after, last, q.Limit + 1},
		func(u *user.User) string { return indexedPart(user.FoldSearch(u.Attributes[q.Attribute])) }}
}

// lastOf returns where the values end that fit a filter.
func lastOf(q user.Query) (operator, value string) {
	if q.Prefix {
		return `<`, prefixEnd(q.Value)
	}
	return `<=`, q.Value
}

// pageEnd returns the place where a page ended, given its last user: the number, or
// the number and the value by which the page is ordered, separated by a space.
func pageEnd(last *listedUser, orderedBy func(*user.User) string) string {
	place := strconv.FormatInt(last.number, 10)
	if orderedBy == nil {
		return place
	}
	return place + " " + orderedBy(&last.User)
}

// pageStart returns the place after which the page starts. For the first page it is
// the prefix with a number that is smaller than all. So it is for a place that an
// older version has written, which had a sub in place of the number.
func pageStart(q user.Query) (value string, number int64) {
	place, value, _ := strings.Cut(q.After, " ")
	number, err := strconv.ParseInt(place, 10, 64)
	if err != nil {
		return q.Value, 0
	}
	return value, number
}

// prefixEnd returns the smallest text that is greater than every text with the
// prefix. Texts are compared byte by byte.
func prefixEnd(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case last == utf8.MaxRune:
			continue
		case last == '\ud7ff': // the next code points are surrogates, which are not valid text
			return prefix + "\uE000"
		}
		return prefix + string(last+1)
	}
	return strings.Repeat(string(utf8.MaxRune), 8) // greater than every real value
}
