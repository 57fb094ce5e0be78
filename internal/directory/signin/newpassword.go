package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// NewPasswordRequired is the name of the challenge to replace a temporary
// password.
const NewPasswordRequired = "NEW_PASSWORD_REQUIRED"

// AttributePrefix marks the attributes among the answers to
// NEW_PASSWORD_REQUIRED: "userAttributes.given_name" is the attribute given_name.
const AttributePrefix = "userAttributes."

// newPasswordRequired is the challenge NEW_PASSWORD_REQUIRED: a user with a
// temporary password sets an own one, and the required attributes that are
// missing.
type newPasswordRequired struct{}

func (newPasswordRequired) rules() rules {
	return rules{name: NewPasswordRequired, carrier: inSession, needs: []string{"NEW_PASSWORD"}, wrong: ErrSessionInvalid}
}

func (newPasswordRequired) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	return a.user.Status == user.ForceChangePassword, nil
}

func (newPasswordRequired) ask(_ context.Context, _ *Engine, a *attempt) (question, error) {
	required := []string{}
	for _, name := range user.MissingAttributes(a.pool, a.user) {
		required = append(required, AttributePrefix+name)
	}
	requiredText, err := json.Marshal(required)
	if err != nil {
		return question{}, fmt.Errorf("encode required attributes: %w", err)
	}
	attributesText, err := json.Marshal(readable(a.client, a.user))
	if err != nil {
		return question{}, fmt.Errorf("encode attributes: %w", err)
	}
	return question{parameters: map[string]string{
		"USER_ID_FOR_SRP": a.user.Username, "requiredAttributes": string(requiredText), "userAttributes": string(attributesText),
	}}, nil
}

func readable(c *userpool.Client, u *user.User) map[string]string {
	shown := maps.Clone(u.Attributes)
	maps.DeleteFunc(shown, func(name, _ string) bool { return !u.ShownTo(c, name) })
	return shown
}

// answer replaces the temporary password. Of two answers at once, the second
// finds another password than the one it was asked about, and gets
// ErrSessionUsed.
func (newPasswordRequired) answer(ctx context.Context, e *Engine, a *attempt, _ kept) (bool, error) {
	password, attributes := seal.Secret(a.given["NEW_PASSWORD"]), attributeAnswers(a.given)
	if err := credential.CheckPolicy(a.pool.Settings.PasswordPolicy, password, credential.ChangeWording); err != nil {
		return false, err
	}
	if err := a.watch.NewPassword(risk.AtPasswordChange, password); err != nil {
		return false, err
	}
	if err := e.credentials.CheckReuse(ctx, a.pool, a.user, a.user.Username, password); err != nil {
		return false, err
	}
	made, err := e.credentials.MakePassword(a.pool, a.user, password, false)
	if err != nil {
		return false, err
	}
	temporary := passwordSalt(a.user)
	changed, err := e.users.Update(ctx, a.pool, a.user.Sub, user.Change{KeepPasswords: a.pool.Settings.PasswordPolicy.FormerPasswords(), Apply: func(u *user.User) error {
		switch {
		case u.Status != user.ForceChangePassword || !bytes.Equal(passwordSalt(u), temporary):
			return ErrSessionUsed
		case !u.Enabled:
			return ErrDisabled
		}
		if err := checkAnswers(a.pool, a.client, u, attributes); err != nil {
			return err
		}
		u.Status, u.Password = user.Confirmed, made
		return user.SetAttributes(a.pool, u, attributes)
	}})
	if err != nil {
		return false, err
	}
	before := a.user
	a.user = changed
	return true, e.verifyPending(ctx, a, before)
}

// verifyPending sends codes to the contacts that the user has given and that the pool
// takes over only after they are verified.
func (e *Engine) verifyPending(ctx context.Context, a *attempt, before *user.User) error {
	for _, contact := range user.Contacts() {
		value := a.user.Security.Pending[contact]
		if value == "" || value == before.Security.Pending[contact] {
			continue
		}
		if err := e.courier.SendPendingCode(ctx, a.occasion(a.metadata), a.user, contact); err != nil {
			return err
		}
	}
	return nil
}

// checkAnswers returns an error if a required attribute is missing, or if the
// user may not set one that is given: besides those that were asked for, the
// client must be able to write it, it must be mutable, and it must not be a
// required one that has a value already, not even the same.
// Cognito: RespondToAuthChallenge, NEW_PASSWORD_REQUIRED; texts observed.
func checkAnswers(p *userpool.Pool, c *userpool.Client, u *user.User, given map[string]string) error {
	asked := user.MissingAttributes(p, u)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch a := p.Attribute(name); {
		case a == nil || slices.Contains(asked, name): // the schema decides
		case a.Required && name != "sub":
			return user.ErrProvided.Saying("Cannot modify an already provided %s", name)
		case !a.Mutable || userpool.IsVerifiedFlag(name):
			return user.ErrAttributes.Saying("Cannot modify the non-mutable attribute %s", name)
		}
	}
	if err := user.CheckOwnWords(p, c, given); err != nil {
		return err
	}
	for _, name := range asked {
		if given[name] == "" {
			return user.ErrAttributes.Saying("Invalid attributes given, %s is missing", name)
		}
	}
	return nil
}

// attributeAnswers returns the attributes among a challenge's answers.
func attributeAnswers(answers map[string]string) map[string]string {
	given := map[string]string{}
	for key, value := range answers {
		if name, ok := strings.CutPrefix(key, AttributePrefix); ok {
			given[name] = value
		}
	}
	return given
}
