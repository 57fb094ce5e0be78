package policy

// Fault is one thing wrong in a policy, for the person who wrote it.
type Fault struct {
	Path    string // where, below the route: policy[0].allow.and[1].email
	Message string // what was found and what was expected
	Hint    string // what to write instead; may be empty
}

func (f *Fault) Error() string {
	text := f.Path + ": " + f.Message
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}
