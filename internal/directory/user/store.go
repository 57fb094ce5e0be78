package user

import (
	"context"
	"time"

	"gatehouse/internal/directory/userpool"
)

// Change edits a user inside a transaction. It may run more than once; if it
// returns an error, nothing is saved.
type Change struct {
	Apply func(*User) error
	// TakeAliases lets the user take an alias that another user has: that
	// one loses it (LoseAlias) in the same transaction. False: ErrAliasExists.
	TakeAliases bool
}

// Query asks for a page of a pool's users, in the order of Attribute's value
// (then sub), or of the sub when Attribute is "".
type Query struct {
	Attribute string // "", username, sub, status, cognito:user_status, or a searchable attribute
	Value     string // folded (FoldSearch) where the attribute is compared so
	Prefix    bool   // values that begin with Value; false: equal
	After     string // where the last page ended; "" at first
	Limit     int
}

// Store keeps users and groups. Every method is one transaction.
//
// A name is unique by constraint over all Keys of a pool: a clash of kind
// username is ErrUsernameExists, one of email, phone_number or
// preferred_username ErrAliasExists (in pools whose username is that attribute,
// the engine renames it).
type Store interface {
	CreateUser(ctx context.Context, u *User, takeAliases bool) error
	// User and UserByKey fail with ErrUserNotFound. key is folded as the pool
	// compares names; a key that is nobody's name is tried as a sub.
	User(ctx context.Context, pool userpool.PoolID, sub Sub) (*User, error)
	UserByKey(ctx context.Context, pool userpool.PoolID, key string) (*User, error)
	UpdateUser(ctx context.Context, pool userpool.PoolID, sub Sub, change Change) (*User, error)
	// DeleteUser removes the user with its memberships, codes and tokens.
	DeleteUser(ctx context.Context, pool userpool.PoolID, sub Sub) error
	// Users returns a page, and where it ended: "" after the last page.
	Users(ctx context.Context, pool userpool.PoolID, q Query) (users []*User, next string, err error)
	// CountUsers may lag behind.
	CountUsers(ctx context.Context, pool userpool.PoolID) (int, error)

	CreateGroup(ctx context.Context, g *Group) error
	Group(ctx context.Context, pool userpool.PoolID, name string) (*Group, error)
	UpdateGroup(ctx context.Context, pool userpool.PoolID, name string, change func(*Group) error) (*Group, error)
	DeleteGroup(ctx context.Context, pool userpool.PoolID, name string) error
	// Groups returns a page by name, starting after the one given.
	Groups(ctx context.Context, pool userpool.PoolID, after string, limit int) ([]*Group, error)
	// AddMember and RemoveMember may be repeated. ErrGroupNotFound,
	// ErrUserNotFound.
	AddMember(ctx context.Context, pool userpool.PoolID, group string, sub Sub, now time.Time) error
	RemoveMember(ctx context.Context, pool userpool.PoolID, group string, sub Sub) error
	// GroupsOf returns all groups of a user by precedence (none last), then name.
	GroupsOf(ctx context.Context, pool userpool.PoolID, sub Sub) ([]*Group, error)
	// Members returns a page by sub, starting after the one given.
	Members(ctx context.Context, pool userpool.PoolID, group string, after Sub, limit int) ([]*User, error)
}
