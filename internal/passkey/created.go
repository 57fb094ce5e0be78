package passkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

var encoding = base64.RawURLEncoding

// The algorithms that a passkey may have. COSE: IANA, "COSE Algorithms".
const (
	es256 = -7
	rs256 = -257
)

// MaxSize is how long the JSON of a credential may be. Attestations with many
// certificates are the longest.
const MaxSize = 32 << 10

// Created is what a browser says of a passkey that it has made. Nothing of it is
// checked yet.
type Created struct {
	parsed *protocol.ParsedCredentialCreationData
}

// ReadCreated reads a RegistrationResponseJSON. ErrForm.
func ReadCreated(data []byte) (*Created, error) {
	if len(data) > MaxSize {
		return nil, ErrForm
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(data)
	if err != nil {
		return nil, ErrForm.Because(err)
	}
	return &Created{parsed}, nil
}

// Challenge returns the challenge that was signed, nil if it cannot be read.
func (c *Created) Challenge() []byte {
	return challengeOf(c.parsed.Response.CollectedClientData)
}

func challengeOf(data protocol.CollectedClientData) []byte {
	challenge, err := encoding.Strict().DecodeString(data.Challenge)
	if err != nil {
		return nil
	}
	return challenge
}

// Check returns the key of the new passkey, if it answers the challenge.
// ErrChallenge, ErrOrigin, ErrRelyingParty, ErrUnsupported. WebAuthn §7.1.
func (c *Created) Check(rp RelyingParty, challenge []byte) (*Key, error) {
	said := c.parsed.Response.CollectedClientData
	if err := rp.checkClient(said, challenge, protocol.CreateCeremony); err != nil {
		return nil, err
	}
	auth := c.parsed.Response.AttestationObject.AuthData
	if err := rp.checkAuthenticator(auth); err != nil {
		return nil, err
	}
	if !bytes.Equal(c.parsed.RawID, auth.AttData.CredentialID) {
		return nil, ErrForm
	}
	if !supported(auth.AttData.CredentialPublicKey) {
		return nil, ErrUnsupported
	}
	k := &Key{
		ID: auth.AttData.CredentialID, Public: auth.AttData.CredentialPublicKey, RP: rp.ID, AAGUID: auth.AttData.AAGUID,
		Attachment: string(c.parsed.AuthenticatorAttachment), Counter: auth.Counter, Synced: auth.Flags.HasBackupEligible(),
	}
	for _, t := range c.parsed.Response.Transports {
		if slices.Contains(transports, string(t)) && !slices.Contains(k.Transports, string(t)) {
			k.Transports = append(k.Transports, string(t))
		}
	}
	return k, nil
}

// transports are those that are kept. WebAuthn §5.8.4.
var transports = []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}

// checkClient checks what the browser says of the ceremony.
func (rp RelyingParty) checkClient(said protocol.CollectedClientData, challenge []byte, ceremony protocol.CeremonyType) error {
	if !rp.Allows(said.Origin) {
		return ErrOrigin.Saying("The origin %q is not allowed for the relying party %s.", said.Origin, rp.ID)
	}
	origin := []string{said.Origin} // allowed above
	if err := said.Verify(encoding.EncodeToString(challenge), ceremony, origin, origin, nil, protocol.TopOriginExplicitVerificationMode, false); err != nil {
		return ErrChallenge.Because(err)
	}
	return nil
}

// checkAuthenticator checks what the authenticator says of the ceremony.
func (rp RelyingParty) checkAuthenticator(auth protocol.AuthenticatorData) error {
	id := sha256.Sum256([]byte(rp.ID))
	if !bytes.Equal(auth.RPIDHash, id[:]) {
		return ErrRelyingParty
	}
	if err := auth.Verify(id[:], nil, rp.VerifiesUser, true); err != nil {
		return ErrUnsupported.Because(err)
	}
	return nil
}

// supported reports whether a public key is one that was asked for.
func supported(public []byte) bool {
	key, err := webauthncose.ParsePublicKey(public)
	if err != nil {
		return false
	}
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		return k.Algorithm == es256
	case webauthncose.RSAPublicKeyData:
		return k.Algorithm == rs256
	}
	return false
}
