package proxy

import (
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/gateway/policy"
)

// guidance returns what administrators wrote for a person whom the route refuses.
// Pomerium: only with show_error_details.
func (cr *compiledRoute) guidance(d policy.Decision) []policy.Guidance {
	if !cr.ShowErrorDetails {
		return nil
	}
	return d.Guidance()
}

var blankLine = pattern.New(`\n[ \t\r]*\n`)

// paragraphsOf returns the paragraphs of guidance. An empty line separates two.
// Pomerium reads the texts as Markdown; here they are plain.
func paragraphsOf(guidance []policy.Guidance) (all []string) {
	for _, g := range guidance {
		for _, text := range []string{g.Explanation, g.Remediation} {
			for _, p := range strings.Split(blankLine.ReplaceAllString(text, "\n\n"), "\n\n") {
				if p = strings.TrimSpace(p); p != "" {
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// certificateError is [ErrCertificate] with what administrators wrote for people
// without a certificate.
type certificateError struct{ advice string }

func (e *certificateError) Error() string { return ErrCertificate.Error() }
func (e *certificateError) Unwrap() error { return ErrCertificate }

// refuseCertificate returns the error for a client certificate that is missing or bad.
func (cr *compiledRoute) refuseCertificate(d policy.Decision) error {
	guidance := cr.guidance(d)
	if len(guidance) == 0 {
		return ErrCertificate
	}
	said := make([]string, len(guidance))
	for i, g := range guidance {
		said[i] = g.Text()
	}
	return &certificateError{strings.Join(said, " ")}
}
