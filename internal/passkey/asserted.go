package passkey

import (
	"github.com/go-webauthn/webauthn/protocol"
)

// Asserted is what a browser says to sign somebody in. Nothing of it is checked
// yet.
type Asserted struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// ReadAsserted reads an AuthenticationResponseJSON. ErrForm.
func ReadAsserted(data []byte) (*Asserted, error) {
	if len(data) > MaxSize {
		return nil, ErrForm
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(data)
	if err != nil {
		return nil, ErrForm.Because(err)
	}
	return &Asserted{parsed}, nil
}

// ID returns the id of the passkey.
func (a *Asserted) ID() []byte { return a.parsed.RawID }

// Counter returns how often the authenticator says that it has signed. 0: it does
// not count.
func (a *Asserted) Counter() uint32 { return a.parsed.Response.AuthenticatorData.Counter }

// Check returns an error unless the passkey has signed the challenge for the user
// with the handle, now: its counter, if it has one, has gone on. ErrOrigin,
// ErrRefused. WebAuthn §7.2.
func (a *Asserted) Check(rp RelyingParty, challenge []byte, key Key, handle string) error {
	said := a.parsed.Response.CollectedClientData
	if err := rp.checkClient(said, challenge, protocol.AssertCeremony); err != nil {
		return ErrRefused.Because(err)
	}
	if h := a.parsed.Response.UserHandle; len(h) > 0 && string(h) != handle {
		return ErrRefused
	}
	origin := []string{said.Origin} // allowed above
	err := a.parsed.Verify(encoding.EncodeToString(challenge), rp.ID, "", origin, origin, nil, protocol.TopOriginExplicitVerificationMode,
		false, rp.VerifiesUser, true, key.Public, protocol.SignaturePolicy{})
	switch {
	case err != nil:
		return ErrRefused.Because(err)
	case key.RP != rp.ID || !key.GoesOn(a.Counter()):
		return ErrRefused
	}
	return nil
}

// GoesOn reports whether a counter may follow that of the key. One that does not
// is that of a copy. WebAuthn §6.1.1.
func (k Key) GoesOn(counter uint32) bool {
	return counter > k.Counter || counter == 0 && k.Counter == 0
}
