package session

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// Listed is a session as the people see it who run the installation.
type Listed struct {
	ID ID
	Origin
	Email           string // as the provider said it; "" also if the seal does not open
	Issued, Expires time.Time
}

// listPage is how many sessions one read of a list takes.
const listPage = 500

// List returns every session, oldest first. Those that have expired or are idle, and
// are not swept yet, are left out. The list ends after an error.
func (m *Manager) List(ctx context.Context) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		var last Record
		for {
			page, err := m.cfg.Store.Sessions(ctx, last.Created, last.ID, listPage)
			if err != nil {
				yield(Listed{}, fmt.Errorf("list sessions: %w", err))
				return
			}
			for _, r := range page {
				now := m.cfg.Now()
				if now.Before(r.Expires) && !m.idle(r, now) && !yield(m.listed(r), nil) {
					return
				}
			}
			if len(page) < listPage {
				return
			}
			last = page[len(page)-1]
		}
	}
}

func (m *Manager) listed(r Record) Listed {
	l := Listed{ID: r.ID, Origin: r.Origin, Issued: r.Created, Expires: r.Expires}
	if s, err := decode(m.cfg.Box, r); err == nil { // else cookie_secret has changed
		l.Email = s.Identity.Email
	}
	return l
}

// OfPerson returns the living sessions of the person of s, oldest first: s alone,
// if it is not known who the person is. Those whose seal does not open are left
// out: no browser can use them. The sessions are as they are stored, and not
// renewed.
func (m *Manager) OfPerson(ctx context.Context, s *Session) ([]Held, error) {
	if s.Person().ID != "" {
		t, err := m.Tokens(ctx, s)
		if err != nil {
			return nil, err
		}
		return []Held{{s, t}}, nil
	}
	records, err := m.cfg.Store.PersonSessions(ctx, s.Issuer, s.Subject)
	if err != nil {
		return nil, ErrUnavailable.Because(fmt.Errorf("list the sessions of a person: %w", err))
	}
	var all []Held
	for _, r := range records {
		if one, err := decode(m.cfg.Box, r); err == nil && m.cfg.Now().Before(one.Expires) {
			all = append(all, one)
		}
	}
	return all, nil
}

// Person returns the scope of all sessions of the person of l.
func (l Listed) Person() Scope { return personOf(l.ID, l.Origin) }
