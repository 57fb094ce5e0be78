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

// listing is how a page of users is asked for. Every text walks one index from
// where the last page ended, and reads no user that it does not return.
type listing struct {
	query string
	args  []any
	// at is the value by which the page is ordered, of one user.
	at func(*user.User) string
}

// Users implements [user.UserStore].
func (s *Store) Users(ctx context.Context, pool userpool.PoolID, q user.Query) ([]*user.User, string, error) {
	l := listingFor(pool, q)
	users, err := found(ctx, s, nil, func(t *tx) ([]*user.User, error) {
		return t.users(l.query, l.args...)
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(users) > q.Limit {
		users = users[:q.Limit]
		next = place(users[q.Limit-1], l.at)
	}
	return matching(users, q), next, nil
}

// matching drops users whose value is like the one asked for only as far as
// the index holds it.
func matching(users []*user.User, q user.Query) []*user.User {
	if len(q.Value) <= maxIndexed {
		return users
	}
	return slices.DeleteFunc(users, func(u *user.User) bool {
		value := user.FoldSearch(u.Attribute(q.Attribute))
		return !strings.HasPrefix(value, q.Value) || !q.Prefix && value != q.Value
	})
}

func listingFor(pool userpool.PoolID, q user.Query) *listing {
	switch q.Attribute {
	case "":
		return bySub(pool, q)
	case "sub":
		return ofSub(pool, q)
	case "username":
		return byUsername(pool, q)
	case "status":
		return byEnabled(pool, q)
	case "cognito:user_status":
		return byStatus(pool, q)
	}
	return bySearch(pool, q)
}

func bySub(pool userpool.PoolID, q user.Query) *listing {
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND u.sub > $2
		ORDER BY u.sub LIMIT $3`, []any{pool, q.After, q.Limit + 1}, nil}
}

func ofSub(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM users u
			WHERE u.pool_id = $1 AND u.sub = $2 AND u.sub > $3
			LIMIT $4`, []any{pool, q.Value, q.After, q.Limit + 1}, nil}
	}
	from := q.Value
	if q.After != "" {
		from = q.After + "\x01" // the least text behind it
	}
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND u.sub >= $2 AND u.sub < $3
		ORDER BY u.sub LIMIT $4`, []any{pool, from, behind(q.Value), q.Limit + 1}, nil}
}

func byUsername(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM users u
			WHERE u.pool_id = $1 AND u.username = $2 AND u.sub > $3
			ORDER BY u.sub LIMIT $4`, []any{pool, q.Value, q.After, q.Limit + 1}, nil}
	}
	value, sub := resume(q)
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND (u.username, u.sub) > ($2, $3) AND u.username < $4
		ORDER BY u.username, u.sub LIMIT $5`, []any{pool, value, sub, behind(q.Value), q.Limit + 1},
		func(u *user.User) string { return u.Username }}
}

func byEnabled(pool userpool.PoolID, q user.Query) *listing {
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND u.enabled = $2 AND u.sub > $3
		ORDER BY u.sub LIMIT $4`, []any{pool, strings.EqualFold(q.Value, "enabled"), q.After, q.Limit + 1}, nil}
}

func byStatus(pool userpool.PoolID, q user.Query) *listing {
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM users u
			WHERE u.pool_id = $1 AND u.status = $2 AND u.sub > $3
			ORDER BY u.sub LIMIT $4`, []any{pool, q.Value, q.After, q.Limit + 1}, nil}
	}
	value, sub := resume(q)
	return &listing{`SELECT ` + userColumns + ` FROM users u
		WHERE u.pool_id = $1 AND (u.status, u.sub) > ($2, $3) AND u.status < $4
		ORDER BY u.status, u.sub LIMIT $5`, []any{pool, value, sub, behind(q.Value), q.Limit + 1},
		func(u *user.User) string { return string(u.Status) }}
}

func bySearch(pool userpool.PoolID, q user.Query) *listing {
	q.Value = indexed(q.Value)
	if !q.Prefix {
		return &listing{`SELECT ` + userColumns + ` FROM user_search s
			JOIN users u ON u.pool_id = s.pool_id AND u.sub = s.sub
			WHERE s.pool_id = $1 AND s.attribute = $2 AND s.value = $3 AND s.sub > $4
			ORDER BY s.sub LIMIT $5`, []any{pool, q.Attribute, q.Value, q.After, q.Limit + 1}, nil}
	}
	value, sub := resume(q)
	return &listing{`SELECT ` + userColumns + ` FROM user_search s
		JOIN users u ON u.pool_id = s.pool_id AND u.sub = s.sub
		WHERE s.pool_id = $1 AND s.attribute = $2 AND (s.value, s.sub) > ($3, $4) AND s.value < $5
		ORDER BY s.value, s.sub LIMIT $6`, []any{pool, q.Attribute, value, sub, behind(q.Value), q.Limit + 1},
		func(u *user.User) string { return indexed(user.FoldSearch(u.Attributes[q.Attribute])) }}
}

// place says where a page ended: the last user's sub, and the value by which
// the page is ordered if it is not the sub. A sub has no space.
func place(u *user.User, at func(*user.User) string) string {
	if at == nil {
		return string(u.Sub)
	}
	return fmt.Sprintf("%s %s", u.Sub, at(u))
}

// resume returns the place behind which the page begins. At first that is
// before all users with the prefix itself: every sub is behind "".
func resume(q user.Query) (value, sub string) {
	if q.After == "" {
		return q.Value, ""
	}
	sub, value, _ = strings.Cut(q.After, " ")
	return value, sub
}

// behind returns the least text that is greater than every text with the
// prefix, in the order of bytes.
func behind(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case last == utf8.MaxRune:
			continue
		case last == '\ud7ff': // the surrogates behind it are no text
			return prefix + "\uE000"
		}
		return prefix + string(last+1)
	}
	return strings.Repeat(string(utf8.MaxRune), 8) // no value begins so
}
