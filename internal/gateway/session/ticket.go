package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// Why a ticket is refused.
var (
	ErrTicketInvalid = fault.New(fault.Invalid, "ticket_invalid", "This sign-in link is not valid. Open the page again.")
	ErrTicketExpired = fault.New(fault.Expired, "ticket_expired", "This sign-in link is too old. Open the page again.")
	// ErrTicketBrowser stops an attacker who gives a victim the link of the
	// attacker's own sign-in: the victim would use the attacker's account.
	ErrTicketBrowser = fault.New(fault.Denied, "ticket_other_browser", "This sign-in was started in another browser, or this browser keeps no cookies of this site. Open the page again.")
)

// TicketLife is how long a ticket may be redeemed. One redirect needs it.
const TicketLife = time.Minute

// Ticket carries a session from the sign-in host to an application's host.
type Ticket struct {
	// Host is where the ticket may be redeemed: a host name, without port.
	Host string
	// Return is the URL that the person wanted.
	Return string
	// Browser is the [BrowserHash] of the secret that Host gave the browser
	// before it sent the person to sign in.
	Browser string
	// Handle is the session's handle; empty if Session names the session.
	Handle seal.Secret
	// Session is set by a front whose cookies hold the session's id.
	Session ID
}

// Tickets issues and redeems tickets. A session passes from the sign-in host to
// an application's host only by a ticket:
//
//	wanted host                          sign-in host
//	sets a browser secret in a cookie ─▶ signs the person in
//	Redeem(ticket, host, secret)      ◀─ Issue(ticket), in a redirect's query
//	sets its own cookie
//
// A ticket can be redeemed only at its host, by its browser, within
// [TicketLife], and once on all nodes together. All fields but Now must be set.
type Tickets struct {
	Box   *seal.Box
	Store interface {
		SpendTicket(ctx context.Context, key string, until time.Time) error
	}
	Now func() time.Time // nil: time.Now
}

// sealedTicket is the form of a ticket inside the seal. Handle is a plain text,
// because a seal.Secret encodes as "[redacted]".
type sealedTicket struct {
	Key     string    `json:"k"`
	Return  string    `json:"r"`
	Browser string    `json:"b"`
	Handle  string    `json:"h,omitempty"`
	Session ID        `json:"i,omitempty"`
	Expires time.Time `json:"e"`
}

// Issue returns t as a text for a query parameter.
func (ts *Tickets) Issue(t Ticket) (string, error) {
	plain, err := json.Marshal(sealedTicket{
		Key: rand.Text(), Return: t.Return, Browser: t.Browser,
		Handle: t.Handle.Reveal(), Session: t.Session, Expires: ts.now().Add(TicketLife),
	})
	if err != nil {
		return "", err
	}
	return ts.Box.SealText(plain, "ticket "+t.Host), nil
}

// Redeem opens a ticket at host, for the browser that has one of the secrets, and
// spends it.
func (ts *Tickets) Redeem(ctx context.Context, text, host string, secrets ...string) (*Ticket, error) {
	plain, err := ts.Box.OpenText(text, "ticket "+host)
	if err != nil {
		return nil, ErrTicketInvalid.Because(err)
	}
	var st sealedTicket
	if err := json.Unmarshal(plain, &st); err != nil {
		return nil, ErrTicketInvalid.Because(err)
	}
	if !ts.now().Before(st.Expires) {
		return nil, ErrTicketExpired
	}
	if !slices.ContainsFunc(secrets, st.isFor) {
		return nil, ErrTicketBrowser
	}
	if err := ts.Store.SpendTicket(ctx, "ticket "+st.Key, st.Expires); err != nil {
		return nil, err
	}
	return &Ticket{Host: host, Return: st.Return, Browser: st.Browser, Handle: seal.Secret(st.Handle), Session: st.Session}, nil
}

// isFor reports whether the ticket is for the browser with a secret.
func (st *sealedTicket) isFor(secret string) bool {
	return secret != "" && subtle.ConstantTimeCompare([]byte(st.Browser), []byte(BrowserHash(secret))) == 1
}

func (ts *Tickets) now() time.Time {
	if ts.Now != nil {
		return ts.Now()
	}
	return time.Now()
}

// BrowserHash returns the form of a browser's secret that may travel in URLs.
func BrowserHash(secret string) string {
	sum := sha256.Sum256([]byte("gatehouse browser " + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SessionID returns the id of the ticket's session.
func (t *Ticket) SessionID() ID {
	if t.Session != "" {
		return t.Session
	}
	return IDOf(t.Handle)
}
