package policy

// Policy is a compiled policy. It is immutable: any number of goroutines may
// use one.
type Policy struct {
	warnings []string
	identity bool
}

// Compile makes a policy of a route's access keys. The error joins one *Fault
// for each thing that is wrong.
func Compile(a Access) (*Policy, error) { return &Policy{}, nil }

// Warnings returns what is allowed but may not be what was meant.
func (p *Policy) Warnings() []string { return p.warnings }

// NeedsIdentity reports whether any criterion asks who the caller is.
func (p *Policy) NeedsIdentity() bool { return p.identity }

// Decide answers one request. It is total: a nil policy denies.
func (p *Policy) Decide(r *Request) Decision { return Decision{policy: p, request: r} }

// Explain says in words, to the person concerned, why the request was not let
// through: what was expected, and what they have. It names nobody else's data.
func (d Decision) Explain() []string { return nil }

// Detail is Explain for administrators: it shows every expected value.
func (d Decision) Detail() []string { return nil }

// FlattenClaims turns an identity provider's claims into the form that
// criteria test: nested objects become a.b.c, every value a list; names keep
// their case.
func FlattenClaims(claims map[string]any) map[string][]any { return nil }
