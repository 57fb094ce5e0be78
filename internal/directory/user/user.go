package user

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Sub is a user's id in its pool, in the form of a UUID. It never changes.
type Sub string

// Status says what a user must do before it may sign in.
type Status string

// The statuses that Gatehouse gives. Cognito: UserStatusType.
const (
	Unconfirmed         Status = "UNCONFIRMED"           // signed up, not yet confirmed
	Confirmed           Status = "CONFIRMED"             // may sign in
	ResetRequired       Status = "RESET_REQUIRED"        // must set a new password with a code
	ForceChangePassword Status = "FORCE_CHANGE_PASSWORD" // has a temporary password
	External            Status = "EXTERNAL_PROVIDER"     // made at a first sign-in at an identity provider; has no password
)

// Errors of users.
var (
	ErrUserNotFound   = fault.New(fault.NotFound, "user_not_found", "User does not exist.")
	ErrUsernameExists = fault.New(fault.Conflict, "username_exists", "User already exists")
	ErrAliasExists    = fault.New(fault.Conflict, "alias_exists", "An account with the given email already exists.")
	ErrAttributes     = fault.New(fault.Invalid, "user_attributes", "The attributes are not valid.")
	ErrUsername       = fault.New(fault.Invalid, "username_invalid", "The username is not valid.")
	ErrFilter         = fault.New(fault.Invalid, "filter_invalid", "Error while parsing filter.")
	ErrProvided       = fault.New(fault.Denied, "attribute_provided", "Cannot modify an already provided attribute")
	ErrUnwritable     = fault.New(fault.Denied, "attribute_unwritable", "A client attempted to write unauthorized attribute")
)

// User is a person or a machine that signs in to a pool.
type User struct {
	Pool              userpool.PoolID
	Sub               Sub
	Username          string // as the caller sent it; the sub if the pool's username is an attribute
	Status            Status
	Enabled           bool
	Attributes        map[string]string // by name, without the sub
	Password          *Password         // nil: the user has no password
	Security          Security
	Created, Modified time.Time

	// The engine derives Keys and Search from the other fields before each save.
	// Keys are the names that find the user. Search has the values by which
	// lists find it, folded.
	Keys   []Key
	Search map[string]string

	// Identities are set by [Engine.ReadIdentities] alone.
	Identities []*Identity
}

// PasswordForm says what is kept of a password.
type PasswordForm string

// The forms.
const (
	FormSRP    PasswordForm = ""       // an SRP verifier
	FormHash   PasswordForm = "hash"   // the hash of another system, until the password is proved
	FormFormer PasswordForm = "former" // nothing, until the former pool of the user has been asked
)

// Password is what the store keeps of a password: an SRP salt and a sealed
// verifier. In another form it has a salt too, which tells it from other passwords,
// and is that of the verifier which takes its place.
type Password struct {
	Form PasswordForm
	// Name is the spelling of the username with which the password was made; "":
	// as the username is stored. It is what SRP tells clients, so it must not show
	// more than they asked with: how the user spells a name whose case does not
	// count.
	Name    string
	Salt    []byte
	Sealed  []byte
	Set     time.Time
	Expires time.Time // of a temporary password; zero: never
}

// Key is a name that finds a user, in the form in which the pool compares names.
type Key struct {
	Kind  string // username, email, phone_number, preferred_username
	Value string
}

// Change edits a user inside a transaction.
type Change struct {
	// Apply may run more than once. If it returns an error, nothing is saved.
	Apply func(*User) error
	// TakeAliases lets the user take an alias that another user has, who loses
	// it (LoseAlias) in the same transaction. If false, the change fails with
	// ErrAliasExists.
	TakeAliases bool
	// KeepPasswords is how many former passwords the user keeps if the change
	// replaces the password. 0: the change keeps none, and deletes none.
	KeepPasswords int
	// Ends is what ends in the same transaction: a failure in between can't leave
	// somebody signed in whom the change locks out.
	Ends Ends
}

// Ends says which sign-ins of a user end.
type Ends struct {
	Tokens   bool // all tokens, and all authorization codes
	Browsers bool // the browser sessions, and the authorization codes that nobody has exchanged
	Sent     bool // the codes that were sent by e-mail and SMS
}

