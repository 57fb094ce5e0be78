package device

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/gateway/session"
)

// LinkLife is how long a person may use an administrator's link.
const LinkLife = 7 * 24 * time.Hour

// Person is whom a link is for: who has an e-mail address, or a subject of an issuer. A
// subject alone is nobody's: at another provider it may be a name that people choose.
type Person struct {
	Email   string `json:"a,omitzero"` // empty: Issuer and Subject say who
	Issuer  string `json:"i,omitzero"`
	Subject string `json:"s,omitzero"`
}

// is reports whether the session is the person's. An address that the provider calls
// unverified is nobody's: Identity.Email is empty then.
func (p Person) is(s *session.Session) bool {
	if p.Email != "" {
		return strings.EqualFold(p.Email, s.Identity.Email)
	}
	return p.Issuer != "" && p.Subject != "" && p.Issuer == s.Issuer && p.Subject == s.Subject
}

// linked is what an administrator's link holds, sealed.
type linked struct {
	Key string `json:"k"`
	Person
	Type    string    `json:"t"`
	Expires time.Time `json:"e"`
}

const linkContext = "device link"

// Link returns the token of a link by which a person enrols one device, which is
// approved at once.
func (e *Engine) Link(person Person, kind string) (string, error) {
	plain, err := json.Marshal(linked{Key: rand.Text(), Person: person, Type: kind, Expires: e.now().Add(LinkLife)})
	if err != nil {
		return "", err
	}
	return e.box.SealText(plain, linkContext), nil
}

// useLink spends a link, if it is for the person of a session. ErrLink.
func (e *Engine) useLink(ctx context.Context, s *session.Session, kind, token string) error {
	l, err := e.readLink(token)
	if err != nil {
		return err
	}
	if l.Type != kind || !l.is(s) {
		return ErrLink
	}
	err = e.store.SpendTicket(ctx, "device link "+l.Key, l.Expires)
	if errors.Is(err, session.ErrSpent) {
		return ErrLink.Because(err)
	}
	return err
}

func (e *Engine) readLink(token string) (*linked, error) {
	plain, err := e.box.OpenText(token, linkContext)
	if err != nil {
		return nil, ErrLink.Because(err)
	}
	var l linked
	if err := json.Unmarshal(plain, &l); err != nil {
		return nil, ErrLink.Because(err)
	}
	if !e.now().Before(l.Expires) {
		return nil, ErrLink
	}
	return &l, nil
}
