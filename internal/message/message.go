// Package message sends messages to the users of a pool, by e-mail and SMS: codes,
// invitations and notices.
//
//	engine: template ── Render ──► Message ──► Sender ─┬─ SMTP           a mail server
//	                                                   ├─ Outbox         keeps messages to read (development)
//	                                                   ├─ ByMedium       one sender for each medium
//	                                                   └─ NotConfigured  returns an error
//
// A sender returns after it has handed the message over, or returns an error. It
// does not try again, because the person can ask for another code. The engines
// decide who gets which text, how often, and how a destination is masked.
package message

import (
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// The errors of every sender.
var (
	// ErrNotConfigured means that no sender is configured for the medium.
	ErrNotConfigured = fault.New(fault.Unavailable, "message_not_configured", "Message delivery is not configured.")
	// ErrDelivery means that the configured sender failed.
	ErrDelivery = fault.New(fault.Unavailable, "message_delivery_failed", "The message could not be delivered.")
	// ErrRecipient means that the destination is not an address of the medium.
	ErrRecipient = fault.New(fault.Invalid, "message_recipient_invalid", "The destination is not a valid address.")
)

// SendLimit is how long sending one message may take.
const SendLimit = 15 * time.Second

// Medium is how a message is sent.
type Medium string

// The media, with Cognito's names.
const (
	Email Medium = "EMAIL"
	SMS   Medium = "SMS"
)

// Message is one message to one person.
type Message struct {
	Medium   Medium
	To       string      // a bare e-mail address, or a phone number as +<digits>
	Subject  string      // e-mail only; holds no secret
	Body     seal.Secret // holds codes and temporary passwords
	HTML     bool        // e-mail only: Body is HTML, else plain text
	Pool     string      // the id of the pool that sends it
	Username string      // the user whom it concerns
	Purpose  string      // why it is sent: "verify", "invite", "mfa", …
	Sent     time.Time
	Sender   Identity // who sends it; empty: the installation
	Via      Sender   // hands it over instead of the installation's sender; may be nil
}

// Identity is how the owner of a pool wants its messages to be sent. An empty field
// leaves it to the installation.
type Identity struct {
	From    string // "Name <address>" or a bare address
	ReplyTo string // in the same form
	// SES alone knows these. SMTP passes the second on in a header, which SES's
	// mail server reads.
	ARN              string // of the identity that may send as From
	ConfigurationSet string
	// Region is where SNS sends SMS from.
	Region string
	// Texting has End User Messaging send SMS in place of SNS. nil: SNS does.
	Texting *Texting
}

// Texting is how AWS End User Messaging sends SMS. An empty field leaves it to the
// service.
type Texting struct {
	Region           string // never empty
	Origin           string // the number, the sender id or the pool of them that sends
	ConfigurationSet string
	Entity, Template string // the ids of the sender and of the text in India
}

// Sender hands a message over. Its errors are those above. Safe for concurrent
// use.
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// handOver hands m to its own sender, or else to s.
func (m *Message) handOver(ctx context.Context, s Sender) error {
	if m.Via != nil {
		s = m.Via
	}
	return s.Send(ctx, m)
}

// NotConfigured is the sender of an installation without one: Send always returns
// ErrNotConfigured.
type NotConfigured struct{}

// Send returns ErrNotConfigured.
func (NotConfigured) Send(context.Context, *Message) error { return ErrNotConfigured }

// ByMedium has a sender for each medium. nil means NotConfigured.
type ByMedium struct {
	Email Sender
	SMS   Sender
}

// Send hands m to the sender of its medium.
func (b ByMedium) Send(ctx context.Context, m *Message) error {
	sender := b.of(m.Medium)
	if sender == nil {
		return ErrNotConfigured
	}
	return sender.Send(ctx, m)
}

// Sends reports whether there is a sender for a medium.
func (b ByMedium) Sends(m Medium) bool {
	sender := b.of(m)
	return sender != nil && sender != Sender(NotConfigured{})
}

func (b ByMedium) of(m Medium) Sender { return map[Medium]Sender{Email: b.Email, SMS: b.SMS}[m] }

// CheckRecipient returns ErrRecipient unless m.To is exactly one address of the
// medium. A line break could start another header or command.
func (m *Message) CheckRecipient() error {
	if strings.ContainsFunc(m.To, unicode.IsControl) || !validFor(m.Medium, m.To) {
		return ErrRecipient
	}
	return nil
}

func validFor(medium Medium, to string) bool {
	switch medium {
	case Email:
		a, err := mail.ParseAddress(to)
		return err == nil && a.Name == "" && a.Address == to
	case SMS:
		return isPhoneNumber(to)
	}
	return false
}

// isPhoneNumber reports whether s is an E.164 number: a plus sign and up to 15
// digits, the first not zero.
func isPhoneNumber(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && len(digits) >= 2 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// OneLine returns s with a space for every line break and other control character.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
