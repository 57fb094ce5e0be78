package identity

// Device is one that a person has proven to have at hand, in this session.
type Device struct {
	ID       string `json:"id"`
	Type     string `json:"type"`               // under which it was enrolled
	Approved bool   `json:"approved,omitempty"` // by an administrator
}
