package risk

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// The types of events. Cognito: EventType.
const (
	SignIn         = "SignIn"
	SignUp         = "SignUp"
	ForgotPassword = "ForgotPassword"
	PasswordChange = "PasswordChange"
	ResendCode     = "ResendCode"
)

// What came of an event. Cognito: EventResponseType.
const (
	Passed     = "Pass"
	Failed     = "Fail"
	InProgress = "InProgress"
)

// The decisions about an event. Cognito: RiskDecisionType.
const (
	noRisk          = "NoRisk"
	accountTakeover = "AccountTakeover" // there is a risk
	alwaysBlocked   = "Block"           // the address is blocked, whatever the risk
)

// Level is how likely it is that somebody else signs in. "": it is not.
type Level string

// The levels. Cognito: RiskLevelType.
const (
	Low    Level = "Low"
	Medium Level = "Medium"
	High   Level = "High"
)

// Event is something that a user did, or somebody who may be the user. It is stored
// as one JSON document, so a field keeps its name.
type Event struct {
	Pool    userpool.PoolID `json:"-"`
	Sub     user.Sub        `json:"-"`
	ID      string          `json:"-"`
	Created time.Time       `json:"-"`

	Type        string
	Response    string
	Decision    string
	Level       Level             `json:",omitempty"`
	Compromised bool              `json:",omitempty"` // the password is a published one
	Answers     []Answer          `json:",omitempty"`
	Client      userpool.ClientID `json:",omitempty"`
	Address     string            `json:",omitempty"`
	Device      string            `json:",omitempty"` // what a person can recognise the device by
	Mark        string            `json:",omitempty"` // what tells the devices of a user apart
	Timezone    string            `json:",omitempty"`
	Told        bool              `json:",omitempty"` // a library said something of the device
	Place       *Place            `json:",omitempty"` // nil: unknown
	Feedback    *Feedback         `json:",omitempty"` // nil: none
}

// Answer is a proof that the user gave. Cognito: ChallengeResponseType.
type Answer struct {
	MFA   bool `json:",omitempty"` // false: the first factor
	Right bool `json:",omitempty"`
}

// Feedback is what somebody said of an event afterwards.
type Feedback struct {
	Valid bool // the user did it
	By    string
	At    time.Time
}

// Who gives feedback.
const (
	ByUser  = "User"
	ByAdmin = "Admin"
)

// Known reports whether the user did what the event says, as far as anybody knows.
// The next sign-ins are compared with such events.
func (x *Event) Known() bool {
	if x.Feedback != nil {
		return x.Feedback.Valid
	}
	return x.Type == SignIn && x.Response == Passed
}

// KeptEvents is how many events of a user are kept: so many that are known, and so
// many others. The oldest go first.
const KeptEvents = 200

// EventAge is how long events are kept. Cognito: two years.
const EventAge = 2 * 365 * 24 * time.Hour

// EventStore keeps events. They go away with their user.
type EventStore interface {
	// PutEvent saves an event, in the place of an older state of the same, and
	// deletes those of which the user has too many. user.ErrUserNotFound.
	PutEvent(ctx context.Context, x *Event) error
	// PretendEvent does the work of PutEvent for a name that no user has. Nothing
	// stays of it.
	PretendEvent(ctx context.Context, now time.Time) error
	// Events returns a user's events from the newest to the oldest. They are older
	// than the given one, unless that is nil.
	Events(ctx context.Context, pool userpool.PoolID, sub user.Sub, before *EventKey, limit int) ([]*Event, error)
	// KnownEvents returns the newest events of a user that are known, from the
	// newest to the oldest.
	KnownEvents(ctx context.Context, pool userpool.PoolID, sub user.Sub, limit int) ([]*Event, error)
	// UpdateEvent loads an event and saves what change does to it. change may be
	// called more than once. If it returns an error, nothing is saved.
	// ErrEventNotFound.
	UpdateEvent(ctx context.Context, pool userpool.PoolID, sub user.Sub, id string, change func(*Event) error) (*Event, error)
}

// EventKey is the place of an event among those of its user.
type EventKey struct {
	Created time.Time
	ID      string
}

// key returns the text of an event's place.
func (x *Event) key() string { return x.Created.Format(time.RFC3339Nano) + " " + x.ID }

// parseKey reads what key returns; nil for "".
func parseKey(text string) (*EventKey, error) {
	if text == "" {
		return nil, nil
	}
	at, id, _ := strings.Cut(text, " ")
	t, err := time.Parse(time.RFC3339Nano, at)
	return &EventKey{t, id}, err
}

// Events returns the events of a user from the newest to the oldest, after the place
// where the last page ended, and where the next one starts. ErrOff. Cognito:
// AdminListUserAuthEvents.
func (e *Engine) Events(ctx context.Context, p *userpool.Pool, u *user.User, after string, size int) ([]*Event, string, error) {
	if !p.Settings.Threats.On() {
		return nil, "", ErrOff
	}
	before, err := parseKey(after)
	if err != nil {
		return nil, "", err
	}
	size = userpool.PageSize(size, userpool.MaxPage)
	rows, err := e.store.Events(ctx, p.ID, u.Sub, before, size+1)
	if err != nil {
		return nil, "", err
	}
	page, next := userpool.CutPage(rows, size, (*Event).key)
	return page, next, nil
}

// SetFeedback says whether the user did what an event says. ErrOff, ErrEventNotFound.
func (e *Engine) SetFeedback(ctx context.Context, p *userpool.Pool, u *user.User, id string, valid bool, by string) error {
	if !p.Settings.Threats.On() {
		return ErrOff
	}
	_, err := e.store.UpdateEvent(ctx, p.ID, u.Sub, id, func(x *Event) error {
		x.Feedback = &Feedback{Valid: valid, By: by, At: e.now()}
		return nil
	})
	return err
}

// FeedbackLink is how a user says from a message whether an event was right.
type FeedbackLink struct {
	Username string
	Event    string
	Token    seal.Secret
	Valid    bool
}

// feedbackFor is how long the token of a message is good.
const feedbackFor = 7 * 24 * time.Hour

func feedbackContext(p userpool.PoolID, sub user.Sub, event string) string {
	return "auth-event-feedback:" + string(p) + ":" + string(sub) + ":" + event
}

func (e *Engine) feedbackToken(x *Event) (seal.Secret, error) {
	text, err := e.sealer.SealTextUntil(ids.UUID(), feedbackContext(x.Pool, x.Sub, x.ID), e.now().Add(feedbackFor))
	return seal.Secret(text), err
}

// Answer is SetFeedback for whoever has the token of the message about an event.
// ErrOff, ErrFeedbackToken. Cognito: UpdateAuthEventFeedback.
func (e *Engine) Answer(ctx context.Context, p *userpool.Pool, l FeedbackLink) error {
	if !p.Settings.Threats.On() {
		return ErrOff
	}
	u, err := e.users.Find(ctx, p, l.Username)
	if errors.Is(err, user.ErrUserNotFound) { // whoever has no token must not learn who exists
		return ErrFeedbackToken.Because(err)
	}
	if err != nil {
		return err
	}
	var nonce string
	if err := e.sealer.OpenText(l.Token.Reveal(), feedbackContext(p.ID, u.Sub, l.Event), &nonce); err != nil {
		return ErrFeedbackToken.Because(err)
	}
	return e.SetFeedback(ctx, p, u, l.Event, l.Valid, ByUser)
}