// UserStore keeps users. Every method is one transaction.
//
// All Keys of a pool's users are unique by constraint. A clash of the kind
// username is ErrUsernameExists; a clash of email, phone_number or
// preferred_username is ErrAliasExists. (If that attribute is the pool's
// username, the engine changes the error for a new user to ErrUsernameExists.)
type UserStore interface {
	CreateUser(ctx context.Context, u *User, takeAliases bool) error
	// User fails with ErrUserNotFound, as do all methods for one user.
	User(ctx context.Context, pool userpool.PoolID, sub Sub) (*User, error)
	// UserByKey takes a name as the pool compares it. If no user has the name,
	// it takes the name as a sub.
	UserByKey(ctx context.Context, pool userpool.PoolID, key string) (*User, error)
	UpdateUser(ctx context.Context, pool userpool.PoolID, sub Sub, change Change) (*User, error)
	// DeleteUser removes the user with its memberships, codes and tokens.
	DeleteUser(ctx context.Context, pool userpool.PoolID, sub Sub) error
	// Users returns a page and where it ended: "" after the last page.
	Users(ctx context.Context, pool userpool.PoolID, q Query) (users []*User, next string, err error)
	// CountUsers may return an old number.
	CountUsers(ctx context.Context, pool userpool.PoolID) (int, error)
}

// Attribute returns the value of an attribute or of the sub, or "".
func (u *User) Attribute(name string) string {
	if name == "sub" {
		return string(u.Sub)
	}
	if name == identities {
		return u.identitiesText()
	}
	return u.Attributes[name]
}

// identities is the attribute that nobody writes: what providers call the user.
const identities = "identities"

// SetPasswordAfter reports whether the user has another password than at a time.
func (u *User) SetPasswordAfter(at time.Time) bool {
	return u.Password != nil && u.Password.Set.After(at)
}

// ShownTo reports whether a client sees an attribute of u: the client may read it.
// That an address or a number is not verified is told to every client that may
// read it: an application may trust an address about which nothing is said.
func (u *User) ShownTo(c *userpool.Client, attribute string) bool {
	if c.MayRead(attribute) || attribute == identities {
		return true
	}
	contact := strings.TrimSuffix(attribute, "_verified")
	return userpool.IsVerifiedFlag(attribute) && !u.Verified(contact) && c.MayRead(contact)
}

// Names returns "sub" and then the names of the user's attributes, sorted.
func (u *User) Names() []string {
	names := append(make([]string, 0, 2+len(u.Attributes)), "sub")
	if len(u.Identities) > 0 {
		names = append(names, identities)
	}
	first := len(names)
	names = slices.AppendSeq(names, maps.Keys(u.Attributes))
	slices.Sort(names[first:])
	return names
}

// LoseAlias takes an alias from u because another user has proved that it owns
// the address. The attribute stays, unverified, and no longer signs u in.
func (u *User) LoseAlias(kind string) {
	u.Attributes[kind+"_verified"] = "false"
	u.Keys = slices.DeleteFunc(u.Keys, func(k Key) bool { return k.Kind == kind })
}

// index sets Keys and Search from the other fields of u.
func (u *User) index(p *userpool.Pool) {
	u.Keys = keysOf(p, u)
	u.Search = map[string]string{}
	for _, name := range searchable {
		if v := u.Attributes[name]; v != "" {
			u.Search[name] = FoldSearch(v)
		}
	}
}

// searchable are the attributes that a filter may name, besides username, sub
// and the two statuses. Cognito: ListUsers, Filter.
var searchable = []string{"email", "phone_number", "name", "given_name", "family_name", "preferred_username"}

// FoldSearch returns a value in the form in which lists compare it.
func FoldSearch(v string) string { return strings.ToLower(v) }

// keysOf returns the names that find u. If the pool's username is an attribute,
// that attribute counts even if it is not verified. An alias counts only if it
// is verified, except a preferred username, which cannot be verified.
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

// Index sets what is derived of a drafted user that another engine saves with a
// store method of its own.
func Index(p *userpool.Pool, u *User) { u.index(p) }
