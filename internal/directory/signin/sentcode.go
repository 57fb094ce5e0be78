package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// codesAnHour is how many codes of a sign-in are sent to a user's address in an
// hour. Cognito: "Quotas", 5 to 20 for each address.
const codesAnHour = 20

// firstCodeDigits is how long the code of a first factor is.
const firstCodeDigits = 8

// Courier sends the code of a sign-in to an attribute of a user; package account's
// engine does.
type Courier interface {
	SendSignInCode(ctx context.Context, o trigger.Occasion, u *user.User, c account.SignInCode) (*account.Delivery, error)
	// SendPendingCode sends a code to the new value of an attribute that waits for
	// it, in the background.
	SendPendingCode(ctx context.Context, o trigger.Occasion, u *user.User, attribute string) error
	// TellRecovered tells a user, in the background, that a recovery code was used.
	TellRecovered(ctx context.Context, u *user.User, left int)
}

// sentCode is a challenge of a first or second factor: the user enters a code that
// was sent to it. Nothing is stored: the code's hash is in the sealed state, so
// each sign-in has a code of its own. The code of a first factor is longer.
type sentCode struct {
	name    string
	contact string // the attribute to which the code is sent
	key     string // of the answer
	factor  credential.Factor
}

// sentQuestion is what is kept of the question.
type sentQuestion struct {
	MAC []byte
	// To is the address to which the code was sent. Before anything is proved it is
	// "", since its length would tell of the user: then the code fits the user's own
	// address alone.
	To string `json:",omitempty"`
	// SetUp: a right code turns the factor on, and sets the address if the user has
	// none.
	SetUp bool `json:",omitempty"`
}

func (c sentCode) rules() rules {
	return rules{name: c.name, carrier: inSession, needs: []string{c.key}, proves: c.factor, wrong: ErrMFACode}
}

func (c sentCode) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	return a.secondFactor() == c.name, nil
}

// ask sends a code. A sign-in that sets up the factor has chosen the address.
func (c sentCode) ask(ctx context.Context, e *Engine, a *attempt) (question, error) {
	if a.beginsByChoice() {
		return c.askFirst(ctx, e, a)
	}
	to := a.user.Attributes[c.contact]
	if a.setUp != "" {
		to = a.setUp
	}
	if err := c.limit(ctx, e, a); err != nil {
		return question{}, err
	}
	addressed := c.addressed(a.user, to)
	code, mac := e.credentials.NewSentCode(addressed, c.contact, 6)
	d, err := e.sendCode(ctx, a, addressed, account.SignInCode{Attribute: c.contact, Code: code})
	if err != nil {
		return question{}, err
	}
	keep, err := json.Marshal(sentQuestion{MAC: mac, To: to, SetUp: a.setUp != ""})
	return question{keep: keep, parameters: map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": d.Medium, "CODE_DELIVERY_DESTINATION": d.Destination, "USER_ID_FOR_SRP": a.user.Username,
	}}, err
}

