package policy

// Identity is who the gateway knows the caller to be.
type Identity struct {
	SessionID string // the session that proves it
	UserID    string // the provider's subject
	Email     string
	Name      string
	Provider  string           // id of the identity provider that signed the person in
	Groups    []string         // directory groups; may be empty
	Claims    map[string][]any // as [FlattenClaims] makes them
}
