package message

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/base/seal"
)

// Outbox is a sender that delivers nothing and keeps everything, so that a
// developer sees the codes that users would get. Anybody who may look into it
// can sign in as anybody: it is for development.
type Outbox struct {
	Store  OutboxStore
	Sealer *seal.Sealer     // the bodies hold codes and are kept sealed
	Now    func() time.Time // nil: time.Now; for messages without a time
}

// OutboxStore keeps what an Outbox caught.
type OutboxStore interface {
	// AddMessage keeps m and sets its ID, which is greater than all before.
	AddMessage(ctx context.Context, m *Stored) error
	// Messages returns at most limit messages with an ID below before, newest
	// first. A before of 0 begins at the newest.
	Messages(ctx context.Context, limit int, before int64) ([]*Stored, error)
}

// Stored is a message in an OutboxStore.
type Stored struct {
	ID       int64 // given by the store; counts up
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

// Caught is a message in an Outbox, to be read.
type Caught struct {
	ID int64
	Message
}

// Send keeps m.
func (o *Outbox) Send(ctx context.Context, m *Message) error {
	if err := checkRecipient(m); err != nil {
		return err
	}
	body, err := o.Sealer.Seal([]byte(m.Body.Reveal()), bodyContext(m.Medium, m.To))
	if err != nil {
		return ErrDelivery.Because(err)
	}
	sent := m.Sent
	if sent.IsZero() {
		sent = o.now()
	}
	err = o.Store.AddMessage(ctx, &Stored{
		Medium: m.Medium, To: m.To, Subject: oneLine(m.Subject), Body: body, HTML: m.HTML,
		Pool: m.Pool, Username: m.Username, Purpose: m.Purpose, Sent: sent,
	})
	if err != nil {
		return ErrDelivery.Because(fmt.Errorf("keep message: %w", err))
	}
	return nil
}

// List returns at most limit messages with an ID below before (0: from the
// newest), newest first.
func (o *Outbox) List(ctx context.Context, limit int, before int64) ([]*Caught, error) {
	stored, err := o.Store.Messages(ctx, limit, before)
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

// ListTo is List for the messages to one recipient, however it is written in
// upper and lower case.
func (o *Outbox) ListTo(ctx context.Context, to string, limit int, before int64) ([]*Caught, error) {
	const page = 200
	var found []*Caught
	for {
		stored, err := o.Store.Messages(ctx, page, before)
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
	body, err := o.Sealer.Open(m.Body, bodyContext(m.Medium, m.To))
	if err != nil {
		return nil, fmt.Errorf("open message %d of the outbox: %w", m.ID, err)
	}
	return &Caught{ID: m.ID, Message: Message{
		Medium: m.Medium, To: m.To, Subject: m.Subject, Body: seal.Secret(body), HTML: m.HTML,
		Pool: m.Pool, Username: m.Username, Purpose: m.Purpose, Sent: m.Sent,
	}}, nil
}

func (o *Outbox) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

func bodyContext(medium Medium, to string) string { return "outbox:" + string(medium) + ":" + to }

// Memory is an OutboxStore that lasts as long as the process. The zero value
// is empty and ready.
type Memory struct {
	mu       sync.Mutex
	messages []*Stored // oldest first; the ID is the place, from 1
}

// AddMessage keeps m.
func (s *Memory) AddMessage(_ context.Context, m *Stored) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID = int64(len(s.messages) + 1)
	kept := *m
	s.messages = append(s.messages, &kept)
	return nil
}

// Messages returns the newest messages below before.
func (s *Memory) Messages(_ context.Context, limit int, before int64) ([]*Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := int64(len(s.messages))
	if before > 0 {
		end = min(end, before-1)
	}
	var found []*Stored
	for i := end - 1; i >= 0 && len(found) < limit; i-- {
		m := *s.messages[i]
		found = append(found, &m)
	}
	return found, nil
}
