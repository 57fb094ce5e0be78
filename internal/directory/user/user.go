package user

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Sub is a user's immutable id in its pool: a text of a UUID's shape.
type Sub string

// Status is where a user is in its life.
type Status string

// The statuses that Gatehouse gives. Cognito: UserStatusType.
const (
	Unconfirmed         Status = "UNCONFIRMED"           // signed up, not yet confirmed
	Confirmed           Status = "CONFIRMED"             // may sign in
	ResetRequired       Status = "RESET_REQUIRED"        // must set a new password with a code
	ForceChangePassword Status = "FORCE_CHANGE_PASSWORD" // has a temporary password
)

// Errors of users.
var (
	ErrUserNotFound   = fault.New(fault.NotFound, "user_not_found", "User does not exist.")
	ErrUsernameExists = fault.New(fault.Conflict, "username_exists", "User already exists")
	ErrAliasExists    = fault.New(fault.Conflict, "alias_exists", "An account with the given email already exists.")
	ErrAttributes     = fault.New(fault.Invalid, "user_attributes", "The attributes are not valid.")
	ErrUsername       = fault.New(fault.Invalid, "username_invalid", "The username is not valid.")
	ErrFilter         = fault.New(fault.Invalid, "filter_invalid", "Error while parsing filter.")
	ErrUnwritable     = fault.New(fault.Denied, "attribute_unwritable", "A client attempted to write unauthorized attribute")
)

// User is one person, or machine, in a pool.
type User struct {
	Pool              userpool.PoolID
	Sub               Sub
	Username          string // as given; the sub in pools whose username is an attribute
	Status            Status
	Enabled           bool
	Attributes        map[string]string // by name; without sub
	Password          *Password         // nil: none
	SignedOut         time.Time         // tokens without an origin_jti issued until then are dead; zero: never
	Created, Modified time.Time

	// Keys and Search follow from the rest; the engine sets them before each
	// save. Keys are the names the user answers to; Search the folded values
	// by which lists find it.
	Keys   []Key
	Search map[string]string
}

// Password is what is kept of a password: an SRP salt and a sealed verifier.
type Password struct {
	Salt    []byte
	Sealed  []byte
	Set     time.Time
	Expires time.Time // of a temporary password; zero: never
}

// Key is a name under which a user is found, folded as the pool compares names.
type Key struct {
	Kind  string // username, email, phone_number, preferred_username
	Value string
}

// Attribute returns the attribute's value, the sub included, or "".
func (u *User) Attribute(name string) string {
	if name == "sub" {
		return string(u.Sub)
	}
	return u.Attributes[name]
}

// Verified reports whether the user has proved the e-mail address or phone
// number.
func (u *User) Verified(attribute string) bool {
	return u.Attributes[attribute] != "" && strings.EqualFold(u.Attributes[attribute+"_verified"], "true")
}

// Names returns the names of the user's attributes, sorted, sub first.
func (u *User) Names() []string {
	return append([]string{"sub"}, slices.Sorted(maps.Keys(u.Attributes))...)
}

// LoseAlias makes u give up an alias that another user has proved to own: the
// attribute stays, unverified, and no longer signs u in.
func (u *User) LoseAlias(kind string) {
	u.Attributes[kind+"_verified"] = "false"
	u.Keys = slices.DeleteFunc(u.Keys, func(k Key) bool { return k.Kind == kind })
}

// index sets Keys and Search from the rest of u.
func (u *User) index(p *userpool.Pool) {
	u.Keys = keysOf(p, u)
	u.Search = map[string]string{}
	for _, name := range searchable {
		if v := u.Attributes[name]; v != "" {
			u.Search[name] = FoldSearch(v)
		}
	}
}

// searchable are the attributes by which users can be listed, besides
// username, sub and the two statuses. Cognito: ListUsers, Filter.
var searchable = []string{"email", "phone_number", "name", "given_name", "family_name", "preferred_username"}

// FoldSearch folds a value as lists compare it.
func FoldSearch(v string) string { return strings.ToLower(v) }

// keysOf returns the names that u answers to. In pools whose username is an
// attribute, that attribute counts verified or not; an alias counts only when
// verified, a preferred username always (it can't be verified).
// Cognito: "Customizing sign-in attributes".
func keysOf(p *userpool.Pool, u *User) []Key {
	keys := []Key{{"username", p.Case(u.Username)}}
	for _, name := range []string{"email", "phone_number"} {
		v := u.Attributes[name]
		if v != "" && (p.UsernameIs(name) || p.AliasIs(name) && u.Verified(name)) {
			keys = append(keys, Key{name, p.Case(v)})
		}
	}
	if v := u.Attributes["preferred_username"]; v != "" && p.AliasIs("preferred_username") {
		keys = append(keys, Key{"preferred_username", p.Case(v)})
	}
	return keys
}