// SendAgain asks the challenge of a session, which sends a code, once more: it
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
	if err := ch.stillAsked(a, q); err != nil {
		return nil, err
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

// sendCode sends a code to a user. ErrCodeNotSent.
func (e *Engine) sendCode(ctx context.Context, a *attempt, to *user.User, code account.SignInCode) (*account.Delivery, error) {
	d, err := e.courier.SendSignInCode(ctx, a.occasion(a.metadata), to, code)
	if errors.Is(err, account.ErrDelivery) {
		err = ErrCodeNotSent.Because(err)
	}
	return d, err
}

func (c sentCode) limit(ctx context.Context, e *Engine, a *attempt) error {
	counted := "sign-in-code:" + c.contact + ":" + credential.Subject(a.pool, a.user, a.name)
	return e.credentials.Hourly(ctx, a.pool.ID, counted, codesAnHour)
}

// askFirst sends a code to a user who has proved nothing. For a name that no user
// has it sends none, and shows a made-up address.
func (c sentCode) askFirst(ctx context.Context, e *Engine, a *attempt) (question, error) {
	if err := c.limit(ctx, e, a); err != nil {
		return question{}, err
	}
	who := e.who(a)
	code, mac := e.credentials.NewSentCode(who, c.contact, firstCodeDigits)
	d := account.DeliveryTo(who, c.contact)
	if a.user != nil {
		var err error
		d, err = e.sendCode(ctx, a, who, account.SignInCode{Attribute: c.contact, Code: code, First: true, Hidden: a.client.Settings.HideUserExistence})
		if err != nil {
			return question{}, err
		}
	}
	keep, err := json.Marshal(sentQuestion{MAC: mac})
	return question{keep: keep, available: e.firstFactors(a), parameters: map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": d.Medium, "CODE_DELIVERY_DESTINATION": d.Destination,
	}}, err
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
	if a.beginsByChoice() {
		return c.answerFirst(ctx, e, a, q)
	}
	right := e.credentials.SentCodeMatches(c.addressed(a.user, q.To), c.contact, seal.Secret(a.given[c.key]), q.MAC)
	if has := a.user.Attributes[c.contact]; !right || has != q.To && !(q.SetUp && has == "") {
		return false, nil
	}
	if err := c.stillAsked(a, q); err != nil {
		return false, err
	}
	return true, c.record(ctx, e, a, q)
}

// stillAsked refuses the code of a second factor that the user would not be asked
// for, or would not set up, now.
func (c sentCode) stillAsked(a *attempt, q sentQuestion) error {
	switch {
	case a.beginsByChoice():
		return nil
	case q.SetUp:
		return a.maySetUp(a.user)
	}
	return a.stillAsked(c.name)
}

// answerFirst checks the code of a first factor. What the user can begin with may
// have changed since the question.
func (c sentCode) answerFirst(ctx context.Context, e *Engine, a *attempt, q sentQuestion) (bool, error) {
	who := e.who(a)
	right := e.credentials.SentCodeMatches(who, c.contact, seal.Secret(a.given[c.key]), q.MAC)
	if !right || a.user == nil || !slices.Contains(user.FirstFactors(a.pool, a.user), c.name) {
		return false, nil
	}
	q.To = a.user.Attributes[c.contact]
	return true, c.record(ctx, e, a, q)
}

// record notes that the user reads what is sent to the address, and turns the
// factor on if the sign-in sets it up. A user who signed up is confirmed by that.
// If another user has the address as an alias, it stays unverified.
func (c sentCode) record(ctx context.Context, e *Engine, a *attempt, q sentQuestion) error {
	confirms, confirmed := a.user.Status == user.Unconfirmed && a.beginsByChoice(), false
	if a.user.Verified(c.contact) && !q.SetUp && !confirms {
		return nil
	}
	changed, err := e.users.Update(ctx, a.pool, a.user.Sub, user.Change{Apply: func(u *user.User) error {
		if has := u.Attributes[c.contact]; has != a.user.Attributes[c.contact] {
			return ErrSessionUsed // it was changed meanwhile
		}
		if q.SetUp {
			if err := a.maySetUp(u); err != nil {
				return err
			}
		}
		u.Attributes[c.contact], u.Attributes[c.contact+"_verified"] = q.To, "true"
		if confirmed = confirms && u.Status == user.Unconfirmed; confirmed {
			u.Status = user.Confirmed
		}
		if q.SetUp {
			u.Security.MFA.TurnOn(c.name)
		}
		return nil
	}})
	switch {
	case errors.Is(err, user.ErrAliasExists) && !q.SetUp && !confirms:
		return nil
	case err != nil:
		return err
	}
	a.user = changed
	if !confirmed {
		return nil
	}
	return e.triggers.PostConfirmation(ctx, a.occasion(a.metadata), trigger.ConfirmedSignUp, changed)
}
