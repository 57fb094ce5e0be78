package userpool

import "cmp"

// The lowest TLS versions that a custom domain may have. Cognito: SecurityPolicy.
const (
	PolicyTLS10 = "TLS_V1"
	PolicyTLS12 = "TLS_V1_2_2021"
	PolicyTLS13 = "TLS_V1_3_2025"
)

// LowestTLS returns the policy of a custom domain. Without a choice of its owner it is
// TLS 1.2, the lowest version that any address takes.
func (d *Domain) LowestTLS() string { return cmp.Or(d.SecurityPolicy, PolicyTLS12) }

// checkPolicy refuses a policy that would not act.
func (e *Engine) checkPolicy(d *Domain) error {
	switch {
	case d.LowestTLS() == PolicyTLS12:
		return nil
	case d.SecurityPolicy == PolicyTLS10:
		return ErrDomainName.Saying("SecurityPolicy TLS_V1 is not possible: TLS below version 1.2 does not protect what it carries, and no address of this installation takes it.")
	case e.tlsElsewhere:
		return ErrDomainName.Saying("SecurityPolicy %s is not possible: TLS does not end in this process, so that it cannot decide which versions are taken.", d.SecurityPolicy)
	}
	return nil
}

// NeedsTLS13 reports whether a custom domain takes TLS 1.3 alone, as far as this
// process knows: see [Engine.KnowsDomain]. It does not read the store.
func (e *Engine) NeedsTLS13(host string) bool {
	e.known.mu.RLock()
	defer e.known.mu.RUnlock()
	d := e.known.byName[host]
	return d.custom && d.tls13
}
