package managedlogin

import (
	"log/slog"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/signin"
)

// passkeyFailures are what the page says for the errors of browsers. WebAuthn §5.1.
var passkeyFailures = map[string]string{
	"":                  "No passkey was used. Allow JavaScript for this page, or go on without.",
	"NotSupportedError": "This browser knows no passkeys.",
	"InvalidStateError": "This device has a passkey for you already.",
	"SecurityError":     "Passkeys do not work at this address.",
}

const passkeyCancelled = "No passkey was used. Try again, or go on without."

// passkeyFailure says why a form came back without a passkey.
func (v *visit) passkeyFailure() string {
	if text, known := passkeyFailures[v.text(fieldFailure)]; known {
		return text
	}
	return passkeyCancelled
}

// passkeysHere reports whether passkeys of the pool work at the address of this page.
func (s *Server) passkeysHere(v *visit) (bool, error) {
	return s.SignIn.PasskeysAt(v.r.Context(), v.pool, v.req.Client, v.origin)
}

// originOf returns the origin of an address of pages.
func originOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (v *visit) askPasskey(ch *signin.Challenge, another bool) error {
	return v.show(UsePasskey{
		Frame: v.frame, Username: v.named(), Session: ch.Session.Reveal(),
		Options: ch.Parameters["CREDENTIAL_REQUEST_OPTIONS"], Another: another,
	})
}

// usePasskey handles the form with a passkey's answer. Without one, the same
// question can be answered again.
func (s *Server) usePasskey(v *visit) error {
	p := UsePasskey{
		Frame: v.frame, Username: v.text(fieldUsername), Session: v.text(fieldSession),
		Options: v.text(fieldOptions), Another: v.r.PostForm.Has(fieldChoose), Problem: v.passkeyFailure(),
	}
	credential := v.text(fieldCredential)
	if credential == "" {
		web.Note(v.r.Context(), slog.String("outcome", "passkey_unused"))
		return v.show(p)
	}
	out, err := s.answer(v, signin.WebAuthn, "CREDENTIAL", credential)
	if err == nil {
		return s.next(v, out)
	}
	return s.retry(v, err, func(text string) error {
		p.Problem = text
		return v.show(p)
	})
}
