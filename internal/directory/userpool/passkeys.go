package userpool

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"gatehouse/internal/base/hostname"
)

// Passkeys is what a pool asks of its users' passkeys. Cognito:
// WebAuthnConfigurationType.
type Passkeys struct {
	// RelyingParty is the host name to which passkeys belong: at it and below it
	// they can be used. "": the host of the pool's domain.
	RelyingParty string `json:",omitempty"`
	// UserVerification is required or preferred. "": preferred.
	UserVerification string `json:",omitempty"`
	// MultiFactor: a passkey that verifies its user counts as two factors.
	MultiFactor bool `json:",omitempty"`
}

// VerifiesUser reports whether a passkey must verify its user, with a PIN, a finger
// or a face.
func (s *Passkeys) VerifiesUser() bool { return s.MultiFactor || s.UserVerification == "required" }

// checkPasskeys checks the relying party: a host name under which no two owners
// have hosts.
func (s *Settings) checkPasskeys() error {
	rp := s.Passkeys.RelyingParty
	if rp == "" || rp == "localhost" {
		return nil
	}
	host, port, ok := hostname.Parse(rp)
	if !ok || port != "" || host != rp || !strings.Contains(rp, ".") || strings.HasSuffix(rp, ".") || !strings.ContainsAny(rp, "abcdefghijklmnopqrstuvwxyz") || strings.Contains(rp, ":") {
		return ErrSettings.Saying("RelyingPartyId must be a host name in lower case.")
	}
	if suffix, _ := publicsuffix.PublicSuffix(rp); suffix == rp {
		return ErrSettings.Saying("RelyingPartyId %s is a public suffix.", rp)
	}
	return nil
}
