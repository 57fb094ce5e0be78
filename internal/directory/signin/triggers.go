package signin

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Migrator makes users whom the pool's function knows; package account's engine
// does.
type Migrator interface {
	// Migrate returns nil if the function knows nobody with the name.
	Migrate(ctx context.Context, o trigger.Occasion, s trigger.Stranger) (*user.User, error)
}

// errUncounted ends a try that is neither right nor wrong yet.
var errUncounted = errors.New("the proof follows")

// migrate asks the pool's function about a name that no user has, and about the
// password. What the function refuses counts as a wrong password, so that nobody
// guesses passwords of another system here. notFound is what findUser returned.
func (e *Engine) migrate(ctx context.Context, a *attempt, password seal.Secret, notFound error) error {
	var failed error
	guesser := credential.Guesser(credential.FactorPassword, a.pool, nil, a.name)
	_, err := e.credentials.Try(ctx, a.pool.ID, guesser, func() (bool, error) {
		a.user, failed = e.migrator.Migrate(ctx, a.occasion(a.validation), trigger.Stranger{Name: a.name, Password: password})
		if errors.Is(failed, trigger.ErrRefused) {
			return false, nil
		}
		return false, errUncounted
	})
	switch {
	case err != nil && !errors.Is(err, errUncounted):
		return err
	case failed != nil:
		return failed
	case a.user == nil:
		return notFound
	}
	return nil
}

// begin loads the user of a new sign-in, and asks the pool's function whether it
// may go on. The function runs before any proof is looked at. With a password, a
// user whom another function of the pool knows is made first.
func (e *Engine) begin(ctx context.Context, a *attempt, password seal.Secret) error {
	err := e.findUser(ctx, a)
	if refused := e.keepWatch(ctx, a); refused != nil {
		return refused
	}
	if a.user == nil && (err == nil || errors.Is(err, user.ErrUserNotFound)) && password != "" && a.pool.Has(userpool.TriggerUserMigration) {
		err = e.migrate(ctx, a, password, err)
	}
	if err != nil {
		return err
	}
	return e.triggers.PreAuthentication(ctx, a.occasion(a.validation), a.signIn())
}

// occasion returns what events say of the attempt.
func (a *attempt) occasion(metadata map[string]string) trigger.Occasion {
	return trigger.Occasion{Pool: a.pool, Client: a.client.ID, Metadata: metadata}
}

func (a *attempt) signIn() trigger.SignIn { return trigger.SignIn{User: a.user, Name: a.name} }

// complete ends a sign-in: the pool's function is told before tokens are issued.
func (e *Engine) complete(ctx context.Context, a *attempt) (*Outcome, error) {
	newDevice := a.issues && a.pool.Settings.Devices != nil && a.device == nil
	if err := e.triggers.PostAuthentication(ctx, a.occasion(a.metadata), a.user, newDevice); err != nil {
		return nil, err
	}
	out := &Outcome{User: a.user, AuthTime: a.now, Proof: a.proof(), Resumed: a.resumed, NewDevice: newDevice, answered: a.answered}
	if a.device != nil {
		out.Device = a.device.Key
	}
	return out, nil
}

// tokenSource returns the source of the event that is sent before tokens are
// issued, after the challenge that was answered last.
func tokenSource(answered string) string {
	switch answered {
	case NewPasswordRequired:
		return trigger.TokensNewPassword
	case DevicePasswordVerifier:
		return trigger.TokensDevice
	}
	return trigger.TokensAuthentication
}
