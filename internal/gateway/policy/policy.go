package policy

// Policy is a compiled policy. It is immutable: any number of goroutines may
// use one.
type Policy struct {
	allow, deny side
	guided      []guided // in the order of the file
	warnings    []string
}

// side is all groups of one action, joined by OR.
type side []branch

// branch is one group with its place in the file.
type branch struct {
	path string
	node node
}

// Warnings returns what the policy allows although it may not be intended, such
// as an allow rule that is true of visitors. Each begins with its place.
func (p *Policy) Warnings() []string { return p.warnings }

// NeedsIdentity reports whether any criterion asks who the caller is. If not, a
// request can be decided without a session.
func (p *Policy) NeedsIdentity() bool {
	return p != nil && (p.allow.asksIdentity() || p.deny.asksIdentity())
}

func (s side) asksIdentity() bool {
	for _, b := range s {
		if b.node.asksIdentity() {
			return true
		}
	}
	return false
}

// Decide decides about one request. A nil policy denies. The Decision refers to
// r, which must not change while the Decision is used.
func (p *Policy) Decide(r *Request) Decision {
	switch {
	case p == nil:
		return Decision{request: r}
	case len(r.Tools) > 1:
		return p.decideTools(r)
	}
	return p.decidePaths(r)
}

// decidePaths decides about each way in which an upstream may read the path.
func (p *Policy) decidePaths(r *Request) Decision {
	d := p.decide(r)
	if d.Outcome != Allow || r.AltPath == "" {
		return d
	}
	other := *r
	other.Path, other.AltPath = r.AltPath, ""
	if alt := p.decide(&other); alt.Outcome != Allow {
		return alt
	}
	return d
}

// decide follows the order of the package comment.
func (p *Policy) decide(r *Request) Decision {
	allow, allowedBy := p.allow.eval(r, yes)
	deny, deniedBy := p.deny.eval(r, unknown)
	d := Decision{Allow: allow, Deny: deny, policy: p, request: r}
	const badCertificate = ReasonClientCertificateRequired | ReasonInvalidClientCertificate
	switch {
	case deny.Value && deny.Reasons.Has(badCertificate):
		d.Outcome, d.Rule = CertificateRequired, deniedBy
	case allow.Reasons.Has(ReasonUserUnauthenticated):
		d.Outcome, d.Rule = SignIn, p.allow.giving(ReasonUserUnauthenticated, r)
	case deny.Reasons.Has(ReasonUserUnauthenticated):
		d.Outcome, d.Rule = SignIn, p.deny.giving(ReasonUserUnauthenticated, r)
	case allow.Reasons.Has(ReasonDeviceUnauthenticated):
		d.Outcome, d.Rule = ProveDevice, p.allow.giving(ReasonDeviceUnauthenticated, r)
	case deny.Reasons.Has(ReasonDeviceUnauthenticated):
		d.Outcome, d.Rule = ProveDevice, p.deny.giving(ReasonDeviceUnauthenticated, r)
	case deny.Value:
		d.Outcome, d.Rule = Deny, deniedBy
	case allow.Value:
		d.Outcome, d.Rule = Allow, allowedBy
	case allow.Reasons.Has(badCertificate):
		d.Outcome = CertificateRequired
	}
	return d
}

// eval returns the verdict and the place of the first group that decided it. A
// group counts if its value is least or higher: what is unknown must not allow,
// and it must deny.
func (s side) eval(r *Request, least truth) (v Verdict, by string) {
	var why, whyNot Reasons
	for i := range s {
		got := s[i].node.eval(r)
		if got.is < least {
			whyNot |= got.why
			continue
		}
		if !v.Value {
			v.Value, by = true, s[i].path
		}
		why |= got.why
	}
	if v.Reasons = whyNot; v.Value {
		v.Reasons = why
	}
	return v, by
}

// giving returns the place of the first group that gave a reason.
func (s side) giving(reason Reasons, r *Request) string {
	for i := range s {
		if s[i].node.eval(r).why.Has(reason) {
			return s[i].path
		}
	}
	return ""
}
