package policy

// Outcome says what to do with a request.
type Outcome int

// The outcomes. The zero value refuses.
const (
	Deny                Outcome = iota // refuse: the caller may not
	Allow                              // let it pass
	SignIn                             // nobody is signed in: sign in, or 401
	CertificateRequired                // the client certificate is missing or bad: 495
	ProveDevice                        // the person has to prove a device: enrol one, use it, or 401
)

func (o Outcome) String() string {
	switch o {
	case Allow:
		return "allow"
	case SignIn:
		return "sign-in"
	case CertificateRequired:
		return "certificate-required"
	case ProveDevice:
		return "prove-device"
	}
	return "deny"
}

// Verdict is the result of one side: of all allow groups, or of all deny groups.
// Its reasons are those of the true criteria if Value is true, and otherwise
// those of the false ones. A deny group whose value is unknown counts as true,
// an allow group as false.
type Verdict struct {
	Value   bool
	Reasons Reasons
}

// Decision is the answer for one request.
type Decision struct {
	Outcome Outcome
	Allow   Verdict // allow-why-true or allow-why-false
	Deny    Verdict // deny-why-true or deny-why-false
	Rule    string  // the group that decided, such as policy[0].allow.and; empty if none matched

	policy  *Policy
	request *Request
}

// Reasons returns the reasons of the side that decided.
func (d Decision) Reasons() Reasons {
	switch {
	case d.Outcome == SignIn:
		return ReasonUserUnauthenticated
	case d.Outcome == ProveDevice:
		return ReasonDeviceUnauthenticated
	case d.Outcome != Allow && d.Deny.Value:
		return d.Deny.Reasons
	}
	return d.Allow.Reasons
}
