package user

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/userpool"
)

// Engine finds, lists and changes users. Safe for concurrent use.
type Engine struct {
	Store Store
	Now   func() time.Time
}

// NewUser asks for a user. Username is what the caller sent: in pools whose
// username is an attribute it becomes that attribute, and the stored username
// is the sub.
type NewUser struct {
	Username    string
	Attributes  map[string]string
	Status      Status
	Password    *Password
	TakeAliases bool
}

// Draft builds the user that n asks for, checked against the pool's rules, not
// yet saved. ErrUsername, ErrAttributes.
func (e *Engine) Draft(p *userpool.Pool, n NewUser) (*User, error) {
	now := e.now()
	u := &User{
		Pool: p.ID, Sub: Sub(ids.UUID()), Username: n.Username, Status: n.Status, Enabled: true,
		Attributes: map[string]string{}, Password: n.Password, Created: now, Modified: now,
	}
	for name, value := range n.Attributes {
		u.Attributes[name] = value
	}
	if err := nameUser(p, u); err != nil {
		return nil, err
	}
	if err := CheckAttributes(p, u.Attributes); err != nil {
		return nil, err
	}
	for name, value := range u.Attributes {
		if value == "" { // an empty value is none
			delete(u.Attributes, name)
			continue
		}
		u.Attributes[name] = normal(p.Attribute(name), value)
	}
	return u, nil
}

// Create saves a drafted user. ErrUsernameExists, ErrAliasExists.
func (e *Engine) Create(ctx context.Context, p *userpool.Pool, u *User, takeAliases bool) error {
	u.index(p)
	return rename(p, e.Store.CreateUser(ctx, u, takeAliases))
}

// Find returns the user that name means in pool p: a username, an alias or a
// sub. ErrUserNotFound.
func (e *Engine) Find(ctx context.Context, p *userpool.Pool, name string) (*User, error) {
	return e.Store.UserByKey(ctx, p.ID, p.Case(name))
}

// Update changes a user. ErrAliasExists, ErrUserNotFound and what change
// returns.
func (e *Engine) Update(ctx context.Context, p *userpool.Pool, sub Sub, change Change) (*User, error) {
	u, err := e.Store.UpdateUser(ctx, p.ID, sub, e.Indexed(p, change))
	return u, rename(p, err)
}

// Indexed returns change with what must follow each change of a user: the
// names and search values, and the time. Other engines that save a user
// through a store method of their own wrap their change in it.
func (e *Engine) Indexed(p *userpool.Pool, change Change) Change {
	apply := change.Apply
	change.Apply = func(u *User) error {
		if err := apply(u); err != nil {
			return err
		}
		u.Modified = e.now()
		u.index(p)
		return nil
	}
	return change
}

// rename calls a clash of the attribute that is the username what the caller
// knows it as.
func rename(p *userpool.Pool, err error) error {
	if errors.Is(err, ErrAliasExists) && len(p.Settings.UsernameAttributes) > 0 {
		return ErrUsernameExists.Because(err)
	}
	return err
}

// nameUser settles a new user's username. Cognito: "Customizing sign-in
// attributes".
func nameUser(p *userpool.Pool, u *User) error {
	if u.Username == "" || strings.ContainsFunc(u.Username, unicode.IsSpace) {
		return ErrUsername.Saying("Username cannot be empty or contain spaces.")
	}
	if len(p.Settings.UsernameAttributes) > 0 {
		return nameByAttribute(p, u)
	}
	if p.AliasIs("email") && looksLikeEmail(u.Username) {
		return ErrUsername.Saying("Username cannot be of email format, since user pool is configured for email alias.")
	}
	if p.AliasIs("phone_number") && looksLikePhone(u.Username) {
		return ErrUsername.Saying("Username cannot be of phone number format, since user pool is configured for phone number alias.")
	}
	return nil
}

func nameByAttribute(p *userpool.Pool, u *User) error {
	var attribute string
	switch {
	case p.UsernameIs("email") && looksLikeEmail(u.Username):
		attribute = "email"
	case p.UsernameIs("phone_number") && looksLikePhone(u.Username):
		attribute = "phone_number"
	case p.UsernameIs("email") && p.UsernameIs("phone_number"):
		return ErrUsername.Saying("Username should be either an email or a phone number.")
	case p.UsernameIs("email"):
		return ErrUsername.Saying("Username should be an email.")
	default:
		return ErrUsername.Saying("Username should be a phone number.")
	}
	if given := u.Attributes[attribute]; given != "" && p.Case(given) != p.Case(u.Username) {
		return ErrUsername.Saying("The username and the attribute %s differ.", attribute)
	}
	u.Attributes[attribute] = u.Username
	u.Username = string(u.Sub)
	return nil
}

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
