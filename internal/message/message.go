// Package message sends what a pool says to its users outside the browser:
// codes, invitations and notices, by e-mail and SMS.
//
//	engine: template ── Render ──► Message ──► Sender ─┬─ SMTP           a mail server
//	                                                   ├─ Outbox         kept to be looked at (development)
//	                                                   ├─ ByMedium       one sender for each medium
//	                                                   └─ NotConfigured  says so
//
// A sender returns when the message was handed over, or says why it was not;
// nothing is tried again, since the person can ask for another code. Which
// text is sent to whom, how often, and how a destination is masked is left to
// the engines.
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
	// ErrNotConfigured says that there is no way to send this kind of message.
	ErrNotConfigured = fault.New(fault.Unavailable, "message_not_configured", "Message delivery is not configured.")
	// ErrDelivery says that the way is there and did not take the message.
	ErrDelivery = fault.New(fault.Unavailable, "message_delivery_failed", "The message could not be delivered.")
	// ErrRecipient says that the destination is no address of its medium.
	ErrRecipient = fault.New(fault.Invalid, "message_recipient_invalid", "The destination is not a valid address.")
)

// Medium is the way that a message goes.
type Medium string

// The media, by the names that Cognito gives them.
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
	Pool     string      // the pool that sends
	Username string      // whom it concerns
	Purpose  string      // what for: "verify", "invite", "mfa", …
	Sent     time.Time
}

// Sender hands a message over. Its errors are those above. It is safe for use
// from several goroutines.
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// NotConfigured is the sender of who has set none up: every message fails with
// ErrNotConfigured.
type NotConfigured struct{}

// Send returns ErrNotConfigured.
func (NotConfigured) Send(context.Context, *Message) error { return ErrNotConfigured }

// ByMedium sends each medium its own way. A nil sender is NotConfigured.
type ByMedium struct {
	Email Sender
	SMS   Sender
}

// Send hands m to the sender of its medium.
func (b ByMedium) Send(ctx context.Context, m *Message) error {
	sender := map[Medium]Sender{Email: b.Email, SMS: b.SMS}[m.Medium]
	if sender == nil {
		return ErrNotConfigured
	}
	return sender.Send(ctx, m)
}

// checkRecipient returns ErrRecipient unless m.To is one address of m's medium
// and nothing else. A line break in it could begin another header or command.
func checkRecipient(m *Message) error {
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

// oneLine returns s with every line break and other control character turned
// into a space.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
