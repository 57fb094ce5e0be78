package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// listing is the SQL query for one page of users. Each query walks one index,
// starting where the last page ended. It reads no user that it does not return.
type listing struct {
	query string
	args  []any
	// orderedBy returns the value of a user by which the page is ordered. nil
	// means that the page is ordered by sub.
	orderedBy func(*user.User) string
}

// Users implements [user.UserStore].
func (s *Store) Users(ctx context.Context, pool userpool.PoolID, q user.Query) ([]*user.User, string, error) {
	l := newListing(pool, q)
	users, err := load(ctx, s, nil, func(t *tx) ([]*user.User, error) {
		return t.users(l.query, l.args...)
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(users) > q.Limit {
		users = users[:q.Limit]
		next = pageEnd(users[q.Limit-1], l.orderedBy)
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
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND u.sub > $2
		ORDER BY u.sub LIMIT $3`, []any{pool, q.After, q.Limit + 1}, nil}
}

func filterBySub(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM users u
			WHERE u.pool_id = $1 AND u.sub = $2 AND u.sub > $3
			LIMIT $4`, []any{pool, q.Value, q.After, q.Limit + 1}, nil}
	}
	from := q.Value
	if q.After != "" {
		from = q.After + "\x01" // the smallest text after q.After
	}
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND u.sub >= $2 AND u.sub < $3
		ORDER BY u.sub LIMIT $4`, []any{pool, from, prefixEnd(q.Value), q.Limit + 1}, nil}
}

func filterByUsername(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM users u
			WHERE u.pool_id = $1 AND u.username = $2 AND u.sub > $3
			ORDER BY u.sub LIMIT $4`, []any{pool, q.Value, q.After, q.Limit + 1}, nil}
	}
	value, sub := pageStart(q)
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND (u.username, u.sub) > ($2, $3) AND u.username < $4
		ORDER BY u.username, u.sub LIMIT $5`, []any{pool, value, sub, prefixEnd(q.Value), q.Limit + 1},
		func(u *user.User) string { return u.Username }}
}

func filterByEnabled(pool userpool.PoolID, q user.Query) *listing {
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND u.enabled = $2 AND u.sub > $3
		ORDER BY u.sub LIMIT $4`, []any{pool, strings.EqualFold(q.Value, "enabled"), q.After, q.Limit + 1}, nil}
}

func filterByStatus(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM users u
			WHERE u.pool_id = $1 AND u.status = $2 AND u.sub > $3
			ORDER BY u.sub LIMIT $4`, []any{pool, q.Value, q.After, q.Limit + 1}, nil}
	}
	value, sub := pageStart(q)
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND (u.status, u.sub) > ($2, $3) AND u.status < $4
		ORDER BY u.status, u.sub LIMIT $5`, []any{pool, value, sub, prefixEnd(q.Value), q.Limit + 1},
		func(u *user.User) string { return string(u.Status) }}
}

func filterBySearch(pool userpool.PoolID, q user.Query) *listing {
	q.Value = indexedPart(q.Value)
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM user_search s
			JOIN users u ON u.pool_id = s.pool_id AND u.sub = s.sub
			WHERE s.pool_id = $1 AND s.attribute = $2 AND s.value = $3 AND s.sub > $4
			ORDER BY s.sub LIMIT $5`, []any{pool, q.Attribute, q.Value, q.After, q.Limit + 1}, nil}
	}
	value, sub := pageStart(q)
	return &listing{`SELECT ` + userColumns + ` FROM user_search s
		JOIN users u ON u.pool_id = s.pool_id AND u.sub = s.sub
		WHERE s.pool_id = $1 AND s.attribute = $2 AND (s.value, s.sub) > ($3, $4) AND s.value < $5
		ORDER BY s.value, s.sub LIMIT $6`, []any{pool, q.Attribute, value, sub, prefixEnd(q.Value), q.Limit + 1},
		func(u *user.User) string { return indexedPart(user.FoldSearch(u.Attributes[q.Attribute])) }}
}

// pageEnd returns the place where a page ended, given its last user: the sub, or
// the sub and the value by which the page is ordered, separated by a space. A
// sub contains no space.
func pageEnd(u *user.User, orderedBy func(*user.User) string) string {
	if orderedBy == nil {
		return string(u.Sub)
	}
	return fmt.Sprintf("%s %s", u.Sub, orderedBy(u))
}

// pageStart returns the place after which the page starts. For the first page
// it is the prefix with an empty sub, which sorts before every other sub.
func pageStart(q user.Query) (value, sub string) {
	if q.After == "" {
		return q.Value, ""
	}
	sub, value, _ = strings.Cut(q.After, " ")
	return value, sub
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
