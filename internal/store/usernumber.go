package store

import (
	"strconv"
	"strings"
)

// Pools, users and the names of attributes have short numbers. The tables users,
// user_names and user_values have several rows or index entries of each user, which
// would be twice as long with the ids. Nobody outside the store sees the numbers: an
// id becomes a number in the statement that needs it. A number that is missing,
// because its pool or user is, violates NOT NULL, which is errOrphan.

// What is said often is a constant, so that no text is joined for each call.
const (
	// poolNumber is the number of the pool $1.
	poolNumber = `(SELECT p.number FROM pools p WHERE p.id = $1)`

	// userNumber is the number of the user $2 of the pool $1.
	userNumber = `(SELECT w.id FROM users w WHERE w.pool_id = $1 AND w.sub = $2)`

	// numberOfKey is the number of the user with the name, alias or sub $2 in the
	// pool $1, and subOfKey is the sub.
	numberOfKey = `COALESCE((SELECT n.user_id FROM user_names n WHERE n.pool = ` + poolNumber + ` AND n.name = $2), ` + userNumber + `)`
	subOfKey    = `COALESCE((SELECT o.sub FROM user_names n JOIN users o ON o.pool = n.pool AND o.id = n.user_id
		WHERE n.pool = ` + poolNumber + ` AND n.name = $2), $2)`
)

// numberOfPool is the number of a pool. Its id is an expression, such as $1.
func numberOfPool(id string) string {
	return `(SELECT p.number FROM pools p WHERE p.id = ` + id + `)`
}

// numberOfUser is the number of a user.
func numberOfUser(pool, sub string) string {
	return `(SELECT w.id FROM users w WHERE w.pool_id = ` + pool + ` AND w.sub = ` + sub + `)`
}

// numberOfAttribute is the number of an attribute or of a kind of name.
func numberOfAttribute(name string) string {
	return `(SELECT a.number FROM attribute_numbers a WHERE a.name = ` + name + `)`
}

// The columns of rows of users, user_names and user_values, and what makes their
// values from those with which the store is called.
var (
	// of the id of the pool, and any more columns
	userValues = numbered{`pool, `, func(p []string) string {
		return numberOfPool(p[0]) + `, ` + strings.Join(p, `, `)
	}}
	// of the id of the pool, the name, its kind, and the sub
	nameValues = numbered{`pool, name, kind, user_id`, func(p []string) string {
		return numberOfPool(p[0]) + `, ` + p[1] + `, ` + numberOfAttribute(p[2]) + `, ` + numberOfUser(p[0], p[3])
	}}
	// of the id of the pool, the sub, the attribute, and its value
	searchValues = numbered{`pool, user_id, attribute, value`, func(p []string) string {
		return numberOfPool(p[0]) + `, ` + numberOfUser(p[0], p[1]) + `, ` + numberOfAttribute(p[2]) + `, ` + p[3]
	}}
)

// numbered makes rows of a table with numbers.
type numbered struct {
	columns string
	row     func(placeholders []string) string
}

// rows returns many rows for one INSERT statement, each of so many values: see
// rowList.
func (n numbered) rows(rows, values int) string {
	list := make([]string, rows)
	for i := range list {
		p := make([]string, values)
		for j := range p {
			p[j] = "$" + strconv.Itoa(i*values+j+1)
		}
		list[i] = "(" + n.row(p) + ")"
	}
	return strings.Join(list, ", ")
}
