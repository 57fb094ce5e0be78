package account

import (
	"context"
	"errors"
	"iter"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Roster manages the users of one pool for the operator of an installation, who
// hands each of them a temporary password in a link. Pool, Users and Accounts must be
// set.
type Roster struct {
	Pool     *userpool.Pool
	Users    *user.Engine
	Accounts *Engine
}

// NewPerson is a user to add. In a pool whose username is the e-mail address, Name is
// the address.
type NewPerson struct {
	Name   string
	Email  string // "": Name, if that is the address
	Groups []string
}

// Add makes a user with a temporary password, which it returns, and adds the user to
// groups, which it makes where they are missing. An e-mail address counts as verified:
// the operator says it. No message is sent. user.ErrUsernameExists.
func (r *Roster) Add(ctx context.Context, n NewPerson) (temporary seal.Secret, err error) {
	attributes := map[string]string{}
	if n.Email != "" {
		attributes["email"] = n.Email
	}
	if n.Email != "" || r.Pool.UsernameIs("email") && strings.Contains(n.Name, "@") {
		attributes["email_verified"] = "true"
	}
	temporary = credential.Generate(r.Pool.Settings.PasswordPolicy)
	if _, err := r.Accounts.Invite(ctx, r.Pool, Invitation{Username: n.Name, TemporaryPassword: temporary, Attributes: attributes, Silent: true}); err != nil {
		return "", err
	}
	for _, group := range n.Groups {
		if err := r.Join(ctx, group, n.Name); err != nil {
			return "", err
		}
	}
	return temporary, nil
}

// Reset gives a user a temporary password, which it returns, and ends the user's
// sign-ins. user.ErrUserNotFound.
func (r *Roster) Reset(ctx context.Context, name string) (temporary seal.Secret, err error) {
	temporary = credential.Generate(r.Pool.Settings.PasswordPolicy)
	return temporary, r.Accounts.SetPassword(ctx, r.Pool, name, temporary, false)
}

// Invite is Reset for a user who has not chosen a password yet. ErrNotResendable.
func (r *Roster) Invite(ctx context.Context, name string) (temporary seal.Secret, err error) {
	temporary = credential.Generate(r.Pool.Settings.PasswordPolicy)
	_, err = r.Accounts.ResendInvitation(ctx, r.Pool, Invitation{Username: name, TemporaryPassword: temporary, Silent: true})
	return temporary, err
}

// SetEnabled lets a user sign in or not. Disabling ends the user's sign-ins.
func (r *Roster) SetEnabled(ctx context.Context, name string, enabled bool) error {
	return r.Accounts.SetEnabled(ctx, r.Pool, name, enabled)
}

// Join adds a user to a group, which it makes if it is missing.
func (r *Roster) Join(ctx context.Context, group, name string) error {
	u, err := r.Users.Find(ctx, r.Pool, name)
	if err != nil {
		return err
	}
	_, err = r.Users.CreateGroup(ctx, user.Group{Pool: r.Pool.ID, Name: group})
	if err != nil && !errors.Is(err, user.ErrGroupExists) {
		return err
	}
	return r.Users.AddMember(ctx, group, u)
}

// Leave takes a user out of a group. Sessions at the gateway that the group opened
// end.
func (r *Roster) Leave(ctx context.Context, group, name string) error {
	u, err := r.Users.Find(ctx, r.Pool, name)
	if err != nil {
		return err
	}
	return r.Users.RemoveMember(ctx, group, u)
}

// Listed is a user in a list.
type Listed struct {
	*user.User
	Groups []string
}

// List yields the users of the pool, a page of the store at a time.
func (r *Roster) List(ctx context.Context) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		q := user.Query{Limit: 60}
		for {
			users, next, err := r.Users.List(ctx, r.Pool.ID, q)
			if err != nil {
				yield(Listed{}, err)
				return
			}
			for _, u := range users {
				groups, err := r.Users.GroupsOf(ctx, r.Pool.ID, u.Sub)
				if !yield(listed(u, groups), err) || err != nil {
					return
				}
			}
			if q.After = next; next == "" {
				return
			}
		}
	}
}

func listed(u *user.User, groups []*user.Group) Listed {
	l := Listed{User: u}
	for _, g := range groups {
		l.Groups = append(l.Groups, g.Name)
	}
	return l
}
