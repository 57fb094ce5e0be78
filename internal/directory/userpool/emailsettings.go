package userpool

import (
	"cmp"
	"net/mail"
	"strings"

	"gatehouse/internal/base/pattern"
)

// EmailSettings is who sends a pool's e-mail. Cognito: EmailConfigurationType.
type EmailSettings struct {
	// Developer is true for the sending account DEVELOPER. It sends as SourceARN
	// says, and needs one; otherwise the fields may be empty, and the installation
	// decides.
	Developer bool `json:",omitempty"`
	// SourceARN is an identity of Amazon SES: arn:aws:ses:<region>:<account>:identity/<address or domain>.
	SourceARN        string `json:",omitempty"`
	From             string `json:",omitempty"` // "Name <address>" or a bare address; empty: the address of SourceARN
	ReplyTo          string `json:",omitempty"` // a bare address
	ConfigurationSet string `json:",omitempty"` // of Amazon SES
}

var identityForm = pattern.New(`^arn:[^:]+:ses:[^:]*:[0-9]+:identity/.+$`)

// Sender returns the address that sends; "": the installation's.
func (s *EmailSettings) Sender() string {
	identity := s.identity()
	if !strings.Contains(identity, "@") {
		identity = ""
	}
	return cmp.Or(s.From, identity)
}

// identity returns the address or domain in SourceARN.
func (s *EmailSettings) identity() string {
	_, identity, _ := strings.Cut(s.SourceARN, ":identity/")
	return identity
}

// Check returns an error if the service would not send as the settings say.
// ErrSettings.
func (s *EmailSettings) Check() error {
	if s.SourceARN != "" && !identityForm.MatchString(s.SourceARN) {
		return ErrSettings.Saying("SourceArn is not the ARN of an Amazon SES identity.")
	}
	if s.Developer && s.SourceARN == "" {
		return ErrSettings.Saying("SourceArn is required if EmailSendingAccount is DEVELOPER.")
	}
	if s.Sender() == "" && s.SourceARN != "" {
		return ErrSettings.Saying("From is required if SourceArn names a domain.")
	}
	if s.ReplyTo != "" {
		if a, err := mail.ParseAddress(s.ReplyTo); err != nil || a.Address != s.ReplyTo {
			return ErrSettings.Saying("ReplyToEmailAddress is not an e-mail address.")
		}
	}
	return s.checkFrom()
}

// checkFrom checks that SourceARN may send as From.
func (s *EmailSettings) checkFrom() error {
	if s.Sender() == "" {
		return nil
	}
	from, err := mail.ParseAddress(s.Sender())
	if err != nil {
		return ErrSettings.Saying("From is not an e-mail address.")
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	identity, domain := strings.ToLower(s.identity()), strings.ToLower(domain)
	if identity == "" || strings.EqualFold(identity, from.Address) || identity == domain || strings.HasSuffix(domain, "."+identity) {
		return nil
	}
	return ErrSettings.Saying("The address in From is not one of the identity in SourceArn.")
}
