package relyingparty

import (
	"fmt"
	"strings"
	"unicode"

	"gatehouse/internal/base/fault"
)

// The errors of this package. Each comes wrapped in a [StepError].
var (
	// ErrUnreachable: the provider gave no usable answer. Trying again later may
	// help.
	ErrUnreachable = fault.New(fault.Unavailable, "idp_unreachable", "The identity provider could not be reached.")
	// ErrRefused: the provider refused.
	ErrRefused = fault.New(fault.Denied, "idp_refused", "The identity provider refused the sign-in.")
	// ErrUntrusted: the provider's answer does not pass our checks.
	ErrUntrusted = fault.New(fault.Unauthenticated, "idp_untrusted", "The identity provider's answer could not be verified.")
	// ErrNoEmail: the provider's answer has no e-mail address.
	ErrNoEmail = fault.New(fault.Denied, "idp_no_email", "The identity provider did not say your e-mail address.")
	// ErrNotAnew: the person must sign in at the provider again, and did not.
	ErrNotAnew = fault.New(fault.Denied, "idp_not_anew", "This application asks for a sign-in that is not long ago, and the identity provider did not make one.")
	// ErrState: the browser that came back did not start this sign-in, or it came
	// too late or twice.
	ErrState = fault.New(fault.Denied, "sign_in_state", "This sign-in was not started in this browser, took too long, or was used already. Open the application again to sign in. If that does not help, your browser keeps no cookies of this site.")
)

// Step is a part of signing in.
type Step string

// The steps, in their order.
const (
	StepDiscovery Step = "discovery"
	StepAuthorize Step = "authorize"
	StepCallback  Step = "callback"
	StepToken     Step = "token"
	StepKeys      Step = "keys"
	StepSignature Step = "signature"
	StepClaims    Step = "claims"
	StepUserInfo  Step = "userinfo"
	StepEmail     Step = "email"
)

// StepError says at which step a sign-in failed and why, for the administrator
// who sets up a provider. Nothing in it is secret.
type StepError struct {
	Step        Step
	Status      int    // the provider's HTTP status; 0: it did not answer
	Code        string // the provider's OAuth error code, cleaned
	Description string // the provider's own words, cleaned
	Advice      string // what happened and what to do, one or two sentences
	fault       *fault.Error
	cause       error
}

// Error is for logs and for administrators.
func (e *StepError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Step, e.Advice)
	if e.Status != 0 {
		fmt.Fprintf(&b, " [HTTP %d]", e.Status)
	}
	if e.Description != "" {
		fmt.Fprintf(&b, " [%s]", e.Description)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Explain returns the advice with the provider's own words, for a page.
func (e *StepError) Explain() string {
	if e.Description == "" {
		return e.Advice
	}
	return e.Advice + " The provider says: " + e.Description
}

// Unwrap returns the fault, and the cause if there is one.
func (e *StepError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.fault}
	}
	return []error{e.fault, e.cause}
}

func failed(step Step, f *fault.Error, advice string, args ...any) *StepError {
	return &StepError{Step: step, fault: f, Advice: fmt.Sprintf(advice, args...)}
}

func (e *StepError) because(cause error) *StepError {
	e.cause = cause
	return e
}

// The provider's own words are cut to these lengths, in characters.
const maxCode, maxDescription = 64, 300

// answered adds what the provider said.
func (e *StepError) answered(status int, code, description string) *StepError {
	e.Status, e.Code, e.Description = status, clean(code, maxCode), clean(description, maxDescription)
	return e
}

// clean makes a text of others fit for a page and a log line: valid UTF-8, no
// control or formatting characters, limited length.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
