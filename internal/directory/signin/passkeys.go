package signin

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// Errors of passkeys.
var (
	ErrPasskeysOff     = fault.New(fault.Unsupported, "passkeys_off", "The user pool does not allow WEB_AUTHN as a first factor.")
	ErrNoRelyingParty  = fault.New(fault.Unsupported, "passkeys_no_relying_party", "The user pool has no relying party: set RelyingPartyId, or give the pool a domain.")
	ErrPasskeyClient   = fault.New(fault.Denied, "passkey_client", "The registration was started with another app client.")
	ErrPasskeyExists   = fault.New(fault.Conflict, "passkey_exists", "The passkey is registered already.")
	ErrPasskeyNotFound = fault.New(fault.NotFound, "passkey_not_found", "The user has no such passkey.")
	ErrTooManyPasskeys = fault.New(fault.Throttled, "passkeys_too_many", "The user has as many passkeys as a user may have.")
)

// maxPasskeys is how many passkeys a user may have. Cognito: "Quotas".
const maxPasskeys = 20

// registrationLife is how long a registration may take. Browsers are told less.
const registrationLife = 5 * time.Minute

// StartPasskey returns the options, in JSON, with which a browser makes a passkey
// for a user who is signed in to the client. Nothing is stored: the challenge says
// for whom it is. ErrPasskeysOff, ErrNoRelyingParty, ErrTooManyPasskeys.
func (e *Engine) StartPasskey(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User) ([]byte, error) {
	rp, err := e.relyingParty(ctx, p, c)
	if err != nil {
		return nil, err
	}
	if len(u.Security.Passkeys) >= maxPasskeys {
		return nil, ErrTooManyPasskeys
	}
	return passkey.Creation(rp, passkey.Owner{Handle: string(u.Sub), Name: u.DisplayName(p)}, e.newRegistration(c, u), u.Security.Passkeys)
}

// AddPasskey keeps the passkey that a browser has made with the options of
// [Engine.StartPasskey]. Besides its errors: those of package passkey,
// ErrPasskeyClient, ErrPasskeyExists.
func (e *Engine) AddPasskey(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, credential []byte) error {
	rp, err := e.relyingParty(ctx, p, c)
	if err != nil {
		return err
	}
	created, err := passkey.ReadCreated(credential)
	if err != nil {
		return err
	}
	r, err := e.openRegistration(created.Challenge(), c, u)
	if err != nil {
		return err
	}
	key, err := created.Check(rp, created.Challenge())
	if err != nil {
		return err
	}
	if err := e.spent.Spend(ctx, r.id(), r.ends().Add(spentFor)); errors.Is(err, ErrSessionUsed) {
		return passkey.ErrChallenge
	} else if err != nil {
		return err
	}
	key.Created = e.now()
	return e.users.UpdateSecurity(ctx, u, func(s *user.Security) error {
		switch {
		case slices.ContainsFunc(s.Passkeys, func(k passkey.Key) bool { return bytes.Equal(k.ID, key.ID) }):
			return ErrPasskeyExists
		case len(s.Passkeys) >= maxPasskeys:
			return ErrTooManyPasskeys
		}
		s.Passkeys = append(slices.Clone(s.Passkeys), *key)
		return nil
	})
}

// RemovePasskey removes a passkey of a user. ErrPasskeyNotFound.
func (e *Engine) RemovePasskey(ctx context.Context, u *user.User, id []byte) error {
	return e.users.UpdateSecurity(ctx, u, func(s *user.Security) error {
		kept := slices.DeleteFunc(slices.Clone(s.Passkeys), func(k passkey.Key) bool { return bytes.Equal(k.ID, id) })
		if len(kept) == len(s.Passkeys) {
			return ErrPasskeyNotFound
		}
		s.Passkeys = kept
		return nil
	})
}

// relyingParty returns for whom the pool's passkeys sign. ErrPasskeysOff,
// ErrNoRelyingParty.
func (e *Engine) relyingParty(ctx context.Context, p *userpool.Pool, c *userpool.Client) (passkey.RelyingParty, error) {
	id, err := e.relyingPartyID(ctx, p)
	return passkey.RelyingParty{ID: id, Related: c.Settings.CallbackURLs, VerifiesUser: p.Settings.Passkeys.VerifiesUser()}, err
}

