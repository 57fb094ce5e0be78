package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// codesAnHour is how many codes of a sign-in are sent to a user's address in an
// hour. Cognito: "Quotas", 5 to 20 for each address.
const codesAnHour = 20

// Courier sends the code of a sign-in to an attribute of a user; package account's
// engine does.
type Courier interface {
	SendSignInCode(ctx context.Context, p *userpool.Pool, u *user.User, attribute string, code seal.Secret) (*account.Delivery, error)
}

// sentCode is a challenge of a second factor: the user enters a code that was
// sent to it. Nothing is stored: the code's hash is in the sealed state, so each
// sign-in has a code of its own.
type sentCode struct {
	name    string
	contact string // the attribute to which the code is sent
	key     string // of the answer
	factor  credential.Factor
}

// sentQuestion is what is kept of the question.
type sentQuestion struct {
	MAC []byte
	To  string // the address to which the code was sent
	// SetUp: a right code turns the factor on, and sets the address if the user has
	// none.
	SetUp bool
}

func (c sentCode) rules() rules {
	return rules{name: c.name, carrier: inSession, needs: []string{c.key}, proves: c.factor, wrong: ErrMFACode}
}

func (c sentCode) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	return a.secondFactor() == c.name, nil
}

// ask sends a code. A sign-in that sets up the factor has chosen the address.
func (c sentCode) ask(ctx context.Context, e *Engine, a *attempt) (question, error) {
	to := a.user.Attributes[c.contact]
	if a.setUp != "" {
		to = a.setUp
	}
	limit := "sign-in-code:" + c.contact + ":" + credential.Subject(a.pool, a.user, a.name)
	if err := e.credentials.Hourly(ctx, a.pool.ID, limit, codesAnHour); err != nil {
		return question{}, err
	}
	addressed := c.addressed(a.user, to)
	code, mac := e.credentials.NewSentCode(addressed, c.contact, 6)
	d, err := e.courier.SendSignInCode(ctx, a.pool, addressed, c.contact, code)
	if errors.Is(err, account.ErrDelivery) {
		err = ErrCodeNotSent.Because(err)
	}
	if err != nil {
		return question{}, err
	}
	keep, err := json.Marshal(sentQuestion{MAC: mac, To: to, SetUp: a.setUp != ""})
	return question{keep: keep, parameters: map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": d.Medium, "CODE_DELIVERY_DESTINATION": d.Destination, "USER_ID_FOR_SRP": a.user.Username,
	}}, err
}

// SendAgain asks the challenge of a session, SMS_MFA or EMAIL_OTP, once more: it
// sends another code, and gives a new session in the place of the old one. in needs
// no code. For any other challenge it returns ErrSessionInvalid.
func (e *Engine) SendAgain(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Response) (*Outcome, error) {
	ch, ok := challengeNamed(in.Challenge).(sentCode)
	if !ok {
		return nil, ErrSessionInvalid
	}
	a := &attempt{pool: p, client: c, given: in.Answers, now: e.now()}
	s, _, err := e.opened(ctx, ch, a, in)
	if err != nil {
		return nil, err
	}
	var q sentQuestion
	if err := json.Unmarshal(s.Keep, &q); err != nil {
		return nil, fmt.Errorf("decode question of %s: %w", ch.name, err)
	}
	if q.SetUp {
		a.setUp = q.To
	}
	out, err := e.ask(ctx, ch, a) // first: if no code can be sent, the old one stays
	if err != nil {
		return nil, err
	}
	return out, e.spend(ctx, s)
}

// addressed returns u with the address to.
func (c sentCode) addressed(u *user.User, to string) *user.User {
	copied := *u
	copied.Attributes = maps.Clone(u.Attributes)
	copied.Attributes[c.contact] = to
	return &copied
}

// answer checks the code. A code that was sent to an address which the user has
// no longer is wrong.
func (c sentCode) answer(ctx context.Context, e *Engine, a *attempt, kept kept) (bool, error) {
	var q sentQuestion
	if err := json.Unmarshal(kept.question, &q); err != nil {
		return false, fmt.Errorf("decode question of %s: %w", c.name, err)
	}
	right := e.credentials.SentCodeMatches(c.addressed(a.user, q.To), c.contact, seal.Secret(a.given[c.key]), q.MAC)
	if has := a.user.Attributes[c.contact]; !right || has != q.To && !(q.SetUp && has == "") {
		return false, nil
	}
	return true, c.record(ctx, e, a, q)
}

// record notes that the user reads what is sent to the address, and turns the
// factor on if the sign-in sets it up. If another user has the address as an
// alias, it stays unverified.
func (c sentCode) record(ctx context.Context, e *Engine, a *attempt, q sentQuestion) error {
	if a.user.Verified(c.contact) && !q.SetUp {
		return nil
	}
	changed, err := e.users.Update(ctx, a.pool, a.user.Sub, user.Change{Apply: func(u *user.User) error {
		if has := u.Attributes[c.contact]; has != a.user.Attributes[c.contact] {
			return ErrSessionUsed // it was changed meanwhile
		}
		u.Attributes[c.contact], u.Attributes[c.contact+"_verified"] = q.To, "true"
		if q.SetUp {
			u.Security.MFA.TurnOn(c.name)
		}
		return nil
	}})
	switch {
	case errors.Is(err, user.ErrAliasExists) && !q.SetUp:
		return nil
	case err != nil:
		return err
	}
	a.user = changed
	return nil
}
