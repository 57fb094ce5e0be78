package message

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
)

// Outbox is a sender that delivers nothing and keeps every message, so that a
// developer sees the codes that users would get. It is for development: whoever
// can read it can sign in as any user. In production it holds the messages that
// could not be sent ([Courier]). Safe for concurrent use.
type Outbox struct {
	store  OutboxStore
	sealer *seal.Sealer
	now    func() time.Time
}

// OutboxStore keeps the messages of an Outbox.
type OutboxStore interface {
	// AddMessage keeps m and sets m.ID, which is greater than all IDs before it.
	AddMessage(ctx context.Context, m *Stored) error
	// Messages returns at most limit messages whose ID is less than before,
	// newest first. A before of 0 begins at the newest.
	Messages(ctx context.Context, limit int, before int64) ([]*Stored, error)
}

// NewOutbox returns an outbox. The sealer seals the bodies, which hold codes.
// now, which may be nil for time.Now, dates messages without a time.
func NewOutbox(store OutboxStore, sealer *seal.Sealer, now func() time.Time) *Outbox {
	if now == nil {
		now = time.Now
	}
	return &Outbox{store: store, sealer: sealer, now: now}
}

// Stored is a message in an OutboxStore.
type Stored struct {
	ID       int64 // set by the store; a later message has a greater ID
	Medium   Medium
	To       string
	Subject  string
	Body     []byte // sealed
	HTML     bool
	Pool     string
	Username string
	Purpose  string
	Sent     time.Time
}

// Caught is a message that an Outbox kept.
type Caught struct {
	ID int64
	Message
}

// Send keeps m.
func (o *Outbox) Send(ctx context.Context, m *Message) error {
	if err := m.CheckRecipient(); err != nil {
		return err
	}
	if _, err := o.keep(ctx, m); err != nil {
		return ErrDelivery.Because(err)
	}
	return nil
}

// keep keeps m and returns its id.
func (o *Outbox) keep(ctx context.Context, m *Message) (int64, error) {
	body, err := o.sealer.Seal([]byte(m.Body.Reveal()), bodyContext(m.Medium, m.To))
	if err != nil {
		return 0, err
	}
	sent := m.Sent
	if sent.IsZero() {
		sent = o.now()
	}
	kept := &Stored{
		Medium: m.Medium, To: m.To, Subject: OneLine(m.Subject), Body: body, HTML: m.HTML,
		Pool: m.Pool, Username: m.Username, Purpose: m.Purpose, Sent: sent,
	}
	if err := o.store.AddMessage(ctx, kept); err != nil {
		return 0, fmt.Errorf("keep message: %w", err)
	}
	return kept.ID, nil
}

// List returns at most limit messages whose ID is less than before, newest
// first. A before of 0 begins at the newest.
func (o *Outbox) List(ctx context.Context, limit int, before int64) ([]*Caught, error) {
	stored, err := o.store.Messages(ctx, limit, before)
	if err != nil {
		return nil, fmt.Errorf("list outbox: %w", err)
	}
	caught := make([]*Caught, len(stored))
	for i, m := range stored {
		if caught[i], err = o.open(m); err != nil {
			return nil, err
		}
	}
	return caught, nil
}

// ListTo is List for the messages to one recipient. Upper and lower case are the
// same.
func (o *Outbox) ListTo(ctx context.Context, to string, limit int, before int64) ([]*Caught, error) {
	const page = 200
	var found []*Caught
	for {
		stored, err := o.store.Messages(ctx, page, before)
		if err != nil {
			return nil, fmt.Errorf("list outbox: %w", err)
		}
		for _, m := range stored {
			if len(found) == limit {
				return found, nil
			}
			if !strings.EqualFold(m.To, to) {
				continue
			}
			c, err := o.open(m)
			if err != nil {
				return nil, err
			}
			found = append(found, c)
		}
		if len(stored) < page {
			return found, nil
		}
		before = stored[len(stored)-1].ID
	}
}

func (o *Outbox) open(m *Stored) (*Caught, error) {
	body, err := o.sealer.Open(m.Body, bodyContext(m.Medium, m.To))
	if err != nil {
		return nil, fmt.Errorf("open message %d of the outbox: %w", m.ID, err)
	}
	return &Caught{ID: m.ID, Message: Message{
		Medium: m.Medium, To: m.To, Subject: m.Subject, Body: seal.Secret(body), HTML: m.HTML,
		Pool: m.Pool, Username: m.Username, Purpose: m.Purpose, Sent: m.Sent,
	}}, nil
}

func bodyContext(medium Medium, to string) string { return "outbox:" + string(medium) + ":" + to }
