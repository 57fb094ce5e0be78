package device

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/passkey"
)

// challengeLife is how long a challenge may be answered.
const challengeLife = 5 * time.Minute

// challenge is what travels sealed with the page, bound to the session.
type challenge struct {
	Bytes   []byte    `json:"c"`
	Type    string    `json:"t"`
	Expires time.Time `json:"e"`
}

func challengeContext(s *session.Session) string { return "device challenge " + string(s.ID) }

// Offer is what a page needs for a person to enrol or to prove a device.
type Offer struct {
	State   string // sealed; comes back with the answer
	Create  string // the options for a new device, in JSON; empty: it can't be enrolled
	Request string // the options for one that the person has, in JSON; empty: there is none
}

// Offer begins to enrol or to prove a device of a type. ErrPerson.
func (e *Engine) Offer(ctx context.Context, s *session.Session, kind string) (*Offer, error) {
	if s.Proof != nil || s.Issuer == "" || s.Subject == "" {
		return nil, ErrPerson
	}
	all, err := e.store.PersonDevices(ctx, s.Issuer, s.Subject)
	if err != nil {
		return nil, err
	}
	c := challenge{Bytes: make([]byte, 32), Type: kind, Expires: e.now().Add(challengeLife)}
	rand.Read(c.Bytes) // never fails
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	o := &Offer{State: e.box.SealText(plain, challengeContext(s))}
	var every, ofType []passkey.Key
	for _, d := range all {
		every = append(every, d.Key)
		if d.Type == kind {
			ofType = append(ofType, d.Key)
		}
	}
	if kind == policy.DeviceAny && len(all) < PerPerson {
		owner := passkey.Owner{Handle: handleOf(s), Name: shown(s)}
		create, err := passkey.Creation(e.party, owner, c.Bytes, every)
		if err != nil {
			return nil, err
		}
		o.Create = string(create)
	}
	if len(ofType) > 0 {
		request, err := passkey.Request(e.party, c.Bytes, ofType)
		if err != nil {
			return nil, err
		}
		o.Request = string(request)
	}
	return o, nil
}

// shown returns how the person's authenticator names them.
func shown(s *session.Session) string {
	for _, name := range []string{s.Identity.Email, s.Identity.Name, s.Subject} {
		if name != "" {
			return name
		}
	}
	return ""
}

// open returns the challenge of an answer, and spends it. ErrRefused, if it is not the
// session's, too old, or was answered already.
func (e *Engine) open(ctx context.Context, s *session.Session, state string) (*challenge, error) {
	plain, err := e.box.OpenText(state, challengeContext(s))
	if err != nil {
		return nil, ErrRefused.Because(err)
	}
	var c challenge
	if err := json.Unmarshal(plain, &c); err != nil {
		return nil, ErrRefused.Because(err)
	}
	if !e.now().Before(c.Expires) {
		return nil, ErrRefused.Because(errors.New("the challenge is too old"))
	}
	err = e.store.SpendTicket(ctx, "device "+base64.RawURLEncoding.EncodeToString(c.Bytes), c.Expires)
	if errors.Is(err, session.ErrSpent) {
		return nil, ErrRefused.Because(err)
	}
	return &c, err
}

// Answer is what comes back from the page.
type Answer struct {
	State      string
	Credential string // of the browser, in JSON
	Link       string // that of an administrator; empty: there is none
	About      string // what the browser said of itself
}

// Enrol keeps a new device of the person of a session, and proves it.
func (e *Engine) Enrol(ctx context.Context, s *session.Session, a Answer) (*Device, error) {
	c, err := e.open(ctx, s, a.State)
	if err != nil {
		return nil, err
	}
	if c.Type != policy.DeviceAny {
		return nil, ErrEnclave
	}
	d, err := e.created(s, c, a)
	if err != nil {
		return nil, err
	}
	if a.Link != "" {
		if err := e.useLink(ctx, s, c.Type, a.Link); err != nil {
			return nil, err
		}
		d.Approved = d.Created
	}
	if err := e.store.CreateDevice(ctx, d); err != nil {
		return nil, err
	}
	return d, e.admit(ctx, s, d)
}

// created returns the device that a browser has made.
func (e *Engine) created(s *session.Session, c *challenge, a Answer) (*Device, error) {
	answer, err := passkey.ReadCreated([]byte(a.Credential))
	if err != nil {
		return nil, ErrRefused.Because(err)
	}
	key, err := answer.Check(e.party, c.Bytes)
	if err != nil {
		return nil, ErrRefused.Because(err)
	}
	key.Created = e.now()
	return &Device{
		ID: idOf(key.ID), Issuer: s.Issuer, Subject: s.Subject, Email: s.Identity.Email, Type: c.Type,
		Key: *key, About: a.About, Created: key.Created, Seen: key.Created,
	}, nil
}

// Prove proves a device that the person of a session has enrolled.
func (e *Engine) Prove(ctx context.Context, s *session.Session, a Answer) (*Device, error) {
	c, err := e.open(ctx, s, a.State)
	if err != nil {
		return nil, err
	}
	answer, err := passkey.ReadAsserted([]byte(a.Credential))
	if err != nil {
		return nil, ErrRefused.Because(err)
	}
	d, err := e.own(ctx, s, idOf(answer.ID()))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, ErrRefused
	case err != nil:
		return nil, err
	case d.Type != c.Type || !slices.Equal(d.Key.ID, answer.ID()):
		return nil, ErrRefused
	}
	if err := answer.Check(e.party, c.Bytes, d.Key, handleOf(s)); err != nil {
		return nil, ErrRefused.Because(err)
	}
	if err := e.store.UseDevice(ctx, d.ID, answer.Counter(), e.now()); err != nil {
		return nil, err
	}
	return d, e.admit(ctx, s, d)
}