// relyingPartyID returns the host that the pool's owner chose, or that of its domain.
func (e *Engine) relyingPartyID(ctx context.Context, p *userpool.Pool) (host string, err error) {
	if !p.Settings.AllowsFirst(userpool.FirstPasskey) {
		return "", ErrPasskeysOff
	}
	if own := p.Settings.Passkeys.RelyingParty; own != "" {
		return own, nil
	}
	domains, err := e.pools.DomainsOf(ctx, p.ID)
	if err != nil {
		return "", err
	}
	for _, d := range domains {
		switch {
		case d.Custom:
			return d.Name, nil
		case e.domainSuffix != "":
			host = d.Name + "." + e.domainSuffix
		}
	}
	if host == "" {
		err = ErrNoRelyingParty
	}
	return host, err
}

// PasskeysAt reports whether pages at the origin can use the passkeys of the pool.
func (e *Engine) PasskeysAt(ctx context.Context, p *userpool.Pool, c *userpool.Client, origin string) (bool, error) {
	rp, err := e.relyingParty(ctx, p, c)
	switch {
	case errors.Is(err, ErrPasskeysOff), errors.Is(err, ErrNoRelyingParty):
		return false, nil
	}
	return err == nil && rp.Allows(origin), err
}

// TakesPasskey reports whether u could begin a sign-in with a passkey.
func TakesPasskey(p *userpool.Pool, u *user.User) bool {
	with := *u
	with.Security.Passkeys = []passkey.Key{{RP: p.Settings.Passkeys.RelyingParty}}
	return slices.Contains(user.FirstFactors(p, &with), WebAuthn)
}

// maxOrigins is how many related origins are published. Browsers look at a few.
const maxOrigins = 100

// RelatedOrigins returns the origins outside of the host at which the passkeys of
// the pool can be used: those of the app clients whose users can choose passkeys.
// There are none unless the host is the relying party.
func (e *Engine) RelatedOrigins(ctx context.Context, p *userpool.Pool, host string) ([]string, error) {
	origins := []string{}
	id, err := e.relyingPartyID(ctx, p)
	switch {
	case errors.Is(err, ErrPasskeysOff), errors.Is(err, ErrNoRelyingParty), err == nil && id != host:
		return origins, nil
	case err != nil:
		return nil, err
	}
	for next, more := userpool.ClientID(""), true; more; more = next != "" && len(origins) < maxOrigins {
		var clients []*userpool.Client
		if clients, next, err = e.pools.ListClients(ctx, p.ID, next, userpool.MaxPage); err != nil {
			return nil, err
		}
		for _, c := range clients {
			origins = appendOrigins(origins, c)
		}
	}
	return origins, nil
}

func appendOrigins(origins []string, c *userpool.Client) []string {
	if !c.AllowsFlow(userpool.FlowUserChoice) {
		return origins
	}
	for _, address := range c.Settings.CallbackURLs {
		if o := passkey.Origin(address); o != "" && !slices.Contains(origins, o) && len(origins) < maxOrigins {
			origins = append(origins, o)
		}
	}
	return origins
}

// registration is the challenge of a registration: 16 random bytes, its end, a hash
// of its client, and a MAC that binds them to the user.
type registration []byte

const registrationSize = 16 + 8 + 8

func (r registration) id() string {
	return "passkey-" + base64.RawURLEncoding.EncodeToString(r[:16])
}

func (r registration) ends() time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(r[16:24])))
}

func (e *Engine) newRegistration(c *userpool.Client, u *user.User) registration {
	r := make(registration, 16, registrationSize)
	rand.Read(r)
	r = binary.BigEndian.AppendUint64(r, uint64(e.now().Add(registrationLife).UnixMicro()))
	r = append(r, seal.Hash(string(c.ID))[:8]...)
	return append(r, e.registrationMAC(u, r)...)
}

func (e *Engine) registrationMAC(u *user.User, r registration) []byte {
	return e.sealer.MAC("passkey:"+string(u.Pool)+":"+string(u.Sub), string(r[:registrationSize]))
}

// openRegistration returns the challenge if it was made for the client and the
// user, and has not ended.
func (e *Engine) openRegistration(challenge []byte, c *userpool.Client, u *user.User) (registration, error) {
	r := registration(challenge)
	switch {
	case len(r) < registrationSize || !hmac.Equal(r[registrationSize:], e.registrationMAC(u, r)):
		return nil, passkey.ErrChallenge
	case !bytes.Equal(r[24:registrationSize], seal.Hash(string(c.ID))[:8]):
		return nil, ErrPasskeyClient
	case !e.now().Before(r.ends()):
		return nil, passkey.ErrChallenge
	}
	return r, nil
}
