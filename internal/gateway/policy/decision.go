package policy

// Outcome is what is to be done with a request.
type Outcome int

// The outcomes. The zero value refuses.
const (
	Deny                Outcome = iota // refuse: the caller may not
	Allow                              // let it pass
	SignIn                             // nobody is signed in: sign in, or 401
	CertificateRequired                // the client certificate is missing or bad: 495
)

func (o Outcome) String() string {
	switch o {
	case Allow:
		return "allow"
	case SignIn:
		return "sign-in"
	case CertificateRequired:
		return "certificate-required"
	}
	return "deny"
}

// Verdict is the result of one side, all allow groups or all deny groups: of
// what was true when Value is true, else of what was false.
type Verdict struct {
	Value   bool
	Reasons Reasons
}

// Decision is the answer for one request.
type Decision struct {
	Outcome Outcome
	Allow   Verdict // allow-why-true or allow-why-false
	Deny    Verdict // deny-why-true or deny-why-false
	Rule    string  // which group decided, as policy[0].allow.and; empty when none matched

	policy  *Policy
	request *Request
}
