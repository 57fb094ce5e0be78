package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// challengeState is what a Session carries, sealed.
type challengeState struct {
	Challenge string
	Sub       user.Sub
	Salt      []byte // of the temporary password: another one makes the state worth nothing
}

func sessionContext(p *userpool.Pool, c *userpool.Client) string {
	return "session:" + string(p.ID) + ":" + string(c.ID)
}

// attributePrefix marks attributes among the answers of NEW_PASSWORD_REQUIRED.
const attributePrefix = "userAttributes."

// askNewPassword gives the challenge NEW_PASSWORD_REQUIRED.
func (e *Engine) askNewPassword(p *userpool.Pool, c *userpool.Client, u *user.User) (*Outcome, error) {
	state := challengeState{Challenge: NewPasswordRequired, Sub: u.Sub, Salt: u.Password.Salt}
	session, err := e.Sealer.SealTextUntil(state, sessionContext(p, c), e.now().Add(c.AuthSession()))
	if err != nil {
		return nil, err
	}
	required := []string{}
	for _, name := range user.MissingAttributes(p, u) {
		required = append(required, attributePrefix+name)
	}
	requiredText, err := json.Marshal(required)
	if err != nil {
		return nil, err
	}
	attributesText, err := json.Marshal(readable(c, u))
	if err != nil {
		return nil, err
	}
	return &Outcome{User: u, Challenge: &Challenge{Name: NewPasswordRequired, Session: seal.Secret(session), Parameters: map[string]string{
		"USER_ID_FOR_SRP": u.Username, "requiredAttributes": string(requiredText), "userAttributes": string(attributesText),
	}}}, nil
}

func readable(c *userpool.Client, u *user.User) map[string]string {
	shown := maps.Clone(u.Attributes)
	maps.DeleteFunc(shown, func(name, _ string) bool { return !c.MayRead(name) })
	return shown
}

// NewPassword is the answer to NEW_PASSWORD_REQUIRED.
type NewPassword struct {
	Session    seal.Secret
	Name       string // any name of the user
	Password   seal.Secret
	Attributes map[string]string // required ones that the user lacks
}

// AnswerNewPassword sets the user's own password in place of the temporary one.
func (e *Engine) AnswerNewPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, in NewPassword) (*Outcome, error) {
	state, err := e.openSession(p, c, in.Session, NewPasswordRequired)
	if err != nil {
		return nil, err
	}
	u, err := e.sameUser(ctx, p, in.Name, state.Sub)
	if err != nil {
		return nil, err
	}
	if err := checkAnswers(p, c, u, in.Attributes); err != nil {
		return nil, err
	}
	if err := credential.CheckPolicy(p.Settings.PasswordPolicy, in.Password); err != nil {
		return nil, err
	}
	kept, err := e.Credentials.MakePassword(p, u, in.Password, false)
	if err != nil {
		return nil, err
	}
	u, err = e.Users.Update(ctx, p, u.Sub, user.Change{Apply: func(u *user.User) error {
		switch {
		case u.Status != user.ForceChangePassword || u.Password == nil || !bytes.Equal(u.Password.Salt, state.Salt):
			return ErrSessionUsed
		case !u.Enabled:
			return ErrDisabled
		}
		u.Status, u.Password = user.Confirmed, kept
		return user.SetAttributes(p, u, in.Attributes)
	}})
	if err != nil {
		return nil, err
	}
	return e.proved(p, c, u)
}

// checkAnswers wants the missing required attributes and allows no change of
// one that is set.
func checkAnswers(p *userpool.Pool, c *userpool.Client, u *user.User, given map[string]string) error {
	for name, value := range given {
		if p.Attribute(name) != nil && !c.MayWrite(name) {
			return user.ErrUnwritable
		}
		if was := u.Attributes[name]; was != "" && was != value && p.Attribute(name) != nil && p.Attribute(name).Required {
			return user.ErrAttributes.Saying("Cannot modify an already provided %s", name)
		}
	}
	for _, name := range user.MissingAttributes(p, u) {
		if given[name] == "" {
			return user.ErrAttributes.Saying("Invalid attributes given, %s is missing", name)
		}
	}
	return nil
}

// openSession opens the state of a challenge.
func (e *Engine) openSession(p *userpool.Pool, c *userpool.Client, session seal.Secret, challenge string) (*challengeState, error) {
	var state challengeState
	err := e.Sealer.OpenText(session.Reveal(), sessionContext(p, c), &state)
	switch {
	case errors.Is(err, seal.ErrExpired):
		return nil, ErrSessionExpired
	case err != nil:
		return nil, ErrSessionInvalid.Because(err)
	case state.Challenge != challenge:
		return nil, ErrSessionInvalid
	}
	return &state, nil
}

// attributeAnswers picks the attributes out of a challenge's answers.
func attributeAnswers(answers map[string]string) map[string]string {
	given := map[string]string{}
	for key, value := range answers {
		if name, ok := strings.CutPrefix(key, attributePrefix); ok {
			given[name] = value
		}
	}
	return given
}
