package account

import (
	"context"
	"errors"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Migrate asks the pool's function about a name that no user has, and makes the
// user that it describes. It returns nil if the function knows nobody. The function
// vouches for the password: the pool's policy does not apply. No message is sent.
// With several calls for one name at once, one makes the user, and all return it.
// Cognito: "Migrate user Lambda trigger".
func (e *Engine) Migrate(ctx context.Context, o trigger.Occasion, s trigger.Stranger) (*user.User, error) {
	n, err := e.Triggers.Migrate(ctx, o, s)
	if err != nil || n == nil {
		return nil, err
	}
	u, err := e.newcomer(o.Pool, n, s)
	if err == nil {
		err = e.Users.Create(ctx, o.Pool, u, n.TakeAlias)
	}
	switch {
	case errors.Is(err, user.ErrUsernameExists):
		return e.Users.Find(ctx, o.Pool, s.Name)
	case errors.Is(err, user.ErrUsername), errors.Is(err, user.ErrAttributes), errors.Is(err, user.ErrAliasExists):
		return nil, trigger.ErrOutput.Saying("Exception migrating user in app client %s", o.Client).Because(err) // Cognito: observed start of the text
	case err != nil:
		return nil, err
	}
	return u, nil
}

// newcomer drafts the user. A user whose password nobody has typed, or who is to
// choose another one, must reset it.
func (e *Engine) newcomer(p *userpool.Pool, n *trigger.Newcomer, s trigger.Stranger) (*user.User, error) {
	name, status := n.Username, user.ResetRequired
	if name == "" {
		name = s.Name
	}
	if n.Confirmed {
		status = user.Confirmed
	}
	u, err := e.Users.Draft(p, user.NewUser{Username: name, Attributes: n.Attributes, Status: status})
	if err == nil && n.SMSMFA {
		err = byPhone(u)
	}
	if err != nil || s.Password == "" {
		return u, err
	}
	u.Password, err = e.Credentials.MakePassword(p, u, s.Password, false)
	return u, err
}

// byPhone turns on codes to the user's phone as a second factor.
func byPhone(u *user.User) error {
	if u.Attributes["phone_number"] == "" {
		return user.ErrAttributes.Because(errNoPhone)
	}
	u.Security.MFA.TurnOn(user.SMSMFA)
	return nil
}

var errNoPhone = errors.New("the function asks for SMS as a second factor of a user without a phone number")

// migrateForgetful is Migrate for somebody who has forgotten the password. It
// returns notFound if there is nobody to make.
func (e *Engine) migrateForgetful(ctx context.Context, o trigger.Occasion, name string, notFound error) (*user.User, error) {
	if !o.Pool.Has(userpool.TriggerUserMigration) {
		return nil, notFound
	}
	if err := e.Credentials.Hourly(ctx, o.Pool.ID, "migrate:"+credential.Subject(o.Pool, nil, name), resetsAnHour); err != nil {
		return nil, err
	}
	u, err := e.Migrate(ctx, o, trigger.Stranger{Name: name})
	if err != nil || u != nil {
		return u, err
	}
	return nil, notFound
}
