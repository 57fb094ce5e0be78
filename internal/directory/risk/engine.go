package risk

import (
	"context"
	"net/netip"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// Errors of threat protection.
var (
	ErrOff           = fault.New(fault.Denied, "threats_off", "User pool add-ons are not enabled: set AdvancedSecurityMode of the user pool to AUDIT or ENFORCED.")
	ErrBlocked       = fault.New(fault.Denied, "risk_blocked", "Unable to login because of security reasons.")
	ErrCompromised   = fault.New(fault.Invalid, "password_compromised", "Provided password cannot be used for security reasons.")
	ErrConfiguration = fault.New(fault.Invalid, "risk_configuration", "The risk configuration is not valid.")
	ErrEventNotFound = fault.New(fault.NotFound, "auth_event_not_found", "The event does not exist.")
	ErrFeedbackToken = fault.New(fault.Denied, "feedback_token", "Invalid feedback token.")
	ErrAddress       = fault.New(fault.Invalid, "risk_address", "The IP address is not valid.")
)

// errNotAllowed is ErrBlocked for a request that is no sign-in.
var errNotAllowed = ErrBlocked.Saying("Request not allowed due to security reasons.")

// Store keeps what this package knows. Every method is one transaction.
type Store interface {
	ConfigurationStore
	EventStore
}

// Messenger sends notices, in the background; package message's Courier does.
type Messenger interface {
	SendLater(ctx context.Context, draft *message.Message, write message.Write)
}

// Config is what an [Engine] needs. Every field without a comment must be set.
type Config struct {
	Store       Store
	Users       *user.Engine
	Credentials *credential.Engine
	Sealer      *seal.Sealer
	Now         func() time.Time
	Messages    Messenger
	Triggers    *trigger.Engine
	Exporter    Exporter                       // nil: no event is exported
	Compromised func() *Passwords              // the published passwords; nil: the built-in list
	Locate      func(netip.Addr) (Place, bool) // nil: nobody knows where addresses are
	// FeedbackURL returns the address of the page at which a user says whether an
	// event was right.
	FeedbackURL func(ctx context.Context, p *userpool.Pool, l FeedbackLink) (string, error)
}

// Engine weighs requests. Safe for concurrent use.
type Engine struct {
	store       Store
	users       *user.Engine
	credentials *credential.Engine
	sealer      *seal.Sealer
	clock       func() time.Time
	messages    Messenger
	triggers    *trigger.Engine
	exporter    Exporter
	compromised func() *Passwords
	locate      func(netip.Addr) (Place, bool)
	feedbackURL func(context.Context, *userpool.Pool, FeedbackLink) (string, error)
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	if c.Compromised == nil {
		c.Compromised = BuiltIn
	}
	if c.Locate == nil {
		c.Locate = func(netip.Addr) (Place, bool) { return Place{}, false }
	}
	return &Engine{store: c.Store, users: c.Users, credentials: c.Credentials, sealer: c.Sealer, clock: c.Now, messages: c.Messages, triggers: c.Triggers, exporter: c.Exporter, compromised: c.Compromised, locate: c.Locate, feedbackURL: c.FeedbackURL}
}

func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }
